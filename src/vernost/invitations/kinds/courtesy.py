from dataclasses import dataclass

import numpy as np
from ibis import literal
from ibis.expr.types import Table

from vernost.core.i18n import _
from vernost.invitations.kinds import InvitationKind, due_rows, kinds, number
from vernost.invitations.rules.dense import Base, Found, Window, dated
from vernost.invitations.rules.expressions import add_days, anchor, first_that_applies
from vernost.invitations.rules.known import Known


@kinds.register
class Courtesy(InvitationKind):
    code = "courtesy"
    title = _("Courtesy call after the purchase")
    about = _("A call some days after we have sold the car: is everything in order?")
    grace_days = 14
    rank = 90
    facts = ("sold_on",)
    reasons = {"courtesy": _("Courtesy call: the car was bought on %(sold_on)s")}
    left_out = {
        "not_sold_by_us": _("The car was not sold by us"),
        "sold_to_another": _("The present owner did not buy the car from us"),
    }
    absent = _("The car was not sold by us")

    @dataclass(frozen=True)
    class Params:
        days_after_sale: int = number(3, _("Days after the sale"), 0, 90)

    def due(self, known: Known, params: Params) -> Table:
        cars = known.pairs
        left_out = first_that_applies(
            [
                (cars.sale_on.isnull(), "not_sold_by_us"),
                (~cars.sold_to_owner, "sold_to_another"),
            ]
        )
        return due_rows(
            cars,
            self,
            due_on=add_days(cars.sale_on, params.days_after_sale),
            anchor=anchor(literal("sale:"), cars.sale_on.cast("string")),
            left_out=left_out,
            sold_on=cars.sale_on,
        )

    def dense(self, base: Base, params: Params, window: Window) -> Found:
        days, sale = params.days_after_sale, base.cars["sale"]
        near = (sale >= window.since - days) & (sale <= window.until - days)
        cars = np.flatnonzero(near & (base.cars["sold_to_owner"] == 1) & (base.owner >= 0))
        return base.found(cars, sale[cars] + days, dated("sale:", sale[cars]), None)
