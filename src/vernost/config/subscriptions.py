"""What follows from what: the one table of events and the jobs that they put into the queue.

The job is deferred in the publisher's transaction: it exists if and only if the event's data do.
"""

import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from django.db import transaction

from vernost.core.events import Event, subscribe


def subscribe_all() -> None:
    """Called once, when Django's apps are ready."""
    from vernost.workshop import events as workshop  # noqa: PLC0415 - needs Django's apps to be ready

    for event, news in (
        (workshop.AppointmentBooked, "booked"),
        (workshop.AppointmentMoved, "moved"),
        (workshop.AppointmentConfirmed, "confirmed"),
        (workshop.AppointmentCancelled, "cancelled"),
        (workshop.AppointmentArrived, "arrived"),
        (workshop.AppointmentMissed, "missed"),
    ):
        subscribe(event, partial(_appointment_changed, news))
    subscribe(workshop.OrdersMatched, _orders_matched)

    from vernost.intake import events as intake  # noqa: PLC0415 - as above

    subscribe(intake.ImportAsked, _import_asked)
    subscribe(intake.IntakeFinished, _intake_finished)

    from vernost.customers import events as customers  # noqa: PLC0415 - as above

    subscribe(customers.DuplicatesWanted, _duplicates_wanted)

    from vernost.segments import events as segments  # noqa: PLC0415 - as above

    subscribe(segments.SegmentSaved, _segment_saved)
    subscribe(segments.SegmentCounted, _segment_counted)
    subscribe(segments.SegmentLeftLimits, _segment_left_limits)

    from vernost.automation import events as automation  # noqa: PLC0415 - as above

    subscribe(automation.NightDecided, _night_decided)
    subscribe(automation.DeliveryDue, _delivery_due)

    from vernost.privacy import events as privacy  # noqa: PLC0415 - as above

    subscribe(privacy.CustomerErased, _customer_erased)


def _appointment_changed(news: str, event: Event) -> None:
    from vernost.automation import jobs as automation  # noqa: PLC0415 - as above
    from vernost.workshop.events import AppointmentNews  # noqa: PLC0415 - as above

    if isinstance(event, AppointmentNews):
        automation.appointment_news.defer(appointment_id=event.appointment_id, news=news, message_id=_new_id())


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


def _segment_counted(event: Event) -> None:
    from vernost.segments.events import SegmentCounted  # noqa: PLC0415 - as above

    if isinstance(event, SegmentCounted):
        data = {"segment": event.code, "on": event.on.isoformat(), "came": event.came, "left": event.left}
        _announce("segment.counted", data)


def _night_decided(event: Event) -> None:
    from vernost.automation.events import NightDecided  # noqa: PLC0415 - as above
    from vernost.customers import jobs as customers  # noqa: PLC0415 - as above

    if isinstance(event, NightDecided):
        _once(customers.merge_certain.defer)
        data = {"as_of": event.as_of.isoformat(), "candidates": event.candidates, "invited": event.invited}
        _announce("night.decided", data)


def _delivery_due(event: Event) -> None:
    from vernost.automation import jobs as automation  # noqa: PLC0415 - as above
    from vernost.automation.events import DeliveryDue  # noqa: PLC0415 - as above

    if isinstance(event, DeliveryDue):
        # One call at a time to one system: a slow one holds one place of the worker, not all.
        lock, once = f"webhook:{event.webhook_id}", f"delivery:{event.delivery_id}"
        _once(automation.send_webhook.configure(lock=lock, queueing_lock=once).defer, delivery_id=event.delivery_id)


def _segment_left_limits(event: Event) -> None:
    from vernost.segments import jobs as segments  # noqa: PLC0415 - as above
    from vernost.segments.events import SegmentLeftLimits  # noqa: PLC0415 - as above

    if isinstance(event, SegmentLeftLimits):
        segments.tell_owner.defer(segment_id=event.segment_id, on=event.on.isoformat(), size=event.size)


def _customer_erased(_event: Event) -> None:
    from vernost.intake import jobs as intake  # noqa: PLC0415 - as above
    from vernost.privacy import jobs as privacy  # noqa: PLC0415 - as above

    _once(privacy.clean_after_erasure.defer)
    _once(intake.forget_checks.defer)


def _duplicates_wanted(_event: Event) -> None:
    from vernost.customers import jobs as customers  # noqa: PLC0415 - as above

    _once(customers.search_duplicates.defer)


def _import_asked(event: Event) -> None:
    from vernost.intake import jobs as intake  # noqa: PLC0415 - as above
    from vernost.intake.events import ImportAsked  # noqa: PLC0415 - as above

    if isinstance(event, ImportAsked):
        intake.run_import.defer(run_id=event.run_id)


def _intake_finished(event: Event) -> None:
    from vernost.automation import jobs as automation  # noqa: PLC0415 - as above

    # One that still waits will see this import too.
    _once(automation.follow_import.defer)
    from vernost.intake.events import IntakeFinished  # noqa: PLC0415 - as above

    if isinstance(event, IntakeFinished):
        _announce("import.finished", {"import": event.run_id, "kinds": sorted(event.kinds)})


def _once(defer: Callable[..., object], **given: object) -> None:
    """Put a job unless one waits already under its queueing lock."""
    from procrastinate.exceptions import AlreadyEnqueued  # noqa: PLC0415 - as above

    with suppress(AlreadyEnqueued), transaction.atomic():
        defer(**given)


def _announce(event: str, data: dict[str, Any]) -> None:
    """Put a job for those who are told of it: its id makes the message one, however often the job runs."""
    from vernost.automation import jobs as automation  # noqa: PLC0415 - as above

    automation.announce.defer(event=event, data=data, message_id=_new_id())


def _new_id() -> str:
    return str(uuid.uuid4())
