"""Run only the jobs and the night: a part of `start`, for several machines."""

from vernost.cli import spoken
from vernost.cli.database import database
from vernost.cli.serving import parent


@spoken.command()
@database()
def command() -> None:
    """Run only the jobs and the night: a part of `start`, for several machines."""
    from vernost.cli.serving import worker  # noqa: PLC0415 - needs Django awake

    parent.end_with_parent()
    worker.work()
