from dataclasses import dataclass

import ibis
import numpy as np
from ibis import _ as row
from ibis import literal
from ibis.expr.types import Table

from vernost.core.i18n import _
from vernost.invitations import due_kernels
from vernost.invitations.kinds import InvitationKind, due_rows, kinds, number
from vernost.invitations.rules.dense import WORKS, Base, Found, Window, linked, same
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
        works = known.table("put_off").filter(row.on <= known.as_of)
        works = works.mutate(line_due_on=ibis.coalesce(works.advised_on, add_days(works.on, params.days_after_visit)))
        # All works of an order that can still be due, or none.
        alive = works.filter(works.line_due_on >= known.due_since).select("order_id").distinct()
        works = works.semi_join(alive, "order_id")
        open_work = works.settled_since.isnull() | (works.settled_since > known.as_of)
        orders = works.group_by("order_id").aggregate(
            vehicle_id=works.vehicle_id.max(),
            due_on=works.line_due_on.min(where=open_work),
            works=works.name.group_concat(sep="; ", where=open_work, order_by=works.line_no),
            amount=works.amount.sum(where=open_work),
            order_on=works.on.max(),
            order_ref=works.order_ref.max(),
        )
        orders = orders.join(known.pairs.select("vehicle_id", "customer_id"), "vehicle_id")
        return due_rows(
            orders,
            self,
            due_on=orders.due_on,
            anchor=anchor(literal("order:"), orders.order_ref),
            left_out=first_that_applies([(orders.due_on.isnull(), "works_done")]),
        )

    def dense(self, base: Base, params: Params, window: Window) -> Found:
        found = []
        for part, cars in base.parts(WORKS, base.cars):
            works = (part["order"], part["on"], part["advised"], part["settled"])
            asked = (base.day, window.since, window.until)
            owned = np.where((cars >= 0) & (base.owner[cars] >= 0), cars, -1).astype(np.int32)
            car, row, due = due_kernels.put_off_days(part.starts, owned, works, params.days_after_visit, asked)
            anchor = linked(same("order", len(row)), part.texts["ref"].take(row), ":")
            found.append(base.found(car, due, anchor, None))
        return Found.together(found)
