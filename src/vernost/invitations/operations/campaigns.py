"""One-off campaigns: a programme with a fixed audience, through the same night and queue as the others."""

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django.utils.timezone import localdate

from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.core.wall import whole_group_rows
from vernost.invitations.models import CampaignMember
from vernost.invitations.operations.programmes import NoTitle, new_programme, note, registered_kinds

Pair = tuple[int, int | None]
KIND = "campaign"
_AT_ONCE = 5000


class NoMembers(DomainError):
    code = "campaign_without_members"
    text = _("Nobody is on the campaign's list")


@transaction.atomic
def create_campaign(*, title: str, pairs: Iterable[Pair], actor: Actor, now: datetime) -> int:
    """Make a campaign of these customers and cars, switched off; return its programme's id.

    It is advertising and begins today unless its page says otherwise. From its first day on each night
    invites those of the list whom nothing holds back, until its last day or grace is over.
    """
    if not title.strip():
        raise NoTitle
    with translation.override(settings.LANGUAGE_CODE):
        programme = new_programme(registered_kinds()[KIND], code=uuid4().hex)
    programme.title = title.strip()
    programme.owner_id = actor.user_id
    programme.save()
    programme.code = f"campaign-{programme.pk}"
    programme.params = {
        "audience": programme.code,
        "title": programme.title,
        "starts_on": localdate(now).isoformat(),
        "ends_on": "",
    }
    programme.save()
    if actor.branch_ids is not None:
        programme.branches.set(actor.branch_ids)
    members = [
        CampaignMember(programme=programme, customer_id=customer_id, vehicle_id=vehicle_id)
        for customer_id, vehicle_id in dict.fromkeys(pairs)
    ]
    if not members:
        raise NoMembers
    CampaignMember.objects.bulk_create(members, batch_size=_AT_ONCE)
    fields: dict[str, list[object]] = {"title": [None, programme.title], "members": [0, len(members)]}
    note(programme, "added", fields, actor, now)
    return programme.pk


_WITHDRAW = """
WITH waiting AS (
    SELECT id FROM invitations_invitation WHERE programme_id = %(programme)s AND state = 'queued'
    ORDER BY id FOR UPDATE SKIP LOCKED
),
withdrawn AS (
    UPDATE invitations_invitation invitation
    SET state = 'cancelled', next_try_at = NULL, is_callback = false, ended_at = %(now)s
    FROM waiting WHERE waiting.id = invitation.id
)
INSERT INTO invitations_invitationevent (invitation_id, at, actor, from_state, to_state, note)
SELECT id, %(now)s, %(actor)s, 'queued', 'cancelled', 'programme_stopped' FROM waiting
"""


# A programme is stopped as a whole.
@whole_group_rows()
@transaction.atomic
def withdraw_queue(*, programme_id: int, actor: Actor, now: datetime) -> int:
    """Take a programme's waiting invitations out of the queue: the stop button. Return how many.

    Who is being called at this moment is left to the operator.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, {"programme": programme_id, "now": now, "actor": actor.code})
        withdrawn: int = cursor.rowcount
    return withdrawn
