import ibis
import numpy as np
import pyarrow as pa
from ibis import ifelse, literal
from ibis.expr.types import Table

from vernost.core.i18n import _
from vernost.facts import due
from vernost.facts.flat import NO_SMALL
from vernost.invitations import due_kernels
from vernost.invitations.kinds import InvitationKind, NoParams, due_rows, kinds
from vernost.invitations.rules.dense import Base, Found, Window, dated, linked
from vernost.invitations.rules.expressions import anchor, earlier, first_that_applies, or_false
from vernost.invitations.rules.known import Known


@kinds.register
class WarrantyEnd(InvitationKind):
    code = "warranty_end"
    title = _("End of warranty")
    about = _("Before the maker's warranty ends by date or by mileage: the last free repairs")
    lead_days = 60
    rank = 20
    facts = (
        "warranty_until",
        "warranty_km",
        "last_reading_on",
        "last_reading_km",
        "rate_m_per_day",
        "predicted_km",
        "by_km",
        "binds",
    )
    reasons = {
        "warranty_by_date": _("The warranty ends on %(warranty_until)s"),
        "warranty_by_km": _("The warranty ends at %(warranty_km)s km: on %(by_km)s at %(rate_m_per_day)s km a day"),
        "warranty_by_km_passed": _("The warranty ended at %(warranty_km)s km on %(by_km)s"),
    }
    left_out = {
        "warranty_unknown": _("The warranty of the car is not known"),
        "no_date": _("The car has no readings, or will not reach the mileage in ten years"),
    }
    absent = _("The warranty of the car is not known")

    def due(self, known: Known, params: NoParams) -> Table:  # noqa: ARG002 - nothing to set
        ends = known.keep("warranty_ends", lambda: self._ends(known))
        cars = known.asked(ends).join(known.pairs.select("vehicle_id", "customer_id"), "vehicle_id")
        # On the same day the date binds.
        by_km = or_false(cars.by_km < cars.warranty_until) | (cars.warranty_until.isnull() & cars.by_km.notnull())
        unknown = cars.warranty_until.isnull() & cars.warranty_km.isnull()
        return due_rows(
            cars,
            self,
            due_on=cars.due_on,
            anchor=anchor(
                literal("warranty:"),
                cars.warranty_until.cast("string").fill_null(""),
                literal("/"),
                cars.warranty_km.cast("string").fill_null(""),
            ),
            reason_code=ifelse(by_km, "warranty_by_km", "warranty_by_date"),
            left_out=first_that_applies([(unknown, "warranty_unknown"), (cars.due_on.isnull(), "no_date")]),
            last_reading_on=cars.last_on,
            last_reading_km=cars.last_km,
            binds=ibis.ifelse(by_km, "km", "date"),
        )

    def dense(self, base: Base, params: NoParams, window: Window) -> Found:  # noqa: ARG002 - as above
        until, km = base.cars["warranty_until"], base.cars["warranty_km"]
        days = due_kernels.earlier_days(until, due_kernels.mark_days(km, *base.odometer, base.farthest))
        cars = np.flatnonzero(window.holds(days) & (base.owner >= 0))
        marks = pa.array(km[cars], mask=km[cars] == NO_SMALL).cast(pa.large_string()).fill_null("")
        anchor = linked(dated("warranty:", until[cars]), marks, "/")
        return base.found(cars, days[cars], anchor, None)

    def _ends(self, known: Known) -> Table:
        """Every car: by_km and due_on, null where nothing is known, and what they are made of."""
        cars = known.driven
        day = due.mark_day(
            mark=cars.warranty_km,
            last_km=cars.last_km,
            last_day=cars.last_day,
            rate=cars.rate_m_per_day,
            as_of=known.as_of,
        )
        cars = cars.select(
            "vehicle_id",
            "warranty_until",
            "warranty_km",
            "last_on",
            "last_km",
            "rate_m_per_day",
            "predicted_km",
            by_km=due.on_day(day),
        )
        return cars.mutate(due_on=earlier(cars.warranty_until, cars.by_km))
