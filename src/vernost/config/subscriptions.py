"""What follows from what: the one table of events and the jobs that they put into the queue.

The job is deferred in the publisher's transaction: it exists if and only if the event's data do.
"""

from contextlib import suppress

from django.db import transaction

from vernost.core.events import Event, subscribe


def subscribe_all() -> None:
    """Called once, when Django's apps are ready."""
    from vernost.workshop import events as workshop  # noqa: PLC0415 - needs Django's apps to be ready

    for event in (
        workshop.AppointmentBooked,
        workshop.AppointmentMoved,
        workshop.AppointmentCancelled,
        workshop.AppointmentArrived,
        workshop.AppointmentMissed,
    ):
        subscribe(event, _appointment_changed)
    subscribe(workshop.OrdersMatched, _orders_matched)

    from vernost.intake import events as intake  # noqa: PLC0415 - as above

    subscribe(intake.ImportAsked, _import_asked)
    subscribe(intake.IntakeFinished, _intake_finished)

    from vernost.segments import events as segments  # noqa: PLC0415 - as above

    subscribe(segments.SegmentSaved, _segment_saved)


def _appointment_changed(event: Event) -> None:
    from vernost.calls import jobs as calls  # noqa: PLC0415 - as above
    from vernost.workshop.events import AppointmentNews  # noqa: PLC0415 - as above

    if isinstance(event, AppointmentNews):
        calls.follow_appointment.defer(appointment_id=event.appointment_id)


def _orders_matched(event: Event) -> None:
    from vernost.calls import jobs as calls  # noqa: PLC0415 - as above
    from vernost.workshop.events import OrdersMatched  # noqa: PLC0415 - as above

    if isinstance(event, OrdersMatched):
        calls.follow_appointments.defer(appointment_ids=list(event.appointment_ids))


def _segment_saved(event: Event) -> None:
    from vernost.segments import jobs as segments  # noqa: PLC0415 - as above
    from vernost.segments.events import SegmentSaved  # noqa: PLC0415 - as above

    if isinstance(event, SegmentSaved):
        segments.count.defer(segment_id=event.segment_id)


def _import_asked(event: Event) -> None:
    from vernost.intake import jobs as intake  # noqa: PLC0415 - as above
    from vernost.intake.events import ImportAsked  # noqa: PLC0415 - as above

    if isinstance(event, ImportAsked):
        intake.run_import.defer(run_id=event.run_id)


def _intake_finished(_event: Event) -> None:
    from procrastinate.exceptions import AlreadyEnqueued  # noqa: PLC0415 - as above

    from vernost.automation import jobs as automation  # noqa: PLC0415 - as above

    # One that still waits will see this import too.
    with suppress(AlreadyEnqueued), transaction.atomic():
        automation.follow_import.defer()
