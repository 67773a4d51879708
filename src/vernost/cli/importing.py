"""An import as the command line does it: from the files to what follows them."""

from collections.abc import Callable
from pathlib import Path

from django.utils import timezone

from vernost.automation.operations.following import follow_import
from vernost.core.actor import system
from vernost.intake import operations
from vernost.intake.models import ImportRun


def bring_in(
    path: Path,
    source: str,
    *,
    dry_run: bool = False,
    limits: operations.Limits | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> ImportRun:
    """Import a folder, a ZIP or a file; a worker would do what follows by a job, and where none runs nothing waits."""
    actor = system("import")
    try:
        run = operations.start_import(path=path, source=source, dry_run=dry_run, actor=actor, now=timezone.now())
        run = operations.run_import(run_id=run.pk, now=timezone.now(), progress=progress, limits=limits)
        waiting = [] if dry_run else operations.not_followed()
        if waiting:
            follow_import(actor=actor, now=timezone.now())
            operations.note_followed(waiting)
    except operations.ImportIsRunning:
        # Nobody will come back to it: it must not stand in the queue for ever.
        operations.stop_import(run_id=run.pk)
        raise
    return run
