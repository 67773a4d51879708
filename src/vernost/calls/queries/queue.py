"""The calling queue: who is next, in the order of `rules.order`, read from narrow indexes.

What is ready stands in an index by branch, zone and value, so the best of each branch and zone are
read in order and merged; the rows are not locked here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from vernost.accounts.models import Branch
from vernost.calls.queries.allowance import Allowance
from vernost.calls.rules.order import NEAR, Waiting, place
from vernost.core.actor import Actor
from vernost.invitations.models import Invitation
from vernost.invitations.rules import InvitationState

RECALL_ANCHOR = "recall:"
# How many of a small lane (call-backs, retries, a person's own) are looked through at once.
_LANE_LIMIT = 2000
# What the partial indexes of Invitation say, word for word.
_READY = "state = 'queued' AND next_try_at IS NULL AND assigned_to_id IS NULL"
_RECALL = "anchor::text LIKE 'recall:%%'"

_ZONES = """
WITH RECURSIVE pair(branch_id, zone) AS (
    SELECT branch.id, first.zone
    FROM {branches} AS branch(id),
         LATERAL (SELECT zone FROM invitations_invitation WHERE {of_branch} AND {lane}
                  ORDER BY zone LIMIT 1) first
    UNION ALL
    SELECT branch.id, further.zone
    FROM pair AS branch(id, before),
         LATERAL (SELECT zone FROM invitations_invitation WHERE {of_branch} AND {lane} AND zone > branch.before
                  ORDER BY zone LIMIT 1) further
)
SELECT branch_id, zone FROM pair
"""

_BEST = """
SELECT best.id, best.weight, best.due_on
FROM unnest(%(branches)s::bigint[], %(zones)s::text[]) AS branch(id, zone),
     LATERAL (
         (SELECT id, value * 2 AS weight, due_on FROM invitations_invitation
          WHERE {of_branch} AND {lane} AND zone = branch.zone AND programme_id = ANY(%(programmes)s)
            AND due_on <= %(near)s
          ORDER BY value DESC, due_on, id LIMIT %(limit)s)
         UNION ALL
         (SELECT id, value, due_on FROM invitations_invitation
          WHERE {of_branch} AND {lane} AND zone = branch.zone AND programme_id = ANY(%(programmes)s)
            AND due_on > %(near)s
          ORDER BY value DESC, due_on, id LIMIT %(limit)s)
     ) best
