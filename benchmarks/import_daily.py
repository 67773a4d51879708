"""A day's file of orders, made of the orders of the base: half known, a tenth of these changed, half new."""

import csv
import random
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from benchmarks import base

# The demo writes this file as 1C does.
_ENCODING = "cp1251"
_CHANGED_SHARE = 10
# Baselines know no other words.
_KINDS = {"maintenance", "repair", "body", "warranty", "internal", "presale", "tyres", "accessories"}

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


def write(files: Path, folder: Path, known_ids: Collection[str], *, sample: int = 2000, turn: int = 0) -> Daily:
    """Write `orders.csv` into the folder: the known orders, and as many new ones that are like them.

    `turn`: each has new orders and changes of its own, the same every time.
    """
    chance = random.Random(base.SEED + turn)  # noqa: S311 - the same file every time
    known = _orders(files / "orders.csv", known_ids)
    chance.shuffle(known)
    changed = known[: len(known) // _CHANGED_SHARE]
    for order in changed:
        order["cost"] = f"{1 + chance.randrange(100_000)},{chance.randrange(100):02d}"
    new = [{**order, "id": f"{base.LAST_DAY:%y%m%d}-{turn}-{number}"} for number, order in enumerate(known)]
    day = [*known, *new]
    chance.shuffle(day)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "orders.csv"
    with path.open("w", encoding=_ENCODING, newline="") as stream:
        writer = csv.DictWriter(stream, day[0], delimiter=";")
        writer.writeheader()
        writer.writerows(day)
    unchanged = len(known) - len(changed)
    return Daily(path, tuple(chance.sample(day, min(sample, len(day)))), len(new), len(changed), unchanged)


def _orders(path: Path, ids: Collection[str]) -> list[Order]:
    """Return the rows of these orders; of rows with one id the last counts, as in an import."""
    asked = {one.encode(_ENCODING) for one in ids}
    with path.open("rb") as stream:
        names = next(stream).decode(_ENCODING).rstrip().split(";")
        lines = [line for line in stream if line.partition(b";")[0] in asked]
    rows = csv.reader((line.decode(_ENCODING) for line in lines), delimiter=";")
    orders = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
    return sorted((order for order in orders.values() if order["kind"] in _KINDS), key=lambda order: order["id"])
