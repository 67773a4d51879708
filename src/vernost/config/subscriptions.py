"""What follows from what: the one table of events and the jobs that they put into the queue.

The job is deferred in the publisher's transaction: it exists if and only if the event's data do.
"""

from vernost.core.events import subscribe


def subscribe_all() -> None:
    """Called once, when Django's apps are ready."""
    from vernost.calls import jobs as calls  # noqa: PLC0415 - needs Django's apps to be ready
    from vernost.workshop import events as workshop  # noqa: PLC0415 - as above

    for event in (
        workshop.AppointmentBooked,
        workshop.AppointmentMoved,
        workshop.AppointmentCancelled,
        workshop.AppointmentArrived,
        workshop.AppointmentMissed,
    ):
        subscribe(event, lambda news: calls.follow_appointment.defer(appointment_id=news.appointment_id))
    subscribe(
        workshop.OrdersMatched, lambda news: calls.follow_appointments.defer(appointment_ids=list(news.appointment_ids))
    )
