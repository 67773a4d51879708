"""Which invitations of earlier nights are settled without a call: the reason is gone, or one holds them back."""

import ibis
from ibis import _
from ibis.expr.types import Table

from vernost.invitations.queries.decisions import Decision, Pairs
from vernost.invitations.queries.plans import kept
from vernost.invitations.rules import InvitationState, Suppression
from vernost.invitations.rules.expressions import or_false, small_table
from vernost.invitations.rules.suppression import CYCLE, joined, seat, standing

# How an invitation ends that a reason now holds back; the reason stays as the note of the event.
ENDINGS = {
    Suppression.BLOCKED: InvitationState.CANCELLED,
    Suppression.NOT_OWNER: InvitationState.NOT_OWNER,
    Suppression.NO_CONSENT: InvitationState.CANCELLED,
    Suppression.NO_CONTACT: InvitationState.CANCELLED,
    Suppression.DO_NOT_DISTURB: InvitationState.DO_NOT_CALL,
    Suppression.OPEN_APPOINTMENT: InvitationState.CANCELLED,
    Suppression.VISITED_RECENTLY: InvitationState.CANCELLED,
}
NO_LONGER_DUE = "no_longer_due"
DOUBTFUL_CARS = f"""
    SELECT vehicle_id FROM invitations made WHERE state IN ('queued', 'in_progress') AND vehicle_id IS NOT NULL
       AND NOT EXISTS (FROM {kept("answers")} answer
                       WHERE (answer.programme, answer.vehicle_id, answer.customer_id, answer.anchor)
                             = (made.programme, made.vehicle_id, made.customer_id, made.anchor))
"""  # noqa: S608 - names of ours
"""SELECT of DuckDB of the cars with an open invitation that is no candidate of the day: it may be due no more."""


def endings(decision: Decision, pairs: Pairs) -> Table:
    """Return invitation_id, to_state and note. `pairs` have those of `DOUBTFUL_CARS`.

    Only of programmes that were decided: the pair is due no more (the work was done, the recall
    closed, the car sold), or it is a candidate that a reason holds back.
    """
    if not decision.programmes:
        return small_table([], {"invitation_id": "int64", "to_state": "string", "note": "string"})
    known = decision.known
    open_ones = standing(known).filter(_.state.isin(["queued", "in_progress"]))
    open_ones = open_ones.filter(_.programme.isin(list(decision.programmes)))
    open_ones = open_ones.mutate(seat=seat(open_ones)).select("invitation_id", "vehicle_id", *CYCLE)
    due = [table.mutate(programme=ibis.literal(code)).select(*CYCLE) for code, table in pairs.items()]
    still_due = ibis.union(decision.judged.select(*CYCLE), *due).distinct().mutate(is_due=True)
    rows = joined(open_ones, still_due, CYCLE)
    rows = joined(rows, decision.judged.select(*CYCLE, held_by="reason"), CYCLE)
    cars = known.pairs.select(car_id="vehicle_id", owner_id="customer_id", sold="ended")
    rows = rows.left_join(cars, [("vehicle_id", "car_id")])
    owns = rows.vehicle_id.isnull() | or_false((rows.owner_id == rows.customer_id) & ~rows.sold)
    note = ibis.cases(
        (rows.is_due.isnull() & ~owns, Suppression.NOT_OWNER.value),
        (rows.is_due.isnull(), NO_LONGER_DUE),
        (rows.held_by.isin([reason.value for reason in ENDINGS]), rows.held_by),
        else_=ibis.null("string"),
    )
    rows = rows.mutate(note=note).filter(_.note.notnull())
    states = [(rows.note == reason.value, state.value) for reason, state in ENDINGS.items()]
    to_state = ibis.cases(*states, else_=InvitationState.CANCELLED.value)
    return rows.select("invitation_id", to_state=to_state, note="note")
