"""Every candidate of a day: invited, or held back with the reason; why the car is due, in words and numbers."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.reports.asked import Asked
from vernost.reports.catalogue import AsOf, Report, reports

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


@reports.register
class Invitations(Report):
    code = "invitations"
    title = _("Invitations of a day: who is invited, who is not, and why")
    columns = (
        "programme",
        "customer_id",
        "vehicle_id",
        "due_on",
        "due_from",
        "due_to",
        "anchor",
        "state",
        "suppressed_reason",
        "reason",
        "reason_facts",
    )

    def rows(self, con: "Backend", params: AsOf, *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield the candidates in the order of programme, customer, car and anchor."""
        from vernost.invitations.queries import decisions, listing, rules  # noqa: PLC0415 - a list must not wait for Ibis

        question = rules.question(params.as_of)
        decision = decisions.decide(con, question)
        people = _refs(Asked(con, actor, params.as_of, params.segment))
        for answer in listing.answers(con, decision, question, branch_ids=actor.branch_ids):
            if people is not None and answer.customer not in people:
                continue
            yield {
                "programme": answer.programme,
                "customer_id": answer.customer,
                "vehicle_id": answer.vehicle,
                "due_on": answer.due_on,
                "due_from": answer.due_from,
                "due_to": answer.due_to,
                "anchor": answer.anchor,
                "state": answer.state,
                "suppressed_reason": answer.suppressed_reason,
                "reason": answer.reason,
                "reason_facts": answer.reason_facts,
            }


def _refs(asked: Asked) -> set[str] | None:
    """Return the ids of the source of the segment's people; None: everybody."""
    if asked.segment is None:
        return None
    return {row["ref"] for row in asked.stream(asked.only(asked.con.table("customers").select("customer_id", "ref")))}
