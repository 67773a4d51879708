"""Imports in the background."""

from typing import Final

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app


class Busy(Exception):
    """Another import is at work."""


# Another import may be at work from the command line, or the database be just coming back: the job waits.
_PATIENCE: Final = RetryStrategy(max_attempts=60, wait=30, retry_exceptions=[Busy, OperationalError, InterfaceError])


@app.task(name="intake.run_import", lock="intake.run_import", retry=_PATIENCE)
def run_import(run_id: int) -> None:
    """Run an import; what cannot be read and a wish to stop are written in the run, for its page to tell."""
    from vernost.intake import operations  # noqa: PLC0415 - every process imports the jobs; this loads the engines

    try:
        operations.run_import(run_id=run_id, now=timezone.now())
    except operations.ImportIsRunning as error:
        raise Busy from error
    except (operations.Unreadable, operations.ImportStopped, operations.RunIsOver):
        return


@app.periodic(cron="40 4 * * *")
@app.task(name="intake.tidy", queueing_lock="intake.tidy", pass_context=False)
def tidy(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate names the minute
    from vernost.intake import operations  # noqa: PLC0415 - as above

    operations.forget_old_checks(now=timezone.now())


@app.task(name="intake.forget_checks", queueing_lock="intake.forget_checks")
def forget_checks() -> None:
    """Leave no file of a check that may name somebody who has just been erased."""
    from vernost.intake import operations  # noqa: PLC0415 - as above

    operations.forget_checks()
