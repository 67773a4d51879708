"""Cycles, invitations and campaign audiences in the mirror; what the night asks of each customer."""

from datetime import date
from typing import TYPE_CHECKING

from vernost.core.fact_table import Derived, FactGroup, FactTable, Pull, Tables, fact_groups

if TYPE_CHECKING:
    from ibis.expr.types import Table

CYCLES = FactTable(
    name="cycles",
    scope="branch",
    columns={
        "cycle_id": "int64",
        "programme_id": "int64",
        "programme": "string",
        "vehicle_id": "int64",
        "customer_id": "int64",
        "anchor": "string",
        "bucket": "int32",
        "held_out": "boolean",
        "started_on": "date",
        "due_on": "date",
        "branch_id": "int64",
    },
    sql="SELECT * FROM cycle_rows",
    order_by=("cycle_id",),
)

fact_groups.add(
    FactGroup(
        code="cycles",
        key="cycle_id",
        pulls=(
            Pull(
                name="cycle_rows",
                key="c.id",
                sql="""
                    SELECT c.id::bigint AS cycle_id, c.programme_id::bigint AS programme_id,
                           p.code::text AS programme, c.vehicle_id::bigint AS vehicle_id,
                           c.customer_id::bigint AS customer_id, c.anchor, c.bucket::int AS bucket, c.held_out,
                           c.started_on, c.due_on, c.branch_id::bigint AS branch_id
                      FROM invitations_cycle c JOIN invitations_programme p ON p.id = c.programme_id
                """,
            ),
        ),
        tables=(CYCLES,),
        touched_by={"invitations_cycle": "id"},
    )
)

INVITATIONS = FactTable(
    name="invitations",
    scope="branch",
    columns={
        "invitation_id": "int64",
        "cycle_id": "int64",
        "programme": "string",
        "vehicle_id": "int64",
        "customer_id": "int64",
        "anchor": "string",
        "branch_id": "int64",
        "created_for": "date",
        "state": "string",
        "ended_on": "date",
        "due_on": "date",
        "appointment_id": "int64",
        "booked_on": "date",
    },
    sql="SELECT * FROM invitation_rows",
    order_by=("invitation_id",),
)

# What became of each invitation, and on which days that held: `until` is the first day on which it was something
# else, null to this day. While it waited for its operator it has no row; of several states of a day the last counts.
INVITATION_STATES = FactTable(
    name="invitation_states",
    scope="invitation",
    columns={"invitation_id": "int64", "state": "string", "since": "date", "until": "date"},
    sql="""
        SELECT invitation_id, state, since, until FROM (
            SELECT invitation_id, state, since,
                   lead(since) OVER (PARTITION BY invitation_id ORDER BY event_id) AS until
              FROM invitation_event_rows
        ) WHERE state NOT IN ('queued', 'in_progress') AND (until IS NULL OR since < until)
    """,
    order_by=("invitation_id", "since"),
)

fact_groups.add(
    FactGroup(
        code="invitations",
        key="invitation_id",
        pulls=(
            Pull(
                name="invitation_rows",
                key="i.id",
                # An invitation ends, and is booked for the first time, on the branch's own calendar; without a branch
                # on Moscow's. A booking that its operator took back in the same call was none.
                sql="""
                    SELECT i.id::bigint AS invitation_id, i.cycle_id::bigint AS cycle_id, p.code::text AS programme,
                           i.vehicle_id::bigint AS vehicle_id, i.customer_id::bigint AS customer_id, i.anchor,
                           i.branch_id::bigint AS branch_id, i.created_for, i.state,
                           (i.ended_at AT TIME ZONE coalesce(b.timezone, 'Europe/Moscow'))::date AS ended_on, i.due_on,
                           i.appointment_id::bigint AS appointment_id,
                           (SELECT (min(told.at) AT TIME ZONE coalesce(b.timezone, 'Europe/Moscow'))::date
                              FROM (SELECT e.at, e.to_state, lead(e.to_state) OVER (ORDER BY e.id) AS next_state
                                      FROM invitations_invitationevent e WHERE e.invitation_id = i.id) told
                             WHERE told.to_state = 'booked' AND told.next_state IS DISTINCT FROM 'in_progress'
                           ) AS booked_on
                      FROM invitations_invitation i
                      JOIN invitations_programme p ON p.id = i.programme_id
                      LEFT JOIN accounts_branch b ON b.id = i.branch_id
                """,
            ),
            Pull(
                name="invitation_event_rows",
                key="e.invitation_id",
                sql="""
                    SELECT e.invitation_id::bigint AS invitation_id, e.id::bigint AS event_id, e.to_state AS state,
                           (e.at AT TIME ZONE coalesce(b.timezone, 'Europe/Moscow'))::date AS since
                      FROM invitations_invitationevent e
                      JOIN invitations_invitation i ON i.id = e.invitation_id
                      LEFT JOIN accounts_branch b ON b.id = i.branch_id
                """,
            ),
        ),
        tables=(INVITATIONS, INVITATION_STATES),
        touched_by={"invitations_invitation": "id"},
    )
)

