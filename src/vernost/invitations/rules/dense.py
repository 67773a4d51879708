"""The base of a day as arrays: what the kinds' second, compiled implementation looks at.

Cars and customers are numbered by id. The definitions over tables (`Known`) are the reference; tests hold both
together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr.types import Table
from numpy.typing import NDArray

from vernost.facts import rates
from vernost.facts.due import FARTHEST_DAYS, day_number
from vernost.facts.flat import NO_DAY, NO_NUMBER, Flat, Layers, Wanted, numbered, places_of
from vernost.facts.rates import MODEL, STEPS
from vernost.invitations import due_kernels as kernels
from vernost.invitations.rules.known import Known
from vernost.invitations.rules.reach import ALWAYS, CHANNELS

Numbers = NDArray[np.int64]
Places = NDArray[np.int32]
Days = NDArray[np.int32]
Marks = NDArray[np.bool_]

# Days of a month at the least and at the most.
SHORTEST_MONTH, LONGEST_MONTH = 28, 31

CARS = Wanted(
    "cars",
    "cars",
    "vehicle_id",
    {
        "customer": ("customer_id", "int64"),
        "owned_from": ("owned_from", "day"),
        "scrapped": ("scrapped", "flag"),
        "scrapped_day": ("scrapped_on", "day"),
        "branch": ("coalesce(last_branch_id, own_branch_id)", "int64"),
        "ended": ("ended", "flag"),
        "last_visit": ("last_visit_on", "day"),
        "sale": ("sale_on", "day"),
        "sold_to_owner": ("sold_to_owner", "flag"),
        "model": (MODEL, "word"),
        "warranty_until": ("warranty_until", "day"),
        "warranty_km": ("warranty_km", "int32"),
        "since": ("since_on", "day"),
        "since_km": ("since_km", "int64"),
        "first": ('"first"', "flag"),
        "plan": ("plan_id", "int64"),
        "interval_months": ("interval_months", "int32"),
        "interval_km": ("interval_km", "int32"),
        "first_months": ("first_months", "int32"),
        "first_km": ("first_km", "int32"),
        "labour": ("labour_hundredths", "int32"),
        "last_day": ("last_day", "int32"),
        "last_km": ("last_km", "int64"),
        "anchor": ("anchor", "text"),
        "ref": ("ref", "text"),
    },
)
_BITS = [
    f"{fact}_{channel}::INTEGER << {place * len(CHANNELS) + number}"
    for place, fact in enumerate(("consent", "address", "stop"))
    for number, channel in enumerate(CHANNELS)
]
PEOPLE = Wanted(
    "people",
    "people",
    "customer_id",
    {
        "bits": (" | ".join(f"({bit})" for bit in _BITS), "int32"),
        "blocked": ("blocked", "flag"),
        "blocked_day": ("blocked_on", "day"),
        "last_visit": ("last_visit_on", "day"),
        "branch": ("last_branch_id", "int64"),
        "zone": ("timezone", "word"),
        "ref": ("ref", "text"),
    },
)
# What counts for one company of the group, of who has said something to it alone. `said`: day and answer, as `reach`.
WORDS = Wanted(
    "words",
    "consents",
    "customer_id",
    {
        "company": ("company_id", "int64"),
        "channel": (f"list_position({[channel.value for channel in CHANNELS]}, channel) - 1", "int32"),
        "said": (f"coalesce(\"on\" - DATE '1970-01-01', {ALWAYS}) * 2 + (NOT given)::INTEGER", "int32"),
    },
    where="company_id IS NOT NULL",
)
WORKS = Wanted(
    "works",
    "put_off",
    "vehicle_id",
    {
        "order": ("order_id", "int64"),
        "on": ('"on"', "day"),
        "advised": ("advised_on", "day"),
        "settled": ("settled_since", "day"),
        "ref": ("order_ref", "text"),
    },
)


@dataclass(frozen=True, slots=True)
class Window:
    """The first and last due day of a programme's candidates whose time ends by its grace."""

    since: int
    until: int

    def holds(self, days: Days) -> Marks:
        return (days >= self.since) & (days <= self.until)


@dataclass(frozen=True, slots=True)
class Found:
    """Candidates of a programme: car (-1: none), customer, due day, last day (None: by the grace), anchor."""

    car: Places
    customer: Places
    due: Days
    expires: Days | None
    anchor: pa.LargeStringArray

    def those(self, chosen: Marks) -> "Found":
        expires = None if self.expires is None else self.expires[chosen]
        return Found(
            self.car[chosen], self.customer[chosen], self.due[chosen], expires, self.anchor.filter(pa.array(chosen))
        )

    @staticmethod
    def together(some: "Sequence[Found]") -> "Found":
        """Return all of them; either each or none has its last day."""
        expires = [each.expires for each in some if each.expires is not None]
        return Found(
            np.concatenate([np.zeros(0, np.int32), *(each.car for each in some)]),
            np.concatenate([np.zeros(0, np.int32), *(each.customer for each in some)]),
            np.concatenate([np.zeros(0, np.int32), *(each.due for each in some)]),
            np.concatenate(expires) if expires else None,
            pa.concat_arrays([pa.array([], pa.large_string()), *(each.anchor for each in some)]),
        )


