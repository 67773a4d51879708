"""Which imports a command has yet to act upon; a worker is told of them by a job."""

from collections.abc import Sequence

from django.db.models import Q

from vernost.intake.models import ImportRun, ImportState


def not_followed() -> list[int]:
    """Return the imports that have ended in any way and changed something, and upon which nobody has acted yet.

    One that was killed is among them: what it had brought in is not brought again by the next.
    """
    ended = ImportRun.objects.filter(followed=False, dry_run=False).exclude(
        state__in=(ImportState.WAITING, ImportState.RUNNING)
    )
    brought = Q(taken__gt=0) | Q(files__new__gt=0) | Q(files__changed__gt=0)
    return list(ended.filter(brought).values_list("pk", flat=True).distinct())


def note_followed(run_ids: Sequence[int]) -> None:
    ImportRun.objects.filter(pk__in=run_ids).update(followed=True)
