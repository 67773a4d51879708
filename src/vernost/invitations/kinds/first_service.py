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
class FirstService(InvitationKind):
    code = "first_service"
    title = _("First service")
    about = _("A free check a month after we have sold the car, while nobody has brought it yet")
    lead_days = 7
    grace_days = 60
    rank = 40
    facts = ("sold_on",)
    reasons = {"first_service": _("First free check: the car was sold on %(sold_on)s and has not been with us since")}
    left_out = {
        "not_sold_by_us": _("The car was not sold by us"),
        "sold_to_another": _("The present owner did not buy the car from us"),
        "visited_since_sale": _("The car has been with us since the sale"),
    }
    absent = _("The car was not sold by us")

    @dataclass(frozen=True)
    class Params:
        days_after_sale: int = number(30, _("Days after the sale"), 1, 365)

    def due(self, known: Known, params: Params) -> Table:
        cars = known.pairs
        left_out = first_that_applies(
            [
                (cars.sale_on.isnull(), "not_sold_by_us"),
                (~cars.sold_to_owner, "sold_to_another"),
                (cars.last_visit_on > cars.sale_on, "visited_since_sale"),
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
        near = (sale >= window.since - days) & (sale <= window.until - days) & (base.cars["last_visit"] <= sale)
        cars = np.flatnonzero(near & (base.cars["sold_to_owner"] == 1) & (base.owner >= 0))
        return base.found(cars, sale[cars] + days, dated("sale:", sale[cars]), None)
