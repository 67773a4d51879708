from dataclasses import dataclass

import ibis
from ibis import _ as row
from ibis import literal
from ibis.expr.types import Table

from vernost.core.i18n import _
from vernost.invitations.kinds import InvitationKind, due_rows, kinds, number
from vernost.invitations.rules.expressions import add_days, anchor, first_that_applies
from vernost.invitations.rules.known import Known


@kinds.register
class DeferredWork(InvitationKind):
    code = "deferred_work"
    title = _("Deferred work")
    about = _("Work that was recommended and that the customer put off")
    grace_days = 60
    rank = 50
    facts = ("order_ref", "order_on", "works", "amount")
    reasons = {"deferred_work": _("Put off on %(order_on)s: %(works)s")}
    left_out = {"works_done": _("The works have been done or put off again since")}
    absent = _("No work of this car has been put off")

    @dataclass(frozen=True)
    class Params:
        days_after_visit: int = number(30, _("Days after the visit, where no day was advised"), 0, 365)

    def due(self, known: Known, params: Params) -> Table:
        declined = self._declined(known, params)
        works = declined.left_join(self._settled(known, declined), ["order_id", "line_no"])
        open_work = works.settled.isnull()
        orders = works.group_by("order_id").aggregate(
            vehicle_id=works.vehicle_id.max(),
            due_on=works.line_due_on.min(where=open_work),
            last_due_on=works.line_due_on.max(),
            works=works.name.group_concat(sep="; ", where=open_work, order_by=works.line_no),
            amount=works.amount.sum(where=open_work),
            order_on=works.on.max(),
        )
        references = known.table("orders").select("order_id", order_ref="ref")
        orders = orders.join(references, "order_id")
        orders = orders.join(known.pairs.select("vehicle_id", "customer_id"), "vehicle_id")
        return due_rows(
            orders,
            self,
            due_on=orders.due_on,
            anchor=anchor(literal("order:"), orders.order_ref),
            left_out=first_that_applies([(orders.due_on.isnull(), "works_done")]),
        )

    def _declined(self, known: Known, params: Params) -> Table:
        """Declined lines of the orders that can still be due: all lines of an order or none."""
        lines = known.lines.filter(row.declined)
        lines = lines.mutate(line_due_on=ibis.coalesce(lines.advised_on, add_days(lines.on, params.days_after_visit)))
        alive = lines.filter(lines.line_due_on >= known.due_since).select("order_id").distinct()
        kept = lines.semi_join(alive, "order_id").select(
            "order_id", "line_no", "vehicle_id", "on", "code", "name_key", "name", "amount", "line_due_on"
        )
        name = f"declined_{params.days_after_visit}_{known.due_since:%Y%m%d}"
        return known.keep(name, lambda: self._with_place(known, kept))

    def _with_place(self, known: Known, lines: Table) -> Table:
        """Add the order's place in time: closing second and reference."""
        orders = known.table("orders").select("order_id", "closed_second", "ref")
        return lines.join(orders, "order_id")

    def _settled(self, known: Known, declined: Table) -> Table:
        """order_id, line_no, settled: the works done in another order since, or put off again in a later one."""
        later = known.lines.semi_join(declined.select("vehicle_id").distinct(), "vehicle_id")
        later = self._with_place(
            known, later.select("order_id", "vehicle_id", "on", "code", "name_key", "declined")
        ).rename(
            later_order="order_id",
            later_on="on",
            later_code="code",
            later_name="name_key",
            later_second="closed_second",
            later_ref="ref",
        )
        pairs = declined.join(later, ["vehicle_id"])
        same = ((pairs.code != "") & (pairs.later_code != "")).ifelse(
            pairs.code == pairs.later_code, pairs.name_key == pairs.later_name
        )
        done = ~pairs.declined & (pairs.later_on >= pairs.on)
        again = pairs.declined & (
            (pairs.later_on > pairs.on)
            | (
                (pairs.later_on == pairs.on)
                & (
                    (pairs.later_second > pairs.closed_second)
                    | ((pairs.later_second == pairs.closed_second) & (pairs.later_ref > pairs.ref))
                )
            )
        )
        settled = pairs.filter(pairs.later_order != pairs.order_id, same, done | again)
        return settled.select("order_id", "line_no", settled=literal(value=True)).distinct()
