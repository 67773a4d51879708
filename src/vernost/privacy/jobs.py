"""The clock's work on personal data."""

from django.utils import timezone
from procrastinate.contrib.django import app

from vernost.facts.jobs import LOCK


@app.periodic(cron="*/10 * * * *")
@app.task(name="privacy.clean_mirror", queueing_lock="privacy.clean_mirror", lock=LOCK, pass_context=False)
def clean_mirror(timestamp: int = 0) -> None:  # noqa: ARG001 - Procrastinate names the minute
    """Build the mirror anew without those who were erased, where somebody was."""
    from vernost.privacy.operations import cleaning  # noqa: PLC0415 - every process imports the jobs; this loads the engines

    cleaning.clean_mirror(now=timezone.now())
