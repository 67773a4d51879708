"""The calling queue: who is next, in the order of `rules.order`, read from narrow indexes.

What is ready stands in an index by branch, zone and value, so the best of each branch and zone are
read in order and merged; the rows are not locked here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from vernost.calls.queries.allowance import Allowance
from vernost.calls.rules.order import NEAR, Lane, Waiting, place
from vernost.core.actor import Actor
from vernost.invitations.models import Invitation
from vernost.invitations.rules import InvitationState

RECALL_ANCHOR = "recall:"
# How many of a small lane (call-backs, retries, a person's own) are looked through at once.
_LANE_LIMIT = 2000
# What the partial indexes of Invitation say, word for word.
_READY = "state = 'queued' AND next_try_at IS NULL AND assigned_to_id IS NULL"
_RECALL = "anchor::text LIKE 'recall:%%'"
_LANES = {Lane.RECALL: f"{_READY} AND {_RECALL}", Lane.ORDINARY: f"{_READY} AND NOT ({_RECALL})"}
# Invitations without a branch are everybody's who sees the whole group.
_OF_BRANCH, _OF_NONE = "branch_id = branch.id", "branch_id IS NULL"

# The zones that a lane has in each branch, hopping from one to the next through the index.
_ZONES = """
{name}(branch_id, zone) AS (
    SELECT branch.id, first.zone
    FROM {branches} AS branch(id),
         LATERAL (SELECT zone FROM invitations_invitation WHERE {of_branch} AND {lane} ORDER BY zone LIMIT 1) first
    UNION ALL
    SELECT branch.id, further.zone
    FROM {name} AS branch(id, before),
         LATERAL (SELECT zone FROM invitations_invitation WHERE {of_branch} AND {lane} AND zone > branch.before
                  ORDER BY zone LIMIT 1) further
)"""

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
"""
_FIRST = "ORDER BY best.weight DESC, best.due_on, best.id LIMIT %(limit)s"


def visible_to(actor: Actor) -> QuerySet[Invitation]:
    rows = Invitation.objects.all()
    return rows if actor.branch_ids is None else rows.filter(branch_id__in=actor.branch_ids)


def candidates(*, actor: Actor, allowance: Allowance, as_of: date, limit: int) -> Iterator[list[int]]:
    """Yield ids lane by lane, each in the order of calling: one's own, call-backs, recalls, the rest.

    A later lane is read only when the caller asks for it. Up to `limit` ids a lane.
    """
    waiting = _waiting(actor, allowance)
    yield _ordered((row for row, is_own in waiting if is_own), as_of)
    others = [row for row, is_own in waiting if not is_own]
    yield _ordered((row for row in others if row.is_callback), as_of)[:limit]
    retries = [row for row in others if not row.is_callback]
    pairs = _pairs(actor)
    for lane in _LANES:
        own = {row.invitation_id: place(row, as_of)[2:] for row in retries if row.is_recall == (lane is Lane.RECALL)}
        yield _merged(own, _best(lane, pairs[lane], allowance, as_of, limit), limit)


# One's own, call-backs and retries that are due: small lanes, each with an index of its own.
_COLUMNS = "id, value, due_on, anchor, is_callback, next_try_at, zone, programme_id"
_DUE = f"""
(SELECT {_COLUMNS}, true FROM invitations_invitation
 WHERE state = 'queued' AND assigned_to_id = %(user)s AND (next_try_at IS NULL OR next_try_at <= %(now)s) AND {{scope}}
 LIMIT {_LANE_LIMIT})
UNION ALL
(SELECT {_COLUMNS}, false FROM invitations_invitation
 WHERE state = 'queued' AND assigned_to_id IS NULL AND is_callback AND next_try_at <= %(now)s AND {{scope}}
 ORDER BY next_try_at, due_on, id LIMIT {_LANE_LIMIT})
UNION ALL
(SELECT {_COLUMNS}, false FROM invitations_invitation
 WHERE state = 'queued' AND assigned_to_id IS NULL AND NOT is_callback AND next_try_at <= %(now)s AND {{scope}}
 LIMIT {_LANE_LIMIT})
"""  # noqa: S608 - our own words


