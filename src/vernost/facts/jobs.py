"""The clock's work on the mirror."""

import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

logger = logging.getLogger("vernost.facts")

# They take turns anyway: those that would only wait for one another must not keep the worker's places.
LOCK = "facts.mirror"


def hour_before_the_night(night_at: str, zone: str) -> str:
    """Return the cron line, which Procrastinate reads in UTC, of an hour before the night's own time."""
    hour, minute = (int(part) for part in night_at.split(":"))
    night = datetime(2026, 1, 2, hour, minute, tzinfo=ZoneInfo(zone))
    before = (night - timedelta(hours=1)).astimezone(ZoneInfo("UTC"))
    return f"{before.minute} {before.hour} * * *"


@app.periodic(cron="* * * * *")
@app.task(name="facts.refresh", queueing_lock="facts.refresh", lock=LOCK, pass_context=False)
def refresh(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate names the minute
    from vernost.facts import arrays, flat_files, kept_files, operations  # noqa: PLC0415 - each process imports jobs; engines load here

    fresh = operations.refresh(now=timezone.now()).mirror
    arrays.follow(fresh)
    flat_files.follow(fresh)
    kept_files.follow(fresh)


@app.periodic(cron=hour_before_the_night(settings.NIGHT_AT, settings.TIME_ZONE))
@app.task(name="facts.rebuild", queueing_lock="facts.rebuild", lock=LOCK, pass_context=False)
def rebuild(timestamp: int) -> None:  # noqa: ARG001 - as above
    """Build the mirror from scratch, which also checks what the changes had made of it."""
    from vernost.facts import arrays, flat_files, kept_files, mirror, operations  # noqa: PLC0415 - as above

    if not mirror.is_filled():
        # The minute's job builds the first one.
        return
    done = operations.rebuild(now=timezone.now())
    arrays.follow(done.mirror)
    flat_files.follow(done.mirror)
    kept_files.follow(done.mirror)
    logger.info("the mirror was built in %.1f s, %d vehicle states changed", done.seconds, done.vehicle_states)
