"""What a look into the queue begins with, in one statement.

Who is due in the small lanes, where the great ones have anybody, the rules' numbers, whom the asker has in hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import connection

from vernost.calls.queries import ground
from vernost.calls.queries.allowance import Allowance
from vernost.calls.rules.order import Lane, Waiting
from vernost.core.actor import Actor

RECALL_ANCHOR = "recall:"
# How many of a small lane (call-backs, retries, a person's own) are looked through at once.
_LANE_LIMIT = 2000
# What the partial indexes of Invitation say, word for word.
_READY = "state = 'queued' AND next_try_at IS NULL AND assigned_to_id IS NULL"
_RECALL = "anchor::text LIKE 'recall:%%'"
LANES = {Lane.RECALL: f"{_READY} AND {_RECALL}", Lane.ORDINARY: f"{_READY} AND NOT ({_RECALL})"}
# Invitations without a branch are everybody's who sees the whole group.
OF_BRANCH, OF_NONE = "branch_id = branch.id", "branch_id IS NULL"

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

# One's own, call-backs and retries that are due: small lanes, each with an index of its own.
_COLUMNS = "id, value, due_on, anchor, is_callback, next_try_at, zone, programme_id"
_DUE = f"""
(SELECT {_COLUMNS}, true AS own FROM invitations_invitation
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

_LOOK = """
WITH RECURSIVE {walks}
SELECT
  (SELECT coalesce(json_agg(json_build_array({columns}, own)), '[]') FROM ({due}) due),
  (SELECT coalesce(json_agg(json_build_array(lane, branch_id, zone)), '[]')
   FROM ({found}) pairs(lane, branch_id, zone)),
  (SELECT id FROM invitations_invitation WHERE state = 'in_progress' AND leased_by_id = %(user)s
   AND leased_until > %(now)s AND {scope} ORDER BY leased_until DESC LIMIT 1),
  EXISTS (SELECT FROM invitations_invitation WHERE state = 'in_progress' AND leased_until <= %(now)s),
  {ground}
"""

Pair = tuple[int | None, str]


@dataclass(frozen=True, slots=True)
class Look:
    """The queue at a moment. `waiting`: who may be called of the small lanes, and whether he is the actor's own.

    `held`: the invitation that the actor has under a lease; `lease_ended`: anybody's has run out.
    """

    allowance: Allowance
    waiting: Sequence[tuple[Waiting, bool]]
    pairs: Mapping[Lane, Sequence[Pair]]
    held: int | None
    lease_ended: bool


def look(actor: Actor, now: datetime) -> Look:
    values = {"user": actor.user_id, "now": now, "branches": sorted(actor.branch_ids or ())}
    with connection.cursor() as cursor:
        cursor.execute(_statement(whole=actor.branch_ids is None), values)
        due, found, held, lease_ended, *columns = cursor.fetchone()
    allowance = Allowance(now, ground.found_in(columns))
    pairs: dict[Lane, list[Pair]] = {lane: [] for lane in LANES}
    for lane, branch_id, zone in found:
        pairs[Lane(lane)].append((branch_id, zone))
    return Look(allowance, _waiting(due, allowance), pairs, held, lease_ended)


def _waiting(rows: Sequence[Sequence[Any]], allowance: Allowance) -> list[tuple[Waiting, bool]]:
    return [
        (
            Waiting(
                pk,
                value,
                date.fromisoformat(due_on),
                anchor.startswith(RECALL_ANCHOR),
                is_callback,
                datetime.fromisoformat(next_try_at) if next_try_at else None,
            ),
            is_own,
        )
        for pk, value, due_on, anchor, is_callback, next_try_at, zone, programme_id, is_own in rows
        if allowance.allows(zone, programme_id)
    ]


@cache
def _statement(*, whole: bool) -> str:
    """Write the statement for the whole group, or for some branches."""
    scopes = [(OF_BRANCH, "unnest(%(branches)s::bigint[])")]
    if whole:
        scopes = [(OF_BRANCH, "(SELECT id FROM accounts_branch)"), (OF_NONE, "(VALUES (NULL::bigint))")]
    parts = [
        (f"lane_{lane.value}_{number}", lane, of_branch, branches)
        for lane in LANES
        for number, (of_branch, branches) in enumerate(scopes)
    ]
    walks = ",".join(
        _ZONES.format(name=name, lane=LANES[lane], of_branch=of_branch, branches=branches)
        for name, lane, of_branch, branches in parts
    )
    found = " UNION ALL ".join(
        f"SELECT {lane.value}, branch_id, zone FROM {name}"  # noqa: S608 - our own words
        for name, lane, _of, _from in parts
    )
    scope = "true" if whole else "branch_id = ANY(%(branches)s)"
    due = _DUE.format(scope=scope)
    return _LOOK.format(walks=walks, columns=_COLUMNS, due=due, found=found, scope=scope, ground=ground.COLUMNS)
