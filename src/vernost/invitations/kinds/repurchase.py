from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis
import numpy as np
from ibis import literal
from ibis.expr.types import IntegerValue, Table

from vernost.contacts.rules import MessageClass
from vernost.core.i18n import _
from vernost.facts.rates import SEPARATOR
from vernost.invitations.kinds import InvitationKind, due_rows, kinds, number
from vernost.invitations.rules.dense import Base, Found, Window, dated
from vernost.invitations.rules.expressions import add_months, anchor, first_that_applies
from vernost.invitations.rules.known import Known


@kinds.register
class Repurchase(InvitationKind):
    code = "repurchase"
    title = _("Time for a new car")
    about = _("The car has been owned as long as such cars usually are: a test drive and a trade-in")
    message_class = MessageClass.ADVERTISING
    lead_days = 60
    grace_days = 60
    rank = 70
    facts = ("sold_on", "months")
    reasons = {"repurchase": _("Owned since %(sold_on)s: %(months)s months are the usual time for a new car")}
    left_out = {
        "not_sold_by_us": _("The car was not sold by us"),
        "sold_to_another": _("The present owner did not buy the car from us"),
        "open_deal": _("A deal with this car is under way"),
    }
    absent = _("The car was not sold by us")

    @dataclass(frozen=True)
    class Params:
        """`by_model` maps `make model` in lower case to its own months."""

        months: int = number(36, _("Usual time of ownership, months"), 1, 240)
        by_model: Mapping[str, int] = field(
            default_factory=dict,
            metadata={
                "label": _("Own time of a model, months"),
                "help": _("One a line: make and model, then the months"),
                "minimum": 1,
                "maximum": 240,
            },
        )

    def due(self, known: Known, params: Params) -> Table:
        cars = known.pairs
        dealt = known.open_deals.select(dealt="vehicle_id")
        cars = cars.left_join(dealt, [("vehicle_id", "dealt")])
        cars = cars.mutate(months=self._months(cars, params))
        left_out = first_that_applies(
            [
                (cars.sale_on.isnull(), "not_sold_by_us"),
                (~cars.sold_to_owner, "sold_to_another"),
                (cars.dealt.notnull(), "open_deal"),
            ]
        )
        return due_rows(
            cars,
            self,
            due_on=add_months(cars.sale_on, cars.months),
            anchor=anchor(literal("sale:"), cars.sale_on.cast("string")),
            left_out=left_out,
            sold_on=cars.sale_on,
        )

    def dense(self, base: Base, params: Params, window: Window) -> Found:
        own: dict[str, int] = {}
        for name, of_model in params.by_model.items():
            own.setdefault(name.lower(), of_model)
        models = (word.replace(SEPARATOR, " ") for word in base.cars.words["model"])
        # The last place is of cars without a model.
        months = np.array([*(own.get(model, params.months) for model in models), params.months])
        sold = (base.cars["sold_to_owner"] == 1) & (base.owner >= 0)
        due = base.months_after(base.cars["sale"], months[base.cars["model"]], window, sold)
        cars = np.flatnonzero(window.holds(due))
        if len(cars):
            cars = cars[~base.marked(base.known.open_deals, base.cars)[cars]]
        return base.found(cars, due[cars], dated("sale:", base.cars["sale"][cars]), None)

    def _months(self, cars: Table, params: Params) -> IntegerValue:
        usual = literal(params.months, type="int32")
        if not params.by_model:
            return usual
        model = cars.make_key + " " + cars.model_key
        own = [(model == name.lower(), literal(months, type="int32")) for name, months in params.by_model.items()]
        months: IntegerValue = ibis.cases(*own, else_=usual)
        return months
