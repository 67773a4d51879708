"""The clock's work on what is known of customers, and on who is in which segment."""

import logging
from contextlib import suppress
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

logger = logging.getLogger("vernost.segments")

# One after the other: each takes a processor, and they fit the same models.
LOCK = "segments.before_the_night"
_BEFORE_THE_NIGHT = timedelta(minutes=-30)
_AFTER_THE_NIGHT = timedelta(hours=1)


def near_the_night(night_at: str, zone: str, apart: timedelta) -> str:
    """Return the cron line, in UTC, of so much before or after the night's own time."""
    hour, minute = (int(part) for part in night_at.split(":"))
    at = (datetime(2026, 1, 2, hour, minute, tzinfo=ZoneInfo(zone)) + apart).astimezone(ZoneInfo("UTC"))
    return f"{at.minute} {at.hour} * * *"


def day_begun(local: datetime, night_at: str) -> date:
    """Return the day that is counted at a local time: each begins half an hour before the night's own time."""
    hour, minute = (int(part) for part in night_at.split(":"))
    begins = (timedelta(hours=hour, minutes=minute) + _BEFORE_THE_NIGHT) % timedelta(days=1)
    return (local - begins).date()


def before_the_night(night_at: str, zone: str) -> str:
    """Return the cron line, in UTC, of half an hour before the night's own time: the mirror has been built by then."""
    return near_the_night(night_at, zone, _BEFORE_THE_NIGHT)


def _is_anybody() -> bool:
    """Tell whether there is anything to count, before the engines are loaded for it."""
    from vernost.facts import mirror  # noqa: PLC0415 - every process imports the jobs

    return mirror.is_filled()


@app.periodic(cron=before_the_night(settings.NIGHT_AT, settings.TIME_ZONE))
@app.task(name="segments.fit_value", queueing_lock="segments.fit_value", lock=LOCK, pass_context=False)
def fit_value(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate names the minute
    """Fit the models of the day, so that no card and no report has to."""
    if not _is_anybody():
        return
    from vernost.segments import value_fits  # noqa: PLC0415 - every process imports the jobs; this loads the engines

    fit = value_fits.fit(as_of=timezone.localdate())
    logger.info("value of customers: %s speaks for %d customers", fit.chosen.kind, fit.simple_rate.customers)


@app.periodic(cron=near_the_night(settings.NIGHT_AT, settings.TIME_ZONE, _AFTER_THE_NIGHT))
@app.task(name="segments.count_all", queueing_lock="segments.count_all", pass_context=False)
def count_all(timestamp: int) -> None:  # noqa: ARG001 - as above
    """Count every saved segment: who is in it today, who came and who left."""
    if not _is_anybody():
        return
    from vernost.segments import operations  # noqa: PLC0415 - as above

    counted = operations.count_segments(as_of=timezone.localdate())
    logger.info("%d segments were counted", len(counted))


@app.task(name="segments.count", pass_context=False)
def count(segment_id: int) -> None:
    """Count one segment that has just been saved."""
    from vernost.segments import operations  # noqa: PLC0415 - as above

    operations.count_segment(segment_id=segment_id, as_of=timezone.localdate())


@app.task(name="segments.tell_owner", pass_context=False)
def tell_owner(segment_id: int, on: str, size: int) -> None:
    """Tell a segment's owner that it has left the limits set for it."""
    from vernost.segments import operations  # noqa: PLC0415 - as above

    operations.tell_owner(segment_id=segment_id, on=date.fromisoformat(on), size=size)


@app.periodic(cron=before_the_night(settings.NIGHT_AT, settings.TIME_ZONE))
@app.task(name="segments.watch_sleeping", queueing_lock="segments.watch_sleeping", lock=LOCK, pass_context=False)
def watch_sleeping(timestamp: int) -> None:  # noqa: ARG001 - as above
    """Judge the last week's flow into sleeping of each branch, for the managers' home page."""
    if not _is_anybody():
        return
    from vernost.segments import sleep_alarms  # noqa: PLC0415 - as above

    for week in sleep_alarms.watch(as_of=timezone.localdate()):
        if week.is_alarm:
            logger.warning(
                "branch %d: %d customers fell asleep in the week to %s", week.branch_id, week.slept, week.ended
            )


@app.periodic(cron=before_the_night(settings.NIGHT_AT, settings.TIME_ZONE))
@app.task(name="segments.draw_borders", queueing_lock="segments.draw_borders", lock=LOCK, pass_context=False)
def draw_borders(timestamp: int) -> None:  # noqa: ARG001 - as above
    """Find the borders of RFM and ABC of the day, so that a card scores its customer without the others."""
    if not _is_anybody():
        return
    from vernost.segments import score_borders  # noqa: PLC0415 - as above

    score_borders.draw(as_of=timezone.localdate())


@app.periodic(cron="*/5 * * * *")
@app.task(name="segments.find_repeats", queueing_lock="segments.find_repeats", pass_context=False)
def find_repeats(timestamp: int) -> None:  # noqa: ARG001 - as above
    """Find repeat repairs after a full build of the mirror, so that nobody waits for them on a page."""
    from vernost.accounts.queries import rule_settings  # noqa: PLC0415 - as above
    from vernost.facts.mirror import MirrorMissing  # noqa: PLC0415 - as above
    from vernost.segments import repeats  # noqa: PLC0415 - as above

    with suppress(MirrorMissing):
        repeats.follow(rule_settings())
