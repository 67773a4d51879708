"""Writing a night's decision: cycles, invitations, what was decided of whom, and what is over.

Everything in sets and in one transaction of the caller: a night is written whole or not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from ibis.backends.duckdb import Backend

from vernost.core.actor import Actor
from vernost.facts import pull
from vernost.invitations.models import Programme
from vernost.invitations.operations.staging import stage
from vernost.invitations.queries.decisions import Decision, Pairs, facts_sql
from vernost.invitations.queries.endings import DOUBTFUL_CARS, endings
from vernost.invitations.queries.plans import kept
from vernost.invitations.rules import Suppression
from vernost.invitations.rules.expressions import NEVER

_PAIR_COLUMNS = """
    known_cycle_id bigint, programme_id bigint, vehicle_id bigint, customer_id bigint, anchor text COLLATE "C",
    bucket int, held_out boolean, due_on date, branch_id bigint, due_from date, due_to date, expires_on date,
    reason text, reason_facts jsonb, value bigint, zone text
"""

_NUMBERED = """
CREATE TEMPORARY TABLE night_drawn ON COMMIT DROP AS
SELECT coalesce(known_cycle_id, nextval(pg_get_serial_sequence('invitations_cycle', 'id'))) AS cycle_id,
       CASE WHEN NOT held_out THEN nextval(pg_get_serial_sequence('invitations_invitation', 'id')) END AS invitation_id,
       *
FROM night_pair
"""

_CYCLES = """
INSERT INTO invitations_cycle
    (id, programme_id, vehicle_id, customer_id, anchor, bucket, held_out, started_on, due_on, branch_id)
SELECT cycle_id, programme_id, vehicle_id, customer_id, anchor, bucket, held_out, %(as_of)s, due_on, branch_id
FROM night_drawn WHERE known_cycle_id IS NULL
"""

_INVITATIONS = """
INSERT INTO invitations_invitation
    (id, cycle_id, programme_id, vehicle_id, customer_id, anchor, branch_id, created_for, due_on, due_from, due_to,
     expires_on, state, reason, reason_facts, value, attempts, is_callback, no_shows, decline_reason, zone)
SELECT drawn.invitation_id, drawn.cycle_id, drawn.programme_id, drawn.vehicle_id, drawn.customer_id, drawn.anchor,
       drawn.branch_id, %(as_of)s, drawn.due_on, drawn.due_from, drawn.due_to, drawn.expires_on, 'queued',
       drawn.reason, jsonb_strip_nulls(drawn.reason_facts), drawn.value, 0, false, 0, '',
       coalesce(nullif(drawn.zone, ''), branch.timezone, '')
FROM night_drawn drawn LEFT JOIN accounts_branch branch ON branch.id = drawn.branch_id
WHERE drawn.invitation_id IS NOT NULL
"""

_FIRST_EVENTS = """
INSERT INTO invitations_invitationevent (invitation_id, at, actor, from_state, to_state, note)
SELECT invitation_id, %(now)s, %(actor)s, '', 'queued', '' FROM night_drawn WHERE invitation_id IS NOT NULL
"""

_STANDING_DECISIONS = """
SELECT id, programme_id, coalesce(vehicle_id, -customer_id) AS seat, customer_id, anchor, reason, since
FROM invitations_decision WHERE until IS NULL
"""

_DECISIONS_ENDED = """
UPDATE invitations_decision decision SET until = %(yesterday)s
FROM night_over WHERE decision.id = night_over.id AND decision.since <= %(yesterday)s
"""

_DECISIONS_UNMADE = """
DELETE FROM invitations_decision decision
USING night_over WHERE decision.id = night_over.id AND decision.since > %(yesterday)s
"""

_DECISIONS = """
INSERT INTO invitations_decision (programme_id, vehicle_id, customer_id, anchor, reason, since)
SELECT programme_id, vehicle_id, customer_id, anchor, reason, %(as_of)s FROM night_decided
"""

_CLOSED = """
WITH closing AS (
    SELECT invitation.id, invitation.state AS from_state, night_closing.to_state, night_closing.note
    FROM night_closing JOIN invitations_invitation invitation ON invitation.id = night_closing.id
    WHERE invitation.state = 'queued' OR invitation.state = 'in_progress' AND invitation.leased_until < %(now)s
    ORDER BY invitation.id
    FOR UPDATE OF invitation SKIP LOCKED
),
closed AS (
    UPDATE invitations_invitation invitation
    SET state = closing.to_state, leased_by_id = NULL, leased_until = NULL, next_try_at = NULL, is_callback = false,
        ended_at = %(now)s
    FROM closing WHERE closing.id = invitation.id
)
INSERT INTO invitations_invitationevent (invitation_id, at, actor, from_state, to_state, note)
SELECT id, %(now)s, %(actor)s, from_state, to_state, note FROM closing
"""

# A call-back that the customer asked for is kept even when the programme's time is over.
_EXPIRED = """
WITH expiring AS (
    SELECT id, state FROM invitations_invitation
    WHERE expires_on < %(as_of)s
      AND (state = 'queued' AND NOT (is_callback AND next_try_at >= %(now)s)
           OR state = 'in_progress' AND leased_until < %(now)s
           OR state = 'no_show')
    ORDER BY id
    FOR UPDATE SKIP LOCKED
),
expired AS (
    UPDATE invitations_invitation invitation
    SET state = 'expired', leased_by_id = NULL, leased_until = NULL, next_try_at = NULL, is_callback = false,
        ended_at = %(now)s
    FROM expiring WHERE expiring.id = invitation.id
)
INSERT INTO invitations_invitationevent (invitation_id, at, actor, from_state, to_state, note)
SELECT id, %(now)s, %(actor)s, state, 'expired', '' FROM expiring
"""


# Of the answers those that are written as invitations, or drawn for the first time.
_IS_NEW = f"NOT settled AND (reason = '' OR reason = '{Suppression.HELD_OUT}' AND cycle_id IS NULL)"
_NEW_CARS = f"SELECT vehicle_id FROM {kept('answers')} WHERE vehicle_id IS NOT NULL AND {_IS_NEW}"  # noqa: S608 - names of our own


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows of each sort a night has added, or of invitations ended."""

    cycles: int
    invitations: int
    decisions: int
    ended: int


