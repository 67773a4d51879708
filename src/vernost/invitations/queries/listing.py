"""The decision of a day row by row, with the ids of the source and the reason in words."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from ibis.backends.duckdb import Backend

from vernost.core.i18n import Text
from vernost.invitations import kinds, wording
from vernost.invitations.queries.decisions import Decision, Pairs, Question, facts_sql
from vernost.invitations.queries.plans import kept
from vernost.invitations.rules import Suppression

_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Answer:
    """One candidate. `state` is that of the invitation (`queued` before the night), or `suppressed`.

    `customer` and `vehicle` are the ids of the source. `reason` is a marked text with its values.
    """

    programme: str
    customer_id: int
    customer: str
    vehicle_id: int | None
    vehicle: str | None
    due_on: date
    due_from: date | None
    due_to: date | None
    anchor: str
    state: str
    suppressed_reason: str
    reason: Text
    reason_facts: dict[str, Any]


def answers(
    con: Backend,
    decision: Decision,
    question: Question,
    *,
    programme: str | None = None,
    branch_ids: Collection[int] | None = None,
    suppressed: bool | None = None,
    limit: int | None = None,
) -> Iterator[Answer]:
    """Yield every candidate by rank of the programme, customer, car and anchor.

    `programme` None: of all. `branch_ids` None: of the whole group. `suppressed`: only those held back, or only
    the invited.
    """
    if not decision.programmes:
        return
    kind_of = {rule.code: kinds.discover()[rule.kind] for rule in question.rules}
    conditions = ["true"]
    if programme is not None:
        conditions.append(f"answer.programme = '{programme}'")
    if branch_ids is not None:
        conditions.append(f"answer.branch_id IN ({', '.join(map(str, sorted(branch_ids))) or 'NULL'})")
    if suppressed is not None:
        conditions.append("answer.reason <> ''" if suppressed else "answer.reason = ''")
    con.con.execute(f"CREATE OR REPLACE TEMP TABLE listed AS {_listed(decision, conditions, limit)}")
    pairs = decision.of_cars("SELECT vehicle_id FROM listed WHERE vehicle_id IS NOT NULL")
    found = con.con.execute(_select(pairs, question))
    try:
        while rows := found.fetchmany(_AT_ONCE):
            for row in rows:
                yield _answer(row, kind_of[row[0]], question.as_of)
    finally:
        # Whoever stops reading early leaves the connection free.
        found.abort()


def _listed(decision: Decision, conditions: Collection[str], limit: int | None) -> str:
    ranks = ", ".join(f"'{code}'" for code in decision.programmes)
    return f"""
        SELECT answer.*, customer.ref AS customer_ref, vehicle.ref AS vehicle_ref,
               list_position([{ranks}], answer.programme) AS place
        FROM {kept("answers")} answer
        JOIN customers customer ON customer.customer_id = answer.customer_id
        LEFT JOIN vehicles vehicle ON vehicle.vehicle_id = answer.vehicle_id
        WHERE {" AND ".join(conditions)}
        ORDER BY {_ORDER}
        {f"LIMIT {limit:d}" if limit is not None else ""}
    """  # noqa: S608 - codes, numbers and names of our own


_ORDER = "place, customer_ref, vehicle_ref, answer.anchor"


def _select(pairs: Pairs, question: Question) -> str:
    return f"""
        SELECT answer.programme, answer.customer_id, answer.customer_ref, answer.vehicle_id, answer.vehicle_ref,
               answer.due_on, pair.due_from, pair.due_to, answer.anchor, answer.reason, invitation.state,
               pair.reason_code, pair.facts
        FROM listed answer
        LEFT JOIN ({facts_sql(pairs)}) pair ON pair.programme = answer.programme AND pair.seat = answer.seat
             AND pair.anchor = answer.anchor AND pair.customer_id = answer.customer_id
        LEFT JOIN invitations invitation ON invitation.programme = answer.programme
             AND invitation.customer_id = answer.customer_id AND invitation.anchor = answer.anchor
             AND invitation.vehicle_id IS NOT DISTINCT FROM answer.vehicle_id
             AND invitation.created_for = DATE '{question.as_of}'
        ORDER BY {_ORDER}
    """  # noqa: S608 - codes, numbers and names of our own


def _answer(row: tuple[Any, ...], kind: kinds.InvitationKind, as_of: date) -> Answer:
    programme, customer_id, customer, vehicle_id, vehicle, due_on, due_from, due_to, anchor = row[:9]
    reason, state, code, packed = row[9:]
    facts = json.loads(packed) if packed else {}
    return Answer(
        programme=programme,
        customer_id=customer_id,
        customer=customer,
        vehicle_id=vehicle_id,
        vehicle=vehicle,
        due_on=due_on,
        due_from=due_from,
        due_to=due_to,
        anchor=anchor,
        state="suppressed" if reason else state or "queued",
        suppressed_reason=Suppression(reason).value if reason else "",
        reason=wording.reason(kind, code or "", facts, due_on=due_on, as_of=as_of),
        reason_facts=wording.shown_facts(facts),
    )
