"""A table of figures, each with the address of its people; its file holds the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from vernost.reports.exports import Column, Kind, Sheet, Value

Shape = Literal["lines", "heat"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure and how it is written.

    `heat` is 0…1 of the hottest; `weak`: too few people to rely on; `end`: words that stand like a number; `digits`:
    of a decimal, after the comma.
    """

    value: Value
    kind: Kind = "count"
    url: str = ""
    note: str = ""
    heat: float | None = None
    weak: bool = False
    good: bool | None = None
    signed: bool = False
    end: bool = False
    digits: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    title: str
    cells: Sequence[Cell]
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """`head` begins with the column of titles. `code` names its file in the address of the page."""

    code: str
    title: str
    head: Sequence[Column]
    rows: Sequence[Row]
    total: Row | None = None
    shape: Shape = "lines"
    note: str = ""
    notes: Sequence[str] = field(default_factory=tuple)
    ramp: bool = False
    empty: str = ""

    def sheet(self, about: Sequence[str]) -> Sheet:
        rows = [*self.rows, *([self.total] if self.total else [])]
        return Sheet(self.title, self.head, [[row.title, *(cell.value for cell in row.cells)] for row in rows], about)


def count(value: int, url: str = "", **more: object) -> Cell:
    """Show a number of people; nobody opens nothing."""
    return Cell(value, "count", url if value else "", **more)  # type: ignore[arg-type] # the fields of a cell


def money(value: Decimal | str | int | None, url: str = "", **more: object) -> Cell:
    amount = None if value is None else Decimal(value)
    return Cell(amount, "money", url if amount else "", **more)  # type: ignore[arg-type] # as above


def share(value: float | None, url: str = "", **more: object) -> Cell:
    return Cell(value, "share", url if value is not None else "", **more)  # type: ignore[arg-type] # as above


def decimal(value: float | None, digits: int, url: str = "", **more: object) -> Cell:
    """Show a number with its digits after the comma; the file has the same number, not its words."""
    rounded = None if value is None else round(value, digits)
    return Cell(rounded, "decimal", url if value else "", digits=digits, **more)  # type: ignore[arg-type] # as above
