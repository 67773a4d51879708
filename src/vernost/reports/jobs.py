"""The clock's work for reports."""

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from vernost.segments.jobs import LOCK, day_begun


@app.periodic(cron="*/5 * * * *")
@app.task(name="reports.lay_out_pivot", queueing_lock="reports.lay_out_pivot", pass_context=False)
def lay_out_pivot(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate names the minute
    """Lay the pivot's arrays out after a full build of the mirror, so that nobody waits for them on a page."""
    from vernost.reports.queries import pivot  # noqa: PLC0415 - every process imports the jobs; this loads the engines

    pivot.follow()


@app.periodic(cron="*/5 * * * *")
@app.task(name="reports.keep_expectations", queueing_lock="reports.keep_expectations", lock=LOCK, pass_context=False)
def keep_expectations(timestamp: int) -> None:  # noqa: ARG001 - as above
    """Test the expected visits and forecast the load, once a day; soon after the first import too."""
    from vernost.reports import expectations  # noqa: PLC0415 - as above

    expectations.follow(on=day_begun(timezone.localtime(), settings.NIGHT_AT))
