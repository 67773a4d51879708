from dataclasses import dataclass

import numpy as np
from ibis import literal
from ibis.expr.types import Table

from vernost.contacts.rules import MessageClass
from vernost.core.i18n import _
from vernost.facts.flat import NO_DAY
from vernost.invitations.kinds import InvitationKind, due_rows, kinds, number
from vernost.invitations.rules.dense import Base, Found, Window, dated
from vernost.invitations.rules.expressions import add_months, anchor, first_that_applies
from vernost.invitations.rules.known import Known


@kinds.register
class Lost(InvitationKind):
    code = "lost"
    title = _("Not seen for long")
    about = _("The car has not been with us for many months: win the customer back")
    message_class = MessageClass.ADVERTISING
    grace_days = 730
    rank = 80
    facts = ("last_visit_on", "months")
    reasons = {"lost": _("Not seen for %(months)s months: the last visit was on %(last_visit_on)s")}
    left_out = {
        "no_visit": _("The present owner's car has never been with us"),
        "ownership_ended": _("The car is known to be sold"),
    }
    absent = _("The present owner's car has never been with us")

    @dataclass(frozen=True)
    class Params:
        months: int = number(12, _("Months without a visit"), 1, 120)

    def due(self, known: Known, params: Params) -> Table:
        cars = known.pairs
        left_out = first_that_applies(
            [
                (cars.last_visit_on.isnull() | (cars.last_visit_on < cars.owned_from), "no_visit"),
                (cars.ended, "ownership_ended"),
            ]
        )
        return due_rows(
            cars,
            self,
            due_on=add_months(cars.last_visit_on, params.months),
            anchor=anchor(literal("visit:"), cars.last_visit_on.cast("string")),
            left_out=left_out,
            months=literal(params.months),
        )

    def dense(self, base: Base, params: Params, window: Window) -> Found:
        last = base.cars["last_visit"]
        came = (base.owner >= 0) & (last != NO_DAY) & (last >= base.cars["owned_from"]) & (base.cars["ended"] != 1)
        due = base.months_after(last, params.months, window, came)
        cars = np.flatnonzero(window.holds(due))
        return base.found(cars, due[cars], dated("visit:", last[cars]), None)
