"""A table as a file: XLSX, or CSV as Russian spreadsheets open it."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import xlsxwriter

from vernost.core.spreadsheets import escaped

Kind = Literal["text", "count", "decimal", "money", "share", "day"]
Value = str | int | float | Decimal | date | None

_NUMBER_FORMATS: dict[Kind, str] = {
    "count": "#,##0",
    "decimal": "#,##0.0##",
    "money": "#,##0.00",
    "share": "0.0%",
    "day": "dd.mm.yyyy",
}
# Excel's own limit.
_LONGEST_CELL = 32_767
_WIDTHS: dict[Kind, int] = {"text": 28, "count": 12, "decimal": 12, "money": 16, "share": 10, "day": 12}


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Sheet:
    """`title` names the file and the sheet; `about` are lines above the XLSX table; shares are 0…1."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]
    about: Sequence[str] = ()


def as_csv(sheet: Sheet) -> bytes:
    """Return UTF-8 with a mark of order, semicolons, decimal commas, days as 31.12.2026."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([escaped(column.title) for column in sheet.columns])
    for row in sheet.rows:
        writer.writerow([_csv_cell(value, column.kind) for value, column in zip(row, sheet.columns, strict=True)])
    return text.getvalue().encode("utf-8-sig")


def _csv_cell(value: Value, kind: Kind) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if kind == "share":
        return f"{float(value) * 100:.1f}".replace(".", ",")
    return (f"{value:.2f}" if kind == "money" else str(value)).replace(".", ",")


def as_xlsx(sheet: Sheet) -> bytes:
    """Return a workbook of one sheet: numbers are numbers, days are days, a text is never a formula."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", sheet.title)[:31])
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {kind: book.add_format({"num_format": pattern}) for kind, pattern in _NUMBER_FORMATS.items()}
    head = len(sheet.about)
    for number, line in enumerate(sheet.about):
        page.write_string(number, 0, line)
    for number, column in enumerate(sheet.columns):
        page.set_column(number, number, _WIDTHS[column.kind])
        page.write_string(head, number, column.title, bold)
    for number, row in enumerate(sheet.rows, head + 1):
        for place, (value, column) in enumerate(zip(row, sheet.columns, strict=True)):
            _write(page, number, place, value, formats.get(column.kind))
    page.freeze_panes(head + 1, 1)
    book.close()
    return content.getvalue()


def _write(page: "xlsxwriter.worksheet.Worksheet", row: int, place: int, value: Value, written: object) -> None:
    if value is None:
        return
    if isinstance(value, str):
        page.write_string(row, place, _xlsx_text(value))
    elif isinstance(value, date):
        page.write_datetime(row, place, datetime(value.year, value.month, value.day), written)  # noqa: DTZ001 - a calendar day
    else:
        page.write_number(row, place, float(value), written)


def _xlsx_text(value: str) -> str:
    """Return what the cell shows: no text is run here, but a quote that an import would take away gets another."""
    text = escaped(value) if value.startswith("'") else value
    # A longer one would leave the cell empty.
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"
