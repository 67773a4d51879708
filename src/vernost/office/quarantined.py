"""A row of the quarantine as the page shows it: every cell of it, the wrong one marked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from vernost.customers.rules.fields import PREFIX
from vernost.intake import formats
from vernost.intake.queries import QuarantineRow
from vernost.intake.rules import vocabulary
from vernost.intake.rules.reasons import REASON_TEXTS

_TEXTS = {reason.value: words for reason, words in REASON_TEXTS.items()}


@dataclass(frozen=True, slots=True)
class Cell:
    """`error` is a marked text where this cell is what is wrong."""

    column: str
    title: str
    value: str
    error: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    id: int
    file: str
    kind_title: str
    key: str
    line: int
    column: str
    column_title: str
    value: str
    reason_text: str
    waits_for: str
    cells: tuple[Cell, ...]


def shown(row: QuarantineRow) -> ShownRow:
    return ShownRow(
        id=row.id,
        file=row.file,
        kind_title=row.kind_title,
        key=row.key,
        line=row.line,
        column=row.column,
        column_title=column_title(row.kind, row.column),
        value=row.value,
        reason_text=reason_text(row.reason),
        waits_for=row.waits_for,
        cells=tuple(_cell(row, column) for column in _columns(row)),
    )


def reason_text(code: str) -> str:
    return _TEXTS.get(code, code)


def column_title(kind: str, column: str) -> str:
    """Name a column as the reader knows it: in Russian by its name in 1C, else by its own."""
    is_russian = (get_language() or "").startswith("ru")
    return vocabulary.spoken_names(kind).get(column, column) if is_russian else column


def _columns(row: QuarantineRow) -> list[str]:
    """Return the kind's columns that the file has or that must be there, the wrong one first."""
    columns = [each.name for each in formats.kinds[row.kind].columns if each.required or each.name in row.row]
    columns += [name for name in row.row if name.startswith(PREFIX)]
    return sorted({row.column, *columns} - {""}, key=lambda name: (name != row.column, _place(columns, name)))


def _place(columns: list[str], name: str) -> int:
    return columns.index(name) if name in columns else len(columns)


def _cell(row: QuarantineRow, column: str) -> Cell:
    value = row.row.get(column)
    return Cell(
        column=column,
        title=column_title(row.kind, column),
        value="" if value is None else str(value),
        error=reason_text(row.reason) if column == row.column else "",
    )


def typed(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the cells of a sent form by column."""
    return {name.removeprefix("cell-"): str(value) for name, value in data.items() if name.startswith("cell-")}