@transaction.atomic
def write_night(*, con: Backend, decision: Decision, as_of: date, actor: Actor, now: datetime) -> Written:
    """Write what was decided for the day: only what is not written yet."""
    bench = _Bench(con, decision, decision.of_cars(f"{_NEW_CARS} UNION ALL {DOUBTFUL_CARS}"))
    values = {"as_of": as_of, "yesterday": as_of - timedelta(days=1), "now": now, "actor": actor.code}
    with connection.cursor() as cursor:
        ended = _end(cursor, bench, values)
        cycles, invitations = _invite(cursor, bench, values)
        decisions = _decide(cursor, bench, values)
    return Written(cycles, invitations, decisions, ended)


class _Bench:
    """The decision as tables of DuckDB that a plain SELECT can name."""

    def __init__(self, con: Backend, decision: Decision, pairs: Pairs) -> None:
        self.con = con.con
        self.decision = decision
        self.pairs = pairs
        self.answers = kept("answers")
        programmes = list(Programme.objects.values_list("code", "pk"))
        self.con.register(
            "night_programmes", pa.table({"code": [row[0] for row in programmes], "id": [row[1] for row in programmes]})
        )

    def stage(self, cursor: CursorWrapper, *, table: str, columns: str, select: str) -> None:
        stage(cursor, self.con, table=table, columns=columns, select=select)


def _end(cursor: CursorWrapper, bench: _Bench, values: Mapping[str, Any]) -> int:
    """End the invitations whose time is over, and those that something has settled."""
    ended = _run(cursor, _EXPIRED, values)
    bench.con.register("night_endings", endings(bench.decision, bench.pairs).to_pyarrow())
    bench.stage(
        cursor,
        table="night_closing",
        columns="id bigint, to_state text, note text",
        select="SELECT invitation_id, to_state, note FROM night_endings",
    )
    return ended + _run(cursor, _CLOSED, values)


def _invite(cursor: CursorWrapper, bench: _Bench, values: Mapping[str, Any]) -> tuple[int, int]:
    """Draw the new pairs into their arms and put the invited ones into the queue."""
    if not bench.decision.programmes:
        return 0, 0
    bench.stage(cursor, table="night_pair", columns=_PAIR_COLUMNS, select=_new_pairs(bench))
    cursor.execute(_NUMBERED)
    cycles = _run(cursor, _CYCLES, values)
    invitations = _run(cursor, _INVITATIONS, values)
    _run(cursor, _FIRST_EVENTS, values)
    return cycles, invitations


def _new_pairs(bench: _Bench) -> str:
    """SELECT of DuckDB: who is drawn for the first time, or invited now, with the reason and its facts."""
    return f"""
        SELECT answer.cycle_id, programme.id, answer.vehicle_id, answer.customer_id, answer.anchor, answer.bucket,
               answer.held_out, answer.due_on, answer.branch_id, pair.due_from, pair.due_to,
               nullif(pair.expires_on, DATE '{NEVER}'), pair.reason_code, pair.facts, answer.value, answer.zone
        FROM {bench.answers} answer
        JOIN night_programmes programme ON programme.code = answer.programme
        JOIN ({facts_sql(bench.pairs)}) pair ON pair.programme = answer.programme AND pair.seat = answer.seat
             AND pair.anchor = answer.anchor AND pair.customer_id = answer.customer_id
        WHERE {_IS_NEW}
        ORDER BY answer.vehicle_id, answer.customer_id
    """  # noqa: S608 - names of our own


def _decide(cursor: CursorWrapper, bench: _Bench, values: Mapping[str, Any]) -> int:
    """Write what differs from the decisions that stand."""
    with pull.snapshot() as snapshot, snapshot.read(_STANDING_DECISIONS) as reader:
        bench.con.register("night_standing", reader.read_all())
    decided = f"""
        SELECT programme.id AS programme_id, answer.vehicle_id, answer.seat, answer.customer_id, answer.anchor,
               answer.reason
        FROM {bench.answers} answer JOIN night_programmes programme ON programme.code = answer.programme
    """  # noqa: S608 - names of our own
    bench.con.execute(f"CREATE TEMP TABLE night_decided AS {decided}")
    bench.stage(
        cursor,
        table="night_over",
        columns="id bigint",
        select=f"SELECT id FROM night_standing ANTI JOIN night_decided USING {_SAME} ORDER BY id",  # noqa: S608 - as above
    )
    cursor.execute(_DECISIONS_ENDED, values)
    cursor.execute(_DECISIONS_UNMADE, values)
    bench.stage(
        cursor,
        table="night_decided",
        columns='programme_id bigint, vehicle_id bigint, customer_id bigint, anchor text COLLATE "C", reason text',
        select=f"""SELECT programme_id, vehicle_id, customer_id, anchor, reason
                   FROM night_decided ANTI JOIN night_standing USING {_SAME}
                   ORDER BY vehicle_id, programme_id""",  # noqa: S608 - as above
    )
    return _run(cursor, _DECISIONS, values)


def _run(cursor: CursorWrapper, statement: str, values: Mapping[str, Any]) -> int:
    cursor.execute(statement, values)
    changed: int = cursor.rowcount
    return changed


_SAME = "(programme_id, seat, customer_id, anchor, reason)"
