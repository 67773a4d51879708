"""The clock's work for reports."""

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from vernost.segments.jobs import LOCK, before_the_night


@app.periodic(cron="*/5 * * * *")
@app.task(name="reports.lay_out_pivot", queueing_lock="reports.lay_out_pivot", pass_context=False)
def lay_out_pivot(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate names the minute
    """Lay the pivot's arrays out after a full build of the mirror, so that nobody waits for them on a page."""
    from vernost.reports.queries import pivot  # noqa: PLC0415 - every process imports the jobs; this loads the engines

    pivot.follow()


@app.periodic(cron=before_the_night(settings.NIGHT_AT, settings.TIME_ZONE))
@app.task(name="reports.keep_expectations", queueing_lock="reports.keep_expectations", lock=LOCK, pass_context=False)
def keep_expectations(timestamp: int) -> None:  # noqa: ARG001 - as above
    """Test the expected visits and forecast the load, for the pages of analytics."""
    from vernost.reports import expectations  # noqa: PLC0415 - as above

    expectations.keep(as_of=timezone.localdate())
