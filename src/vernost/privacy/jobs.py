"""The clock's work on personal data."""

from django.utils import timezone
from procrastinate.contrib.django import app

from vernost.facts.jobs import LOCK


@app.task(name="privacy.clean_after_erasure", queueing_lock="privacy.clean_after_erasure", lock=LOCK)
def clean_after_erasure() -> None:
    """Build the mirror anew without who has just been erased."""
    _clean()


@app.periodic(cron="*/10 * * * *")
@app.task(name="privacy.clean_mirror", queueing_lock="privacy.clean_mirror", lock=LOCK, pass_context=False)
def clean_mirror(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate names the minute
    """Do it again where somebody was reading an older version at that moment."""
    _clean()


def _clean() -> None:
    from vernost.privacy.operations import cleaning  # noqa: PLC0415 - every process imports the jobs; this loads engines

    cleaning.clean_mirror(now=timezone.now())