@dataclass(frozen=True)
class Base:
    """`layers` reads rows of the mirror; what is asked of them once is kept."""

    known: Known
    cars: Flat
    people: Flat
    layers: Callable[[Wanted], Layers]

    @property
    def day(self) -> int:
        return day_number(self.known.as_of)

    def day_before(self, days: int) -> int:
        return self.day - days

    @cached_property
    def owner(self) -> Places:
        """The customer of each car; -1: nobody's, or scrapped."""
        cars = self.cars
        scrapped = (cars["scrapped"] == 1) | ((cars["scrapped_day"] != NO_DAY) & (cars["scrapped_day"] <= self.day))
        return np.where(scrapped, -1, places_of(self.people.keys, cars["customer"])).astype(np.int32)

    @cached_property
    def branch(self) -> Numbers:
        """The branch of each car that has an owner; `NO_NUMBER`: none."""
        return np.where(self.owner >= 0, self.cars["branch"], NO_NUMBER)

    @cached_property
    def company(self) -> Numbers:
        """The company of the group that each car's branch belongs to; `NO_NUMBER`: none."""
        statement = "SELECT branch_id, company_id FROM branches WHERE company_id IS NOT NULL ORDER BY branch_id"
        rows = self.known.con.con.sql(statement).to_arrow_table()
        # The place -1, of a branch without a company, is the last one.
        companies = np.append(rows["company_id"].to_numpy(), NO_NUMBER)
        return companies[places_of(rows["branch_id"].to_numpy(), self.branch)]

    @cached_property
    def blocked(self) -> Marks:
        flag, day = self.people["blocked"], self.people["blocked_day"]
        marked = (flag == 1) | ((flag < 0) & (day != NO_DAY))
        standing: Marks = marked & ((day == NO_DAY) | (day <= self.day))
        return standing

    @cached_property
    def active(self) -> Marks:
        """Customers of the active base: not blocked, awake, with a visit."""
        return ~self.blocked & (self.people["last_visit"] >= self.day_before(self.known.settings.sleep_after_days))

    @cached_property
    def rate(self) -> Numbers:
        """Metres a day of each car, as `facts.odometer.state`; 0 where there is none."""
        cars = self.cars
        steps, models = self.parts(STEPS, cars), len(cars.words["model"])
        return rates.of_cars(steps, cars["model"], models, self.known.as_of, self.known.rate_rules)

    @cached_property
    def service_due(self) -> Days:
        """The due day of each car's next maintenance."""
        cars, rules = self.cars, self.known.maintenance_rules
        return kernels.service_days(
            (cars["since"], cars["since_km"], cars["first"]),
            cars["plan"],
            (cars["first_months"], cars["interval_months"], cars["first_km"], cars["interval_km"]),
            (rules.default_months, rules.default_km, rules.default_allowed),
            self.odometer,
            self.farthest,
        )

    def months_after(self, days: Days, months: NDArray[Any] | int, window: Window, asked: Marks) -> Days:
        """Return the days so many months after; `NO_DAY` of those not asked for and of those far from the window."""
        late = days.astype(np.int64) + np.asarray(months) * SHORTEST_MONTH <= window.until
        early = days.astype(np.int64) + np.asarray(months) * LONGEST_MONTH >= window.since
        near = np.flatnonzero(asked & (days != NO_DAY) & late & early)
        found = np.full(len(days), NO_DAY, np.int32)
        of_each = np.broadcast_to(np.asarray(months, np.int32), len(days))[near]
        found[near] = kernels.months_later(days[near], of_each)
        return found

    @property
    def odometer(self) -> tuple[Numbers, Days, Numbers]:
        return self.cars["last_km"], self.cars["last_day"], self.rate

    @property
    def farthest(self) -> int:
        return self.day + FARTHEST_DAYS

    def parts(self, wanted: Wanted, of: Flat) -> list[tuple[Flat, Places]]:
        """Return rows of the mirror with the number, in `of`, of each of their keys; -1: these rows do not count."""
        return numbered(self.layers(wanted), of.keys)

    def marked(self, rows: Table, of: Flat) -> Marks:
        """Mark the cars or customers whose ids are the first column of the rows."""
        ids = self.known.con.to_pyarrow(rows)[0]
        marks = np.zeros(len(of), np.bool_)
        places = places_of(of.keys, ids.drop_null().to_numpy())
        marks[places[places >= 0]] = True
        return marks

    def found(
        self, cars: NDArray[Any], due: NDArray[Any], anchor: pa.LargeStringArray, expires: NDArray[Any] | None
    ) -> Found:
        """Return the pairs of cars with their owners; without `expires` the programme's grace ends their time."""
        days = None if expires is None else expires.astype(np.int32)
        return Found(cars.astype(np.int32), self.owner[cars], due.astype(np.int32), days, anchor)


def dated(prefix: str, days: NDArray[Any]) -> pa.LargeStringArray:
    """Return texts of a prefix and an ISO day; without the day for `NO_DAY`."""
    different, places = np.unique(days, return_inverse=True)
    texts = [prefix + ("" if day == NO_DAY else iso(day)) for day in different.tolist()]
    return pa.array(texts, pa.large_string()).take(pa.array(places))


def iso(day: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + day).isoformat()


def same(text: str, count: int) -> pa.LargeStringArray:
    return pa.array([text], pa.large_string()).take(pa.array(np.zeros(count, np.int64)))


def linked(first: pa.LargeStringArray, second: pa.LargeStringArray, by: str) -> pa.LargeStringArray:
    """Return texts of both with something between them."""
    return pc.binary_join_element_wise(first, second, pa.scalar(by, pa.large_string()))
