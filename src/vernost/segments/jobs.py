"""The clock's work on segments."""

import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

logger = logging.getLogger("vernost.segments")


def hour_after_the_night(night_at: str, zone: str) -> str:
    """Return the cron line, which Procrastinate reads in UTC, of an hour after the night's own time."""
    hour, minute = (int(part) for part in night_at.split(":"))
    after = datetime(2026, 1, 2, hour, minute, tzinfo=ZoneInfo(zone)) + timedelta(hours=1)
    utc = after.astimezone(ZoneInfo("UTC"))
    return f"{utc.minute} {utc.hour} * * *"


@app.periodic(cron=hour_after_the_night(settings.NIGHT_AT, settings.TIME_ZONE))
@app.task(name="segments.count_all", queueing_lock="segments.count_all", pass_context=False)
def count_all(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate names the minute
    """Count every saved segment: who is in it today, who came and who left."""
    from vernost.segments import operations  # noqa: PLC0415 - every process imports the jobs

    counted = operations.count_segments(as_of=timezone.localdate())
    logger.info("%d segments were counted", len(counted))


@app.task(name="segments.count", pass_context=False)
def count(segment_id: int) -> None:
    """Count one segment that has just been saved."""
    from vernost.segments import operations  # noqa: PLC0415 - as above

    operations.count_segment(segment_id=segment_id, as_of=timezone.localdate())
