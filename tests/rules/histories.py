"""Random customers, and the slow, plain reading of the rules that the definitions are compared with."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from vernost.accounts.rules import RuleSettings

LETTERS = {"new": "Н", "active": "А", "loyal": "Л", "returned": "В", "sleeping": "У", "blocked": "Б", "prospect": "П"}
BASE = {"new", "returned", "loyal", "active"}
DAY = timedelta(days=1)


@dataclass
class Visit:
    on: date
    branch: int | None = 1
    second: int = 0
    ref: str = ""
    revenue: int = 0
    margin: int = 0


@dataclass
class Customer:
    """One customer as the rules see him; `blocked` and `blocked_on` are the columns of the file."""

    visits: list[Visit] = field(default_factory=list)
    blocked: bool | None = None
    blocked_on: date | None = None

    def days(self, on: date) -> list[date]:
        return sorted({visit.on for visit in self.visits if visit.on <= on})

    def branch(self, on: date) -> int | None:
        """The branch of the last visit up to the day."""
        last = max((v for v in self.visits if v.on <= on), key=lambda v: (v.on, v.second, v.ref))
        return last.branch

    def is_blocked(self, on: date) -> bool:
        if self.blocked is False or (self.blocked is None and self.blocked_on is None):
            return False
        return self.blocked_on is None or self.blocked_on <= on


def asleep(customer: Customer, on: date, settings: RuleSettings) -> bool:
    days = customer.days(on)
    return bool(days) and (on - days[-1]).days > settings.sleep_after_days


def state(customer: Customer, on: date, settings: RuleSettings) -> str:
    days = customer.days(on)
    if customer.is_blocked(on):
        return "blocked"
    if not days:
        return "prospect"
    if asleep(customer, on, settings):
        return "sleeping"
    if (on - days[0]).days <= settings.sleep_after_days:
        return "new"
    recent = [day for day in days if (on - day).days <= settings.sleep_after_days]
    if any(asleep(customer, day - DAY, settings) for day in recent):
        return "returned"
    loyal = [day for day in days if (on - day).days <= settings.loyal_window_days]
    return "loyal" if len(loyal) >= settings.loyal_visits else "active"


def dna_code(customer: Customer, on: date, settings: RuleSettings) -> str:
    days = customer.days(on)
    ends = []
    if days:
        halves = [date(year, *end) for year in range(days[0].year, on.year + 1) for end in ((6, 30), (12, 31))]
        ends = [end for end in halves if days[0] <= end < on]
    return "-".join(LETTERS[state(customer, end, settings)] for end in [*ends, on])


def events(customer: Customer, day: date, settings: RuleSettings) -> list[tuple[str, int | None]]:
    """What the cascade says of one customer on one day: (kind, branch)."""
    found: list[tuple[str, int | None]] = []
    eve = day - DAY
    was_in_base = state(customer, eve, settings) in BASE
    if customer.is_blocked(day):
        return [("blocked", customer.branch(eve))] if was_in_base else []
    if any(visit.on == day for visit in customer.visits):
        here = customer.branch(day)
        if not customer.days(eve):
            found.append(("new", here))
        elif asleep(customer, eve, settings):
            found.append(("returned", here))
        elif customer.branch(eve) != here:
            found += [("moved_out", customer.branch(eve)), ("moved_in", here)]
    elif was_in_base and state(customer, day, settings) == "sleeping":
        found.append(("slept", customer.branch(eve)))
    return found


def rfm(customers: list[Customer], on: date, settings: RuleSettings) -> list[tuple[int, int, int] | None]:
    values: list[tuple[int, int, int] | None] = []
    for customer in customers:
        seen = [v for v in customer.visits if 0 <= (on - v.on).days < settings.rfm_window_days]
        days = {v.on for v in seen}
        values.append(((on - max(days)).days, -len(days), -sum(v.revenue for v in seen)) if days else None)
    known = [value for value in values if value is not None]
    return [
        None
        if mine is None
        else tuple(  # type: ignore[misc] # three of them
            min(5, 1 + 5 * sum(other[axis] < mine[axis] for other in known) // len(known)) for axis in range(3)
        )
        for mine in values
    ]


def abc(values: dict[str, int], settings: RuleSettings) -> dict[str, str]:
    total = sum(value for value in values.values() if value > 0)
    before, classes = 0, {}
    for ref, value in sorted(values.items(), key=lambda item: (-item[1], item[0])):
        if value <= 0:
            classes[ref] = "C"
        elif before * 100 < settings.abc_a_percent * total:
            classes[ref] = "A"
        else:
            classes[ref] = "B" if before * 100 < settings.abc_b_percent * total else "C"
        before += max(value, 0)
    return classes


def random_customers(chance: random.Random, count: int, start: date, days: int) -> list[Customer]:
    return [_random_customer(chance, start, days) for _ in range(count)]


def _random_customer(chance: random.Random, start: date, days: int) -> Customer:
    def day() -> date:
        return start + timedelta(days=chance.randrange(days))

    visits: list[Visit] = []
    for _ in range(chance.choice([0, 1, 1, 2, 3, 5, 9])):
        on = visits[-1].on if visits and chance.random() < 0.2 else day()
        money = chance.choice([0, 100, 100, 250, -50, 1000])
        ref = f"O-{chance.randrange(30)}"
        if all(ref != visit.ref for visit in visits):
            visits.append(Visit(on, chance.choice([1, 1, 2, None]), chance.randrange(2), ref, money, money // 2))
    blocked = chance.choice([None, None, None, False, True])
    return Customer(visits, blocked, day() if chance.random() < 0.3 else None)


def tables(customers: list[Customer]) -> dict[str, list[dict[str, Any]]]:
    """Return rows for `facts.of_rows(…, built=True)`: customers 1, 2, 3 and so on with the refs C-1, C-2, C-3."""
    people: list[dict[str, Any]] = []
    orders: list[dict[str, Any]] = []
    visits: list[dict[str, Any]] = []
    for number, customer in enumerate(customers, 1):
        block = {"blocked": customer.blocked, "blocked_on": customer.blocked_on}
        people.append({"customer_id": number, "ref": f"C-{number}", "timezone": "", **block})
        for visit in customer.visits:
            order = {
                "order_id": len(orders) + 1,
                "ref": f"{visit.ref or len(orders) + 1}",
                "customer_id": number,
                "branch_id": visit.branch,
                "closed_second": visit.second,
                "opened_on": visit.on,
                "kind": "repair",
                "revenue": visit.revenue,
                "margin": visit.margin,
            }
            orders.append({**order, "status": "closed", "closed_on": visit.on})
            visits.append({**order, "on": visit.on})
    return {"customers": people, "orders": orders, "visits": visits}
