"""Reads the generated files as any program would."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

UNTIL = date(2026, 3, 31)
ONE_C = {"orders", "part_orders"}
SLIPS = {"typo", "lost_digit", "extra_digit", "swap", "other_car"}
SHEET = {"customers", "deals"}

Row = dict[str, str]


@dataclass(frozen=True)
class Dealership:
    folder: Path
    tables: dict[str, list[Row]]

    def __getitem__(self, name: str) -> list[Row]:
        return self.tables[name]

    def dirty(self, file: str, kind: str | None = None) -> dict[str, str]:
        """Id to kind of the rows that are known to be wrong."""
        rows = [row for row in self["truth/dirty"] if row["file"] == file and kind in {None, row["kind"]}]
        return {row["id"]: row["kind"] for row in rows}

    def sound_orders(self) -> list[Row]:
        """Orders that an import takes: the others are listed as wrong in more than their mileage."""
        slips = {
            row["id"] for row in self["truth/dirty"] if row["column"] == "mileage_km" and "_mileage" in row["kind"]
        }
        faults = {row["id"] for row in self["truth/dirty"] if row["file"] == "orders" and row["column"] != "mileage_km"}
        return [row for row in self["orders"] if row["id"] not in faults | slips]


def read(folder: Path, name: str) -> list[Row]:
    encoding = "cp1251" if name in ONE_C else "utf-8-sig"
    with (folder / f"{name}.csv").open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=";" if name in ONE_C | SHEET else ","))


def day(text: str) -> date:
    """A date or a time, as either kind of file writes it."""
    written = text.split(" ", maxsplit=1)[0]
    return date.fromisoformat("-".join(reversed(written.split("."))) if "." in written else written)


def roubles(text: str) -> float:
    return float(text.replace("\xa0", "").replace(",", "."))


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.csv"))
