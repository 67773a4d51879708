"""The base as it was known at the end of a day: what the kinds of programmes look at.

Nothing dated after the day is seen. Every expression is lazy; the night keeps the costly ones once
(`keep`), `why` filters by car at the end and the engine filters early.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import ibis
from ibis import _
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table

from vernost.accounts.rules import RuleSettings
from vernost.facts import maintenance, odometer, visits
from vernost.facts.cars import known_cars
from vernost.facts.derived import Keep, lazily
from vernost.invitations.rules.expressions import NEVER, or_false
from vernost.invitations.rules.people import known_people
from vernost.segments.rules import lifecycle

FIRST_DAY = date(1, 1, 1)
# What due dates are made of: narrow, as it is asked of every car.
_SERVICED = (
    "since_on",
    "since_km",
    "first",
    "plan_id",
    "interval_months",
    "interval_km",
    "first_months",
    "first_km",
    "warranty_until",
    "warranty_km",
)
# What every kind asks of a car and its owner.
PAIRS = (
    "vehicle_id",
    "customer_id",
    "owned_from",
    "ended",
    "last_visit_on",
    "branch_id",
    "sale_on",
    "sold_to_owner",
    "vin",
    "make_key",
    "model_key",
    "since_on",
    "anchor",
    "services",
    "plan_id",
)
DRIVEN = ("vehicle_id", "last_on", "last_day", "last_km", "readings", *_SERVICED)


@dataclass(frozen=True)
class Known:
    """`explains`: kinds also return cars that they leave out for want of a date, to say why.

    Pairs due before `due_since` or after `due_until` need not be returned, unless their car (the column
    `standing_car`) is in `standing`: it has an invitation that stands.
    """

    con: Backend
    as_of: date
    settings: RuleSettings
    keep: Keep = lazily
    explains: bool = False
    due_since: date = FIRST_DAY
    due_until: date = NEVER
    standing: Table | None = None

    def table(self, name: str) -> Table:
        return self.con.table(name)

    def asked(self, rows: Table) -> Table:
        """Return the rows (with vehicle_id and due_on) that pairs can come of."""
        if self.explains:
            return rows
        if self.standing is not None:
            rows = rows.left_join(self.standing, [("vehicle_id", "standing_car")])
        near = rows.due_on.between(self.due_since, self.due_until)
        if self.standing is None:
            return rows.filter(near)
        return rows.filter(near | rows.standing_car.notnull()).drop("standing_car")

    def days_ago(self, days: int) -> date:
        return self.as_of - timedelta(days=days)

    @cached_property
    def cars(self) -> Table:
        """Every car: the columns of `facts.CARS`."""
        return known_cars(self.con, self.as_of, self.keep)

    @cached_property
    def pairs(self) -> Table:
        """Every car that is not scrapped, with its owner: the columns `PAIRS`.

        branch_id is of the last order, else the car's own; sale_on, null without one, of the sale by us.
        """
        return self.keep("pairs", self._pairs)

    def _pairs(self) -> Table:
        return self.owned(self.cars)

    def owned(self, cars: Table) -> Table:
        """Return the columns `PAIRS` of some of the cars."""
        scrapped = or_false(cars.scrapped) | or_false(cars.scrapped_on <= self.as_of)
        owned = cars.filter(~scrapped, cars.customer_id.notnull())
        return owned.mutate(branch_id=ibis.coalesce(owned.last_branch_id, owned.own_branch_id)).select(*PAIRS)

    @cached_property
    def vehicle_visits(self) -> Table:
        return visits.vehicle_visits(self.con, self.as_of)

    @cached_property
    def lines(self) -> Table:
        """Lines of the counted orders of cars that were closed up to the day."""
        lines = self.table("lines")
        return lines.filter(lines.vehicle_id.notnull(), lines.on <= self.as_of)

    @cached_property
    def customers(self) -> Table:
        """The columns of `facts.PEOPLE`; `blocked` is meant on the day."""
        customers = known_people(self.con, self.as_of, self.keep)
        return customers.mutate(blocked=lifecycle.blocked(customers, self.as_of)).drop("blocked_on", "settled_on")

    @cached_property
    def active_owners(self) -> Table:
        """customer_id of the active base: not blocked, awake, with a visit."""
        awake = lifecycle.awake(self.customers.last_visit_on, self.as_of, self.settings)
        return self.customers.filter(~_.blocked, awake).select("customer_id")

    @cached_property
    def open_deals(self) -> Table:
        """vehicle_id of the cars that a deal open on the day names."""
        deals = self.table("deals")
        begun = deals.opened_on.isnull() | (deals.opened_on <= self.as_of)
        standing = (deals.status == "open") | (deals.opened_on.notnull() & or_false(deals.closed_on > self.as_of))
        return deals.filter(deals.vehicle_id.notnull(), begun, standing).select("vehicle_id").distinct()

    @cached_property
    def driven(self) -> Table:
        """Every car, owned or not: the columns `DRIVEN` of `cars`, rate_m_per_day and predicted_km."""
        return self.keep("driven", self._driven)

    def _driven(self) -> Table:
        odometers = odometer.state(self.con, self.as_of, self.rate_rules, cars=self.cars, carry=_SERVICED)
        return odometers.select(*DRIVEN, "rate_m_per_day", "predicted_km")

    def with_rates(self, cars: Table, rates: Table) -> Table:
        """Return the columns of `driven` of some of the cars, whose rates (vehicle_id, rate_m_per_day) are known."""
        rows = cars.select(*DRIVEN).join(rates, "vehicle_id")
        reading = odometer.predicted_km(rows.last_km, rows.last_day, rows.rate_m_per_day, self.as_of)
        return rows.mutate(predicted_km=reading)

    @property
    def rate_rules(self) -> odometer.RateRules:
        settings = self.settings
        return odometer.RateRules(
            window_days=settings.odometer_window_days,
            weight_days=settings.odometer_prior_days,
            model_vehicles=settings.odometer_model_vehicles,
            base_rate_m=settings.odometer_default_m_per_day,
        )

    @property
    def maintenance_rules(self) -> maintenance.MaintenanceRules:
        settings = self.settings
        return maintenance.MaintenanceRules(
            default_months=settings.default_interval_months,
            default_km=settings.default_interval_km,
            default_allowed=settings.default_interval_allowed,
            rates=self.rate_rules,
        )