MEMBERS = FactTable(
    name="members",
    scope="customer",
    columns={"member_id": "int64", "programme": "string", "customer_id": "int64", "vehicle_id": "int64"},
    sql="SELECT * FROM member_rows",
    order_by=("member_id",),
)

fact_groups.add(
    FactGroup(
        code="members",
        key="member_id",
        pulls=(
            Pull(
                name="member_rows",
                key="m.id",
                sql="""
                    SELECT m.id::bigint AS member_id, p.code::text AS programme, m.customer_id::bigint AS customer_id,
                           m.vehicle_id::bigint AS vehicle_id
                      FROM invitations_campaignmember m JOIN invitations_programme p ON p.id = m.programme_id
                """,
            ),
        ),
        tables=(MEMBERS,),
        touched_by={"invitations_campaignmember": "id"},
    )
)

ATTEMPTS = FactTable(
    name="attempts",
    scope="invitation",
    columns={
        "attempt_id": "int64",
        "invitation_id": "int64",
        "on": "date",
        "number": "int32",
        "user_id": "int64",
        "outcome": "string",
        "reached": "boolean",
        "talk_seconds": "int32",
    },
    sql="SELECT * FROM attempt_rows",
    order_by=("attempt_id",),
)

fact_groups.add(
    FactGroup(
        code="attempts",
        key="attempt_id",
        pulls=(
            Pull(
                name="attempt_rows",
                key="t.id",
                sql="""
                    SELECT t.id::bigint AS attempt_id, t.invitation_id::bigint AS invitation_id, t."on",
                           t.number::int AS number, t.user_id::bigint AS user_id, t.outcome, t.reached,
                           t.talk_seconds::int AS talk_seconds
                      FROM invitations_contactattempt t
                """,
            ),
        ),
        tables=(ATTEMPTS,),
        touched_by={"invitations_contactattempt": "id"},
    )
)

ATTRIBUTIONS = FactTable(
    name="attributions",
    scope="invitation",
    columns={
        "attribution_id": "int64",
        "invitation_id": "int64",
        "order_id": "int64",
        "through_appointment": "boolean",
    },
    sql="SELECT * FROM attribution_rows",
    order_by=("attribution_id",),
)

fact_groups.add(
    FactGroup(
        code="attributions",
        key="attribution_id",
        pulls=(
            Pull(
                name="attribution_rows",
                key="a.id",
                sql="""
                    SELECT a.id::bigint AS attribution_id, a.invitation_id::bigint AS invitation_id,
                           a.order_id::bigint AS order_id, a.through_appointment
                      FROM invitations_attribution a
                """,
            ),
        ),
        tables=(ATTRIBUTIONS,),
        touched_by={"invitations_attribution": "id"},
    )
)

_CHANNELS = ("call", "sms", "email", "messenger")

# What is known of each customer: by which channel he may be asked, and where he came last (`rules.people`).
PEOPLE = FactTable(
    name="people",
    scope="customer",
    columns={
        "customer_id": "int64",
        "ref": "string",
        "timezone": "string",
        "blocked": "boolean",
        "blocked_on": "date",
        **{f"{fact}_{channel}": "boolean" for fact in ("consent", "address", "stop") for channel in _CHANNELS},
        "last_visit_on": "date",
        "last_branch_id": "int64",
        "settled_on": "date",
    },
    sql="",
    order_by=("customer_id",),
)


def _people(tables: Tables, as_of: date) -> "Table":
    from vernost.invitations.rules import people  # noqa: PLC0415 - every process declares the tables; this loads Ibis

    return people.people(tables, as_of)


fact_groups.add(
    FactGroup(
        code="people",
        key="customer_id",
        tables=(PEOPLE,),
        derived=Derived(
            make=_people,
            made_of={
                "customers": "customer_id",
                "consents": "customer_id",
                "addresses": "customer_id",
                "stops": "customer_id",
                "interactions": "customer_id",
                "visits": "customer_id",
            },
            reads={
                "interactions": ("customer_id", "on", "channel", "outcome"),
                "visits": ("customer_id", "on", "closed_second", "ref", "branch_id"),
            },
        ),
    )
)
