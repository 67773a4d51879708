"""Small writes of the desk: the unsaved note, the list of refusals."""

from datetime import datetime

from django.db import transaction

from vernost.calls.models import CallDraft, DeclineReason
from vernost.calls.operations.presence import person
from vernost.calls.queries import queue
from vernost.calls.rules.outcomes import DECLINE_REASONS
from vernost.core.actor import Actor


@transaction.atomic
def keep_draft(*, invitation_id: int, text: str, actor: Actor) -> None:
    """Keep what the operator writes, so that a reload or a lost lease costs nothing."""
    invitation = queue.visible_to(actor).get(pk=invitation_id)
    CallDraft.objects.update_or_create(invitation=invitation, user_id=person(actor), defaults={"text": text})


def ensure_decline_reasons() -> None:
    """Give a new installation its list; what a manager has changed stays."""
    DeclineReason.objects.bulk_create(
        [
            DeclineReason(code=code, title=title, position=position)
            for position, (code, title) in enumerate(DECLINE_REASONS, 1)
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def drop_old_drafts(*, before: datetime) -> int:
    deleted, _by_model = CallDraft.objects.filter(changed_at__lt=before).delete()
    return deleted
