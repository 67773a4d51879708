"""Jobs of the contact centre: the clock's work on the queue, and the reception's news."""

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

DRAFTS_ARE_KEPT = timedelta(days=30)


@app.periodic(cron="* * * * *")
@app.task(name="calls.tend_queue", queueing_lock="calls.tend_queue", pass_context=False)
def tend_queue(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate names the minute
    """Return ended leases, wake retries whose time has come, place new invitations, drop holds that ran out."""
    from vernost.calls import operations  # noqa: PLC0415 - every process imports the jobs; this loads the engines
    from vernost.workshop import operations as workshop  # noqa: PLC0415 - as above

    now = timezone.now()
    operations.return_expired(now=now)
    operations.wake_retries(now=now)
    operations.place_in_zones(only_new=True)
    workshop.drop_ended_holds(now=now)


@app.periodic(cron="20 4 * * *")
@app.task(name="calls.tidy", queueing_lock="calls.tidy", pass_context=False)
def tidy(timestamp: int) -> None:  # noqa: ARG001 - as above
    from vernost.calls import operations  # noqa: PLC0415 - as above

    operations.drop_old_drafts(before=timezone.now() - DRAFTS_ARE_KEPT)


@app.task(name="calls.follow_appointments")
def follow_appointments(appointment_ids: list[int]) -> None:
    from vernost.calls import operations  # noqa: PLC0415 - as above

    for appointment_id in appointment_ids:
        operations.follow_appointment(appointment_id=appointment_id, now=timezone.now())


@app.task(name="calls.place_in_zones")
def place_in_zones() -> None:
    """After an import or a night: customers may have moved to another time zone."""
    from vernost.calls import operations  # noqa: PLC0415 - as above

    operations.place_in_zones(only_new=False)