ORDER BY best.weight DESC, best.due_on, best.id
LIMIT %(limit)s
"""

_OF_BRANCH = "branch_id = branch.id"
# Invitations without a branch are everybody's who sees the whole group.
_NO_BRANCH = "branch_id IS NULL AND branch.id IS NULL"


def visible_to(actor: Actor) -> QuerySet[Invitation]:
    rows = Invitation.objects.all()
    return rows if actor.branch_ids is None else rows.filter(branch_id__in=actor.branch_ids)


def candidates(*, actor: Actor, allowance: Allowance, as_of: date, limit: int) -> Iterator[list[int]]:
    """Yield ids lane by lane, each in the order of calling: one's own, call-backs, recalls, the rest.

    A later lane is read only when the caller asks for it. Up to `limit` ids a lane.
    """
    yield _own(actor, allowance, as_of)
    yield _call_backs(actor, allowance)[:limit]
    retries = _due_retries(actor, allowance)
    branches = _branches_of(actor)
    yield _lane([row for row in retries if row.is_recall], f"{_READY} AND {_RECALL}", branches, allowance, as_of, limit)
    yield _lane(
        [row for row in retries if not row.is_recall],
        f"{_READY} AND NOT ({_RECALL})",
        branches,
        allowance,
        as_of,
        limit,
    )


def _own(actor: Actor, allowance: Allowance, as_of: date) -> list[int]:
    if actor.user_id is None:
        return []
    due = Q(next_try_at=None) | Q(next_try_at__lte=allowance.now)
    mine = visible_to(actor).filter(due, state=InvitationState.QUEUED, assigned_to_id=actor.user_id)
    return _ordered(_allowed(mine, allowance), as_of)


def _call_backs(actor: Actor, allowance: Allowance) -> list[int]:
    due = _waiting(actor, allowance).filter(is_callback=True).order_by("next_try_at", "due_on", "pk")
    return [row.invitation_id for row in _allowed(due, allowance)]


def _due_retries(actor: Actor, allowance: Allowance) -> list[Waiting]:
    return _allowed(_waiting(actor, allowance).filter(is_callback=False), allowance)


def _waiting(actor: Actor, allowance: Allowance) -> QuerySet[Invitation]:
    return visible_to(actor).filter(
        state=InvitationState.QUEUED, assigned_to=None, next_try_at__isnull=False, next_try_at__lte=allowance.now
    )


def _allowed(rows: QuerySet[Invitation], allowance: Allowance) -> list[Waiting]:
    columns = ("pk", "value", "due_on", "anchor", "is_callback", "next_try_at", "zone", "programme_id")
    return [
        Waiting(pk, value, due_on, anchor.startswith(RECALL_ANCHOR), is_callback, next_try_at)
        for pk, value, due_on, anchor, is_callback, next_try_at, zone, programme_id in rows.values_list(*columns)[
            :_LANE_LIMIT
        ]
        if allowance.allows(zone, programme_id)
    ]


def _ordered(rows: Iterable[Waiting], as_of: date) -> list[int]:
    return [row.invitation_id for row in sorted(rows, key=lambda row: place(row, as_of))]


@dataclass(frozen=True, slots=True)
class _Branches:
    ids: Sequence[int]
    whole_group: bool


def _branches_of(actor: Actor) -> _Branches:
    if actor.branch_ids is not None:
        return _Branches(sorted(actor.branch_ids), whole_group=False)
    return _Branches(list(Branch.objects.order_by("pk").values_list("pk", flat=True)), whole_group=True)


def _lane(
    retries: Sequence[Waiting], lane: str, branches: _Branches, allowance: Allowance, as_of: date, limit: int
) -> list[int]:
    found = {row.invitation_id: place(row, as_of)[2:] for row in retries}
    parts: list[tuple[str, Sequence[int | None]]] = [(_OF_BRANCH, branches.ids)]
    if branches.whole_group:
        parts.append((_NO_BRANCH, [None]))
    for of_branch, ids in parts:
        for row in _best(of_branch, ids, lane, allowance, as_of, limit):
            found[row[0]] = (-row[1], row[2], row[0])
    return sorted(found, key=found.__getitem__)[:limit]


def _best(
    of_branch: str, ids: Sequence[int | None], lane: str, allowance: Allowance, as_of: date, limit: int
) -> list[tuple[int, int, date]]:
    if not ids:
        return []
    by_programmes: dict[frozenset[int], list[tuple[int | None, str]]] = defaultdict(list)
    branches = "unnest(%(branches)s::bigint[])"
    for branch_id, zone in _fetch(_ZONES.format(branches=branches, of_branch=of_branch, lane=lane), {"branches": ids}):
        by_programmes[allowance.programmes_in(zone)].append((branch_id, zone))
    rows: list[tuple[int, int, date]] = []
    for programmes, pairs in by_programmes.items():
        if programmes:
            values = {
                "branches": [branch_id for branch_id, _zone in pairs],
                "zones": [zone for _branch_id, zone in pairs],
                "programmes": sorted(programmes),
                "near": as_of + NEAR,
                "limit": limit,
            }
            rows += _fetch(_BEST.format(of_branch=of_branch, lane=lane), values)
    return rows


def _fetch(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


_LOCK_FIRST = """
SELECT invitation.id
FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS candidate(id, place)
JOIN invitations_invitation invitation USING (id)
WHERE invitation.state = 'queued'
  AND (invitation.next_try_at IS NULL OR invitation.next_try_at <= %(now)s)
  AND (invitation.assigned_to_id IS NULL OR invitation.assigned_to_id = %(user)s)
  AND NOT EXISTS (
      SELECT FROM invitations_invitation other
      WHERE other.customer_id = invitation.customer_id AND other.state = 'in_progress'
  )
ORDER BY candidate.place
LIMIT 1
"""
LOCKING = "FOR UPDATE OF invitation SKIP LOCKED"


def lock_first(ids: Sequence[int], *, user_id: int | None, now: datetime) -> int | None:
    """Lock the first of the candidates that nobody holds; None when others have taken them all.

    A row that another operator takes at this moment is passed over, never waited for.
    """
    found = _fetch(f"{_LOCK_FIRST} {LOCKING}", {"ids": list(ids), "user": user_id, "now": now})
    return found[0][0] if found else None


def overdue_call_backs(actor: Actor, now: datetime, *, limit: int = 100) -> int:
    """Count call-backs whose time has come, of everybody and of the actor's own; up to `limit`."""
    due = visible_to(actor).filter(
        Q(assigned_to=None) | Q(assigned_to_id=actor.user_id or 0),
        state=InvitationState.QUEUED,
        is_callback=True,
        next_try_at__lte=now,
    )
    return due.values("pk")[:limit].count()