def _waiting(actor: Actor, allowance: Allowance) -> list[tuple[Waiting, bool]]:
    """Return who may be called of those who have waited for their time or their operator, and whether he is own."""
    scope = "true" if actor.branch_ids is None else "branch_id = ANY(%(branches)s)"
    values = {"user": actor.user_id, "now": allowance.now, "branches": sorted(actor.branch_ids or ())}
    return [
        (Waiting(pk, value, due_on, anchor.startswith(RECALL_ANCHOR), is_callback, next_try_at), is_own)
        for pk, value, due_on, anchor, is_callback, next_try_at, zone, programme_id, is_own in _fetch(
            _DUE.format(scope=scope), values
        )
        if allowance.allows(zone, programme_id)
    ]


def _ordered(rows: Iterable[Waiting], as_of: date) -> list[int]:
    return [row.invitation_id for row in sorted(rows, key=lambda row: place(row, as_of))]


_Pair = tuple[int | None, str]
_Place = tuple[int, date, int]


def _pairs(actor: Actor) -> dict[Lane, list[_Pair]]:
    """Return the branches and zones in which each lane has anybody, in one statement."""
    scopes = [(_OF_BRANCH, "unnest(%(branches)s::bigint[])")]
    if actor.branch_ids is None:
        scopes = [(_OF_BRANCH, "(SELECT id FROM accounts_branch)"), (_OF_NONE, "(VALUES (NULL::bigint))")]
    parts = [
        (f"lane_{lane.value}_{number}", lane, of_branch, branches)
        for lane in _LANES
        for number, (of_branch, branches) in enumerate(scopes)
    ]
    walks = ",".join(
        _ZONES.format(name=name, lane=_LANES[lane], of_branch=of_branch, branches=branches)
        for name, lane, of_branch, branches in parts
    )
    found = " UNION ALL ".join(
        f"SELECT {lane.value}, branch_id, zone FROM {name}"  # noqa: S608 - our own words
        for name, lane, _of, _from in parts
    )
    pairs: dict[Lane, list[_Pair]] = {lane: [] for lane in _LANES}
    for lane, branch_id, zone in _fetch(
        f"WITH RECURSIVE {walks} {found}", {"branches": sorted(actor.branch_ids or ())}
    ):
        pairs[Lane(lane)].append((branch_id, zone))
    return pairs


def _merged(retries: dict[int, _Place], ready: Iterable[tuple[int, int, date]], limit: int) -> list[int]:
    places = {**retries, **{pk: (-weight, due_on, pk) for pk, weight, due_on in ready}}
    return sorted(places, key=places.__getitem__)[:limit]


def _best(
    lane: Lane, pairs: Sequence[_Pair], allowance: Allowance, as_of: date, limit: int
) -> list[tuple[int, int, date]]:
    """Return the first of the lane where calls are allowed: programmes of the same hours are read together."""
    groups: dict[tuple[bool, frozenset[int]], list[_Pair]] = defaultdict(list)
    for branch_id, zone in pairs:
        groups[branch_id is None, allowance.programmes_in(zone)].append((branch_id, zone))
    rows: list[tuple[int, int, date]] = []
    for (is_none, programmes), group in groups.items():
        if programmes:
            of_branch = _OF_NONE if is_none else _OF_BRANCH
            values = {
                "branches": [branch_id for branch_id, _zone in group],
                "zones": [zone for _branch_id, zone in group],
                "programmes": sorted(programmes),
                "near": as_of + NEAR,
                "limit": limit,
            }
            rows += _fetch(_BEST.format(of_branch=of_branch, lane=_LANES[lane]) + _FIRST, values)
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
