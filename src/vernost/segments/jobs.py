"""The clock's work on what is known of customers."""

import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

logger = logging.getLogger("vernost.segments")

_BEFORE_THE_NIGHT = timedelta(minutes=30)


def before_the_night(night_at: str, zone: str) -> str:
    """Return the cron line, in UTC, of half an hour before the night's own time: the mirror has been built by then."""
    hour, minute = (int(part) for part in night_at.split(":"))
    at = (datetime(2026, 1, 2, hour, minute, tzinfo=ZoneInfo(zone)) - _BEFORE_THE_NIGHT).astimezone(ZoneInfo("UTC"))
    return f"{at.minute} {at.hour} * * *"


@app.periodic(cron=before_the_night(settings.NIGHT_AT, settings.TIME_ZONE))
@app.task(name="segments.fit_value", queueing_lock="segments.fit_value", pass_context=False)
def fit_value(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate names the minute
    """Fit the models of the day, so that no card and no report has to."""
    from vernost.segments import value_fits  # noqa: PLC0415 - every process imports the jobs; this loads the engines

    fit = value_fits.fit(as_of=timezone.localdate())
    logger.info("value of customers: %s speaks for %d customers", fit.chosen.kind, fit.simple_rate.customers)
