"""A check that a person has looked at becomes an import of the same files."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.events import publish
from vernost.core.i18n import _
from vernost.intake.events import ImportAsked
from vernost.intake.models import ImportRun, ImportState
from vernost.intake.operations.runs import intake_folder

# As long the files of a check wait for the decision.
KEPT = timedelta(days=2)


class CheckIsGone(DomainError):
    code = "check_is_gone"
    text = _("The files of this check are no longer here: upload them again")


@transaction.atomic
def import_checked(*, run_id: int, actor: Actor, now: datetime) -> ImportRun:
    """Import the very files that were checked; they can be taken once."""
    check = ImportRun.objects.select_for_update().get(pk=run_id)
    if not check.dry_run or check.state != ImportState.DONE or not check.path or not Path(check.path).exists():
        raise CheckIsGone
    run = ImportRun.objects.create(
        source_id=check.source_id,
        name=check.name,
        path=check.path,
        actor=actor.code,
        user_id=actor.user_id,
        started_at=now,
    )
    check.path = ""
    check.save(update_fields=["path"])
    publish(ImportAsked(run_id=run.pk))
    return run


def forget_old_checks(*, now: datetime) -> int:
    """Remove the files of checks that nobody has decided about; return of how many."""
    return _forget(ImportRun.objects.filter(started_at__lt=now - KEPT))


def forget_checks() -> int:
    """Remove the files of all checks that wait for a decision: they may name somebody who has just been erased."""
    return _forget(ImportRun.objects.all())


def _forget(runs: QuerySet[ImportRun]) -> int:
    over = [ImportState.DONE, ImportState.FAILED, ImportState.STOPPED]
    uploads = intake_folder() / "uploads"
    count = 0
    for check in runs.filter(dry_run=True, state__in=over).exclude(path=""):
        path = Path(check.path)
        if uploads in path.parents:
            shutil.rmtree(uploads / path.relative_to(uploads).parts[0], ignore_errors=True)
        check.path = ""
        check.save(update_fields=["path"])
        count += 1
    return count
