"""Why a customer is (not) invited on a day, as the card says it: the invited first, then what could be."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from vernost.automation.queries.work import why
from vernost.core.formats import day
from vernost.invitations.wording import translated
from vernost.vehicles.queries import cars_of

if TYPE_CHECKING:
    from vernost.invitations.queries.why import Why

_ORDER = ("invited", "suppressed", "not_candidate")


@dataclass(frozen=True, slots=True)
class ShownWhy:
    """`verdict` says why not; `reason` why the car is due, where it is."""

    programme: str
    car: str
    state: str
    verdict: str
    reason: str
    due_on: str


def answers_of(customer_id: int, on: date) -> list[ShownWhy]:
    found = why(customer_id, as_of=on)
    titles = {car.id: f"{car.title} {car.plate}".strip() for car in cars_of(customer_id)}
    rows = sorted(found, key=lambda row: _ORDER.index(row.state))
    return [_shown(row, titles.get(row.vehicle_id or 0, row.vehicle or "")) for row in rows]


def _shown(row: "Why", car: str) -> ShownWhy:
    return ShownWhy(
        programme=row.title,
        car=car,
        state=row.state,
        verdict=translated(row.words),
        reason=translated(row.reason) if row.reason else "",
        due_on=day(row.due_on) if row.due_on else "",
    )
