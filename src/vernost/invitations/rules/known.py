"""The base as it was known at the end of a day: what the kinds of programmes look at.

Nothing dated after the day is seen. Every expression is lazy; the night keeps the costly ones once
(`keep`), `why` filters by car at the end and the engine filters early.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import ibis
from ibis import _
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table

from vernost.accounts.rules import RuleSettings
from vernost.facts import maintenance, odometer
from vernost.invitations.rules.expressions import last_of, or_false

Keep = Callable[[str, Callable[[], Table]], Table]
"""Makes a table that several expressions read once, under a name; returns how to read it."""

FIRST_DAY = date(1, 1, 1)


def lazily(_name: str, make: Callable[[], Table]) -> Table:
    return make()


@dataclass(frozen=True)
class Known:
    """`explains`: kinds also return cars that they leave out for want of a date, to say why.

    Pairs due before `due_since` need not be returned.
    """

    con: Backend
    as_of: date
    settings: RuleSettings
    keep: Keep = lazily
    explains: bool = False
    due_since: date = FIRST_DAY

    def table(self, name: str) -> Table:
        return self.con.table(name)

    def days_ago(self, days: int) -> date:
        return self.as_of - timedelta(days=days)

    @cached_property
    def pairs(self) -> Table:
        """Every car that is not scrapped, with its owner.

        Columns: vehicle_id, customer_id, owned_from, ended, vin, make_key, model_key, year,
        warranty_until, warranty_km, last_visit_on, branch_id (of the last order, else its own), and of
        the sale by us: sale_on (null without one), sold_to_owner.
        """
        return self.keep("pairs", self._pairs)

    def _pairs(self) -> Table:
        cars = self._cars().join(self._owners(), "vehicle_id")
        visited = self.last_visits.rename(visited="vehicle_id")
        cars = cars.left_join(visited, [("vehicle_id", "visited")])
        sales = maintenance.sales_by_us(self.con, self.as_of).rename(sold="vehicle_id")
        cars = cars.left_join(sales, [("vehicle_id", "sold")])
        cars = cars.left_join(self._ended_ownerships(), [("vehicle_id", "ended_vehicle")])
        owned_since_the_sale = cars.owned_from.isnull() | (cars.owned_from <= cars.sale_on)
        bought = ibis.coalesce(cars.deal_customer_id == cars.customer_id, owned_since_the_sale)
        return cars.select(
            "vehicle_id",
            "customer_id",
            "owned_from",
            "vin",
            "make_key",
            "model_key",
            "year",
            "warranty_until",
            "warranty_km",
            "last_visit_on",
            "sale_on",
            sold_to_owner=cars.sale_on.notnull() & or_false(bought),
            branch_id=ibis.coalesce(cars.last_branch_id, cars.own_branch_id),
            ended=cars.ended_vehicle.notnull(),
        )

    @cached_property
    def last_visits(self) -> Table:
        """Of every car that came: vehicle_id, last_visit_on, last_branch_id (null where the order has none)."""
        last = last_of(self.vehicle_visits, "vehicle_id", ["on", "closed_second", "ref"])
        return last.select("vehicle_id", last_visit_on="on", last_branch_id="branch_id")

    @cached_property
    def vehicle_visits(self) -> Table:
        visits = self.table("vehicle_visits")
        return visits.filter(visits.vehicle_id.notnull(), visits.on <= self.as_of)

    @cached_property
    def lines(self) -> Table:
        """Lines of the counted orders of cars that were closed up to the day."""
        lines = self.table("lines")
        return lines.filter(lines.vehicle_id.notnull(), lines.on <= self.as_of)

    @cached_property
    def customers(self) -> Table:
        """customer_id, ref, timezone, blocked (on the day)."""
        customers = self.table("customers")
        marked = customers.blocked.fill_null(customers.blocked_on.notnull())
        since = customers.blocked_on.isnull() | (customers.blocked_on <= self.as_of)
        return customers.select("customer_id", "ref", "timezone", blocked=marked & since)

    @cached_property
    def active_owners(self) -> Table:
        """customer_id of the active base: not blocked, awake, with a visit."""
        visits = self.table("visits")
        asleep_before = self.days_ago(self.settings.sleep_after_days)
        awake = visits.filter(visits.on <= self.as_of, visits.on >= asleep_before)
        return self.customers.filter(~_.blocked).semi_join(awake, "customer_id").select("customer_id")

    @cached_property
    def open_deals(self) -> Table:
        """vehicle_id of the cars that a deal open on the day names."""
        deals = self.table("deals")
        begun = deals.opened_on.isnull() | (deals.opened_on <= self.as_of)
        standing = (deals.status == "open") | (deals.opened_on.notnull() & or_false(deals.closed_on > self.as_of))
        return deals.filter(deals.vehicle_id.notnull(), begun, standing).select("vehicle_id").distinct()

    @cached_property
    def odometers(self) -> Table:
        """`facts.odometer.state` of the day."""
        return self.keep("odometers", lambda: odometer.state(self.con, self.as_of, self.rate_rules))

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

    def _cars(self) -> Table:
        vehicles = self.table("vehicles")
        scrapped = or_false(vehicles.scrapped) | or_false(vehicles.scrapped_on <= self.as_of)
        return vehicles.filter(~scrapped).select(
            "vehicle_id",
            "vin",
            "make_key",
            "model_key",
            "year",
            "warranty_until",
            "warranty_km",
            own_branch_id="branch_id",
        )

    def _owners(self) -> Table:
        owners = self.table("ownerships")
        return owners.filter(
            owners.owned_from.isnull() | (owners.owned_from <= self.as_of),
            owners.owned_until.isnull() | (owners.owned_until > self.as_of),
        ).select("vehicle_id", "customer_id", "owned_from")

    def _ended_ownerships(self) -> Table:
        """ended_vehicle: the owner traded the car in, or somebody said on a call that it is sold."""
        deals = self.table("deals")
        traded = deals.filter(deals.status == "won", deals.kind == "trade_in").select(
            "vehicle_id", seller_id="customer_id", on="closed_on"
        )
        outcomes, events = self.table("interactions"), self.table("vehicle_events")
        told = outcomes.filter(outcomes.outcome == "car_sold").select("vehicle_id", "on")
        noted = events.filter(events.kind == "car_sold").select("vehicle_id", "on")
        by_owner = traded.join(self._owners(), "vehicle_id").filter(_.seller_id == _.customer_id)
        by_word = told.union(noted).join(self._owners(), "vehicle_id")
        ends = by_owner.select("vehicle_id", "on", "owned_from").union(by_word.select("vehicle_id", "on", "owned_from"))
        ended = ends.filter(_.on <= self.as_of, _.owned_from.isnull() | (_.on >= _.owned_from))
        return ended.select(ended_vehicle="vehicle_id").distinct()
