"""Files of tables: no text is a formula, and what was escaped comes back as it was."""

import csv
import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vernost.core.spreadsheets import escaped, unescaped
from vernost.reports.exports import Column, Sheet, as_csv, as_xlsx

DANGEROUS = ["=1+2", "+79171234567", "-5", "@SUM(A1)", "\tx", "\rx", "\0x", "＝1", "＋1", "－1", "＠x", "'=1", "''=1"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_looks_like_a_formula_is_escaped_and_comes_back(text: str) -> None:
    assert escaped(text) == f"'{text}"
    assert unescaped(escaped(text)) == text


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    assert unescaped(escaped(text)) == text


def sheet() -> Sheet:
    columns = [
        Column("Имя"),
        Column("Число", "count"),
        Column("Сумма", "money"),
        Column("Доля", "share"),
        Column("День", "day"),
    ]
    rows = [("=A1", 3, Decimal("-1234.50"), 0.6144, date(2026, 3, 1)), ('«Вектор»; "К"', 0, Decimal(0), None, None)]
    return Sheet("Отчёт: [март]", columns, rows, about=["01.03.2026"])


def test_csv_is_read_back_by_a_russian_spreadsheet() -> None:
    content = as_csv(sheet())
    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")) == [
        ["Имя", "Число", "Сумма", "Доля", "День"],
        ["'=A1", "3", "-1234,50", "61,4", "01.03.2026"],
        ['«Вектор»; "К"', "0", "0,00", "", ""],
    ]


def test_workbook_has_numbers_as_numbers_and_no_formula() -> None:
    page = openpyxl.load_workbook(io.BytesIO(as_xlsx(sheet()))).active
    assert page.title == "Отчёт   март "
    cells = [[(cell.value, cell.data_type) for cell in row] for row in page.iter_rows(min_row=3, max_row=3)]
    assert [value if kind != "d" else value.date() for value, kind in cells[0]] == [
        "=A1",
        3,
        -1234.5,
        0.6144,
        date(2026, 3, 1),
    ]
    assert [kind for _value, kind in cells[0]] == ["s", "n", "n", "n", "d"]


def test_a_number_with_digits_is_a_number_in_the_file_too() -> None:
    hours = Sheet("Часы", [Column("День"), Column("Часы", "decimal")], [["пн", 46.2], ["вт", 0.0], ["ср", None]])
    page = openpyxl.load_workbook(io.BytesIO(as_xlsx(hours))).active
    assert [(cell.value, cell.data_type, cell.number_format) for (cell,) in page["B2:B3"]] == [
        (46.2, "n", "#,##0.0##"),
        (0, "n", "#,##0.0##"),
    ]
    assert as_csv(hours).decode("utf-8-sig").splitlines()[1:] == ["пн;46,2", "вт;0,0", "ср;"]


def test_a_workbook_keeps_a_quote_that_an_import_would_take_away_and_the_beginning_of_a_long_text() -> None:
    texts = ["'=1", "''=1", "'a'", "+7917", "я" * 40_000]
    page = openpyxl.load_workbook(io.BytesIO(as_xlsx(Sheet("Т", [Column("А")], [[text] for text in texts])))).active
    found = [cell.value for (cell,) in page.iter_rows(min_row=2)]
    assert found == ["''=1", "'''=1", "'a'", "+7917", "я" * 32_766 + "…"]
    assert [unescaped(text) for text in found[:4]] == texts[:4]
