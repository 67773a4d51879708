import ibis
import numpy as np
from ibis import ifelse
from ibis.expr.types import StringValue, Table

from vernost.core.i18n import _
from vernost.facts import calibration, maintenance
from vernost.invitations.kinds import InvitationKind, NoParams, due_rows, kinds
from vernost.invitations.rules.dense import Base, Found, Window
from vernost.invitations.rules.expressions import first_that_applies
from vernost.invitations.rules.known import Known


@kinds.register
class NextService(InvitationKind):
    code = "next_service"
    title = _("Next maintenance")
    about = _("By the maker's interval, months or kilometres, whichever comes first")
    lead_days = 14
    grace_days = 90
    rank = 30
    facts = (
        "service_number",
        "last_service_on",
        "last_service_km",
        "sold_on",
        "interval_months",
        "interval_km",
        "mark_km",
        "last_reading_on",
        "last_reading_km",
        "rate_m_per_day",
        "predicted_km",
        "by_date",
        "by_km",
        "binds",
    )
    reasons = {
        "service_by_km": _(
            "Service %(service_number)s: %(interval_km)s km since the last one will be reached on %(by_km)s"
            " at %(rate_m_per_day)s km a day"
        ),
        "service_by_km_passed": _(
            "Service %(service_number)s: %(interval_km)s km since the last one were reached on %(by_km)s"
            " at %(rate_m_per_day)s km a day"
        ),
        "service_by_date": _(
            "Service %(service_number)s: %(interval_months)s months since the last one will be over on %(by_date)s"
        ),
        "service_by_date_passed": _(
            "Service %(service_number)s: %(interval_months)s months since the last one were over on %(by_date)s"
        ),
        "first_service_by_km": _(
            "Service 1: a mileage of %(interval_km)s km will be reached on %(by_km)s at %(rate_m_per_day)s km a day"
        ),
        "first_service_by_km_passed": _(
            "Service 1: a mileage of %(interval_km)s km was reached on %(by_km)s at %(rate_m_per_day)s km a day"
        ),
        "first_service_by_date": _("Service 1: %(interval_months)s months since the sale will be over on %(by_date)s"),
        "first_service_by_date_passed": _(
            "Service 1: %(interval_months)s months since the sale were over on %(by_date)s"
        ),
    }
    left_out = {
        "nothing_to_count_from": _("Neither a maintenance nor the day of the sale is known"),
        "no_plan": _("No maintenance plan fits the car, and invitations without a plan are switched off"),
        "no_date": _("The due date is more than ten years away"),
    }
    absent = _("Neither a maintenance nor the day of the sale is known")

    def due(self, known: Known, params: NoParams) -> Table:  # noqa: ARG002 - the interval is the plan's
        dates = known.keep("service_dates", lambda: self._dates(known))
        dated = dates.filter(dates.due_on.notnull())
        services = calibration.with_range(known.asked(dated), known.con, known.as_of, known.maintenance_rules)
        cars = known.pairs.select("vehicle_id", "customer_id", "anchor", "services").join(services, "vehicle_id")
        rows = due_rows(
            cars,
            self,
            due_on=cars.due_on,
            due_from=cars.due_from,
            due_to=cars.due_to,
            anchor=cars.anchor,
            reason_code=self._reason(cars),
            service_number=cars.services + 1,
            last_service_on=ifelse(cars.first, ibis.null("date"), cars.since_on),
            last_service_km=ifelse(cars.first, ibis.null("int64"), cars.since_km),
            sold_on=ifelse(cars.first, cars.since_on, ibis.null("date")),
            mark_km=cars.km_mark,
            last_reading_on=cars.last_on,
            last_reading_km=cars.last_km,
            by_date=cars.months_on,
            by_km=cars.km_on,
            binds=ifelse(cars["limit"] == "km", "km", "date"),
        )
        return rows.union(self._left_out(known, dated)) if known.explains else rows

    def dense(self, base: Base, params: NoParams, window: Window) -> Found:  # noqa: ARG002 - as above
        cars = np.flatnonzero(window.holds(base.service_due) & (base.owner >= 0))
        return base.found(cars, base.service_due[cars], base.cars.texts["anchor"].take(cars), None)

    def _dates(self, known: Known) -> Table:
        """Every car whose maintenance counts since a day: `maintenance.dates`."""
        cars = known.driven.filter(ibis._.since_on.notnull())
        dates = maintenance.dates(cars, known.as_of, known.maintenance_rules)
        return dates.drop("warranty_until", "warranty_km", "plan_id")

    def _reason(self, cars: Table) -> StringValue:
        # `cars.limit` is the method of Ibis.
        by_km = cars["limit"] == "km"
        code: StringValue = ibis.cases(
            (cars.first & by_km, "first_service_by_km"),
            (cars.first, "first_service_by_date"),
            (by_km, "service_by_km"),
            else_="service_by_date",
        )
        return code

    def _left_out(self, known: Known, services: Table) -> Table:
        cars = known.pairs.anti_join(services, "vehicle_id")
        no_plan = cars.plan_id.isnull() & (not known.settings.default_interval_allowed)
        nothing = {name: ibis.null() for name in self.facts}
        return due_rows(
            cars,
            self,
            due_on=ibis.null("date"),
            anchor=ibis.null("string"),
            left_out=ibis.coalesce(
                first_that_applies([(cars.since_on.isnull(), "nothing_to_count_from"), (no_plan, "no_plan")]), "no_date"
            ),
            **nothing,
        )
