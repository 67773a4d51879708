"""The files of the exchange format: their columns, and the ways in which dealers' systems write them."""

import codecs
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np

from vernost.demo.arrays import Bools, Ints
from vernost.demo.rows import Column, Style, assemble, padded, unless
from vernost.demo.world import CARS_A_CHUNK, World

PLAIN = Style()
# As 1C saves a report: Windows-1251, semicolons, decimal comma, no-break spaces between thousands.
ONE_C = Style(
    "cp1251",
    delimiter=";",
    date_order="{0:02d}.{1:02d}.{2:04d}",
    padded_hours=False,
    decimal=b",",
    thousands=b"\xa0",
)
# As an accountant saves it from a spreadsheet.
SHEET = Style(bom=True, delimiter=";", date_order="{0:02d}.{1:02d}.{2:04d}", decimal=b",", yes="Да", no="Нет")

STYLES = {"orders": ONE_C, "customers": SHEET, "deals": SHEET, "part_orders": ONE_C}
COLUMNS = {
    "branches": "id name timezone brands address phone bays open_at close_at vat",
    "employees": "id name branch_id role phone email",
    "customers": "id kind full_name company_name inn birth_date gender phones emails city address timezone source "
    "category created_on blocked blocked_on blocked_reason consent_calls consent_sms consent_email "
    "consent_messenger consent_on advisor_id",
    "vehicles": "id vin plate make model engine gearbox year customer_id owned_from sold_on sold_by_us branch_id "
    "warranty_until warranty_km scrapped",
    "deals": "id vehicle_id customer_id branch_id manager_id opened_on closed_on status amount cost kind",
    "maintenance_plans": "make model engine year_from year_to interval_months interval_km first_months first_km "
    "labour_hours",
    "recalls": "code vin title starts_on closes_on done_on",
    "orders": "id branch_id customer_id vehicle_id advisor_id opened_at closed_at mileage_km kind status amount cost",
    "order_lines": "order_id line_no kind code name category quantity unit_price discount amount cost declined "
    "advised_on payer",
    "appointments": "id branch_id customer_id vehicle_id advisor_id starts_at ends_at booked_on status order_id",
    "vehicle_events": "id vehicle_id on kind",
    "part_orders": "id customer_id vehicle_id order_id name ordered_on promised_on arrived_on",
    "interactions": "id customer_id vehicle_id at channel direction outcome employee_id text",
    "surveys": "id customer_id order_id answered_at score text",
    "truth/vehicles": "vehicle_id km_per_day next_visit_on",
    "truth/responses": "vehicle_id programme would_come comes_if_called",
    "truth/dirty": "file id column kind",
    "truth/clusters": "order_id vehicle_id",
    "truth/duplicates": "customer_id same_as",
}
CODE_DIGITS = 8
ORDERS_A_DAY = 999


class Folder:
    """The open files of one dealership; a context manager."""

    def __init__(self, out: Path) -> None:
        (out / "truth").mkdir(parents=True, exist_ok=True)
        self._files: dict[str, IO[bytes]] = {}
        for name, columns in COLUMNS.items():
            style = style_of(name)
            self._files[name] = (out / f"{name}.csv").open("wb")
            header = style.delimiter.join(columns.split()) + "\n"
            self._files[name].write(codecs.BOM_UTF8 * style.bom + header.encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()

    def write(self, name: str, columns: Sequence[Column], rows: int) -> None:
        """Append rows; the columns are those of COLUMNS, in that order."""
        if len(columns) != len(COLUMNS[name].split()):
            raise ValueError(f"{name}: {len(columns)} columns")
        self._files[name].write(assemble(columns, style_of(name).delimiter.encode(), rows))

    def write_texts(self, name: str, rows: Iterable[Sequence[object]]) -> None:
        """Append the few rows of a small file."""
        style = style_of(name)
        for row in rows:
            cells = style.table(["" if cell is None else str(cell) for cell in row])
            self._files[name].write(style.delimiter.encode().join(cells.tolist()) + b"\n")


def style_of(name: str) -> Style:
    return STYLES.get(name, PLAIN)


class Codes:
    """Identifiers as the source system writes them, for the rows of one chunk."""

    def __init__(self, world: World, chunk: int, first_customer: int) -> None:
        self._chunk = chunk
        self._first_customer = first_customer
        self._first_car = chunk * CARS_A_CHUNK + 1
        self._digits = 3 + len(str(world.chunks - 1))
        self._branches = np.array([code.encode() for code in world.branches.ids])

    def customer(self, positions: Ints) -> Column:
        """Blank where the position is negative; 00-00001234 as in 1C."""
        return unless(positions < 0, (b"00-", *padded(self._first_customer + positions, CODE_DIGITS)))

    def car(self, positions: Ints) -> Column:
        return unless(positions < 0, (b"A-", *padded(self._first_car + positions, CODE_DIGITS)))

    def branch(self, positions: Ints) -> Column:
        return (self._branches[positions],)

    def employee(self, numbers: Ints, nobody: Bools | None = None) -> Column:
        column = (b"E-", *padded(numbers, 5))
        return column if nobody is None else unless(nobody, column)

    def row(self, letter: bytes, rows: int) -> Column:
        """Running numbers of rows that nothing else points to."""
        return (letter, *padded(self._chunk * 1_000_000 + np.arange(1, rows + 1), 10))

    def orders(self, days: Ints) -> Ints:
        """The number of each order within its day; orders come sorted by day."""
        serial = np.arange(len(days)) - np.searchsorted(days, days)
        if len(days) and serial.max() >= ORDERS_A_DAY:
            raise ValueError("more orders in a day than their numbers can hold")
        return self._chunk * (ORDERS_A_DAY + 1) + serial + 1

    def order(self, name: str, days: Ints, serials: Ints) -> Column:
        """ЗН240415-0001, in the encoding of the file `name`; blank where the serial is 0."""
        dates = days.astype("datetime64[D]")
        months = dates.astype("datetime64[M]")
        year = months.astype("datetime64[Y]").astype(np.int64) + 1970
        day = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
        month = months.astype(np.int64) % 12 + 1
        prefix = "ЗН".encode(style_of(name).encoding)
        number = padded((year % 100 * 100 + month) * 100 + day, 6)
        return unless(serials == 0, (prefix, *number, b"-", *padded(serials, self._digits)))
