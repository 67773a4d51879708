"""A day's file of orders, made of the orders of the base: half known, a tenth of these changed, half new."""

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import base

# The demo writes this file as 1C does.
_ENCODING = "cp1251"
_CHANGED_SHARE = 10
_KINDS = {"maintenance", "repair", "body", "warranty", "internal", "presale", "tyres", "accessories"}
_COLUMNS = (
    *("id", "branch_id", "customer_id", "vehicle_id", "advisor_id", "opened_at", "closed_at"),
    *("mileage_km", "kind", "status", "amount", "cost"),
)

Order = dict[str, str]


@dataclass(frozen=True, slots=True)
class Daily:
    path: Path
    sample: tuple[Order, ...]
    new: int
    changed: int
    same: int

    @property
    def size(self) -> int:
        return self.new + self.changed + self.same


def write(files: Path, folder: Path, *, orders: int, sample: int = 2000) -> Daily:
    """Write `orders.csv` into the folder. The known orders lie anywhere in the years of the base."""
    chance = random.Random(base.SEED)  # noqa: S311 - the same file every time
    known = _chosen(_clean(files / "orders.csv"), orders // 2, chance)
    changed = known[: len(known) // _CHANGED_SHARE]
    for order in changed:
        order["cost"] = f"{1 + chance.randrange(100_000)},{chance.randrange(100):02d}"
    new = [{**order, "id": f"{base.LAST_DAY:%y%m%d}-{number}"} for number, order in enumerate(known)]
    day = [*known, *new]
    chance.shuffle(day)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "orders.csv"
    with path.open("w", encoding=_ENCODING, newline="") as stream:
        writer = csv.DictWriter(stream, _COLUMNS, delimiter=";")
        writer.writeheader()
        writer.writerows(day)
    return Daily(
        path, tuple(chance.sample(day, min(sample, len(day)))), len(new), len(changed), len(known) - len(changed)
    )


def _clean(path: Path) -> Iterator[Order]:
    """Return the orders that any reader takes: those with a fault are the business of other tests."""
    with path.open(encoding=_ENCODING, newline="") as stream:
        for order in csv.DictReader(stream, delimiter=";"):
            whole = order["customer_id"] and order["vehicle_id"] and order["opened_at"] and order["closed_at"]
            if whole and order["kind"] in _KINDS and order["status"] in {"closed", "cancelled"}:
                yield order


def _chosen(orders: Iterator[Order], count: int, chance: random.Random) -> Sequence[Order]:
    """Return so many of them, each with the same chance, whatever their number (Vitter's algorithm R)."""
    chosen: dict[int, Order] = {}
    for number, order in enumerate(orders):
        place = number if number < count else chance.randrange(number + 1)
        if place < count:
            chosen[place] = order
    return list({order["id"]: order for order in chosen.values()}.values())
