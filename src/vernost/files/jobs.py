"""Housekeeping of files by the clock."""

from django.utils import timezone
from procrastinate.contrib.django import app

from vernost.files import operations


@app.periodic(cron="40 4 * * *")
@app.task(name="files.sweep", queueing_lock="files.sweep", pass_context=False)
def sweep(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate names the minute
    """Remove what a process that ended between two steps has left in the folder."""
    operations.sweep(now=timezone.now())
