"""Files of purchases (customer, day, amount) from anywhere, for the commands that need no database.

Encoding, delimiter and dates are read as by `vernost import`. Columns are found by their names, English ones and those
of `onec.toml`; without a header, or with names that nobody knows, by their order.
"""

import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import duckdb

from vernost.cli.failures import UnreadableInputError
from vernost.cli.words import say, translated
from vernost.core import numbers
from vernost.core.i18n import _
from vernost.intake.rules import encodings, junk, moments, vocabulary
from vernost.intake.rules.types import quoted

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

_SAMPLE: Final = 1024 * 1024
_BLOCK: Final = 1024 * 1024
_FIRST_LINES: Final = 50
_SHOWN: Final = 200
# One broken row of so many is a slip.
_FEW: Final = 100
_DELIMITERS: Final = (";", ",", "\t", "|")
_THREADS: Final = 2
_MEMORY: Final = "1GB"
COLUMNS: Final = ("customer_id", "on", "amount")
_ENGLISH: Final = {
    "customer_id": ("customer_id", "customer", "client_id", "client", "user_id", "user", "account", "card", "id"),
    "on": (
        "date",
        "on",
        "day",
        "closed_at",
        "closed_on",
        "order_date",
        "purchase_date",
        "visit_date",
        "transaction_date",
        "invoice_date",
        "datetime",
        "timestamp",
    ),
    "amount": ("amount", "value", "revenue", "sum", "total", "margin", "price", "sales", "spend", "monetary"),
}
_ZONE: Final = ZoneInfo("UTC")

CANNOT_OPEN = _("%(file)s cannot be read: %(error)s")
EMPTY = _("%(file)s is empty")
NO_COLUMNS = _("%(file)s has no column for %(columns)s. Its header: %(header)s")
NO_DATE = _("%(file)s, line %(line)d: “%(value)s” is no date such as 2026-03-31 or 31.03.2026")
NO_NUMBER = _("%(file)s, line %(line)d: “%(value)s” is no amount")
NO_TEXT = _("%(file)s is no text: save the table as CSV")
BROKEN = _("%(file)s is no table of text: %(error)s")
PASSED_OVER = _("Passed over: %(rows)d rows without a customer, a date or an amount")


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the rows begin and which cell is which column; -1: there is none."""

    delimiter: str
    header_lines: int
    places: tuple[int, ...]
    width: int


@contextmanager
def purchases(path: Path, *, needs: Sequence[str] = COLUMNS) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a file as the table `purchases`: customer_id (text), on (date), kopecks (hundredths, whole).

    `needs` are the columns that the file must have; others of it are null or 0.
    """
    sample, whole = _beginning(path)
    encoding = encodings.detect(sample, whole=whole)
    layout = _layout(path, sample.decode(encoding, errors="replace"), needs)
    with tempfile.TemporaryDirectory(prefix="vernost-") as folder:
        settings: dict[str, Any] = {"threads": _THREADS, "memory_limit": _MEMORY, "temp_directory": folder}
        with duckdb.connect(config=settings) as con:
            con.execute("SET TimeZone = 'UTC'")
            for macro in (*numbers.MACROS, *moments.MACROS, *junk.MACROS):
                con.execute(macro)
            try:
                _read(con, as_utf8(path, encoding, Path(folder)), layout, needs, path.name)
            except duckdb.InvalidInputException as error:
                raise UnreadableInputError(translated(BROKEN, file=path.name, error=_first_line(error))) from error
            yield con


def mirror_of(con: duckdb.DuckDBPyConnection) -> "Backend":
    """Show the purchases as the tables that definitions of customers ask for: customers, visits, visit_days."""
    from ibis.backends.duckdb import Backend  # noqa: PLC0415 - Ibis is slow to load

    con.execute(
        """CREATE TEMP TABLE customers AS SELECT row_number() OVER (ORDER BY ref) AS customer_id, ref
             FROM (SELECT DISTINCT customer_id AS ref FROM purchases)"""
    )
    con.execute(
        """CREATE TEMP TABLE visits AS SELECT c.customer_id, p."on", p.kopecks AS revenue
             FROM purchases p JOIN customers c ON c.ref = p.customer_id"""
    )
    con.execute("""CREATE TEMP TABLE visit_days AS SELECT DISTINCT customer_id, "on", true AS first FROM visits""")
    shown: Backend = Backend.from_connection(con)
    return shown


def _beginning(path: Path) -> tuple[bytes, bool]:
    try:
        with path.open("rb") as stream:
            sample, whole = stream.read(_SAMPLE), not stream.read(1)
    except OSError as error:
        raise UnreadableInputError(translated(CANNOT_OPEN, file=path.name, error=error.strerror)) from error
    if b"\0" in sample and not encodings.detect(sample, whole=whole).startswith("utf-16"):
        raise UnreadableInputError(translated(NO_TEXT, file=path.name))
    if not sample.strip(b"\xef\xbb\xbf \t\r\n"):
        raise UnreadableInputError(translated(EMPTY, file=path.name))
    return sample, whole


def _layout(path: Path, sample: str, needs: Sequence[str]) -> _Layout:
    text = sample.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    numbered = [(number, line) for number, line in enumerate(text.split("\n")[:_FIRST_LINES]) if line.strip()]
    lines = [line for _number, line in numbered]
    delimiter = max(_DELIMITERS, key=lambda one: _fits(lines, one))
    try:
        rows = [next(csv.reader([line], delimiter=delimiter)) for line in lines]
    except csv.Error as error:
        raise UnreadableInputError(translated(BROKEN, file=path.name, error=error)) from error
    width = max(map(len, rows))
    if order := _order(rows[0], needs):
        return _Layout(delimiter, numbered[0][0], order, width)
    for (number, _line), row in zip(numbered, rows, strict=True):
        named = _by_name(row)
        if all(named[column] >= 0 for column in needs):
            return _Layout(delimiter, number + 1, tuple(named[column] for column in COLUMNS), width)
    # Names that nobody knows: the order tells, where there are just as many columns.
    order = _order(rows[1], needs) if len(rows) > 1 else None
    if order is None or width != sum(place >= 0 for place in order):
        missing = [_ENGLISH[column][0] for column, place in _by_name(rows[0]).items() if column in needs and place < 0]
        said = {"columns": ", ".join(missing), "header": ", ".join(rows[0])[:_SHOWN]}
        raise UnreadableInputError(translated(NO_COLUMNS, file=path.name, **said))
    return _Layout(delimiter, numbered[0][0] + 1, order, width)


def _fits(lines: Sequence[str], delimiter: str) -> tuple[bool, int]:
    """Prefer the delimiter that cuts all lines into equally many cells, then the one that makes most of them."""
    try:
        widths = [len(row) for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)]
    except csv.Error:
        return False, 0
    common = max(set(widths), key=widths.count)
    return common > 1, widths.count(common) * 1000 + common


def _order(row: Sequence[str], needs: Sequence[str]) -> tuple[int, ...] | None:
    """Tell which cell of a row of data is which column, None where it does not look like one."""
    for order in (COLUMNS, tuple(needs)):
        if _is_data(row, order):
            return tuple(order.index(column) if column in order else -1 for column in COLUMNS)
    return None


def _by_name(header: Sequence[str]) -> dict[str, int]:
    meanings = vocabulary.column_names("purchases")
    found = dict.fromkeys(COLUMNS, -1)
    ranks: dict[str, int] = {}
    for place, cell in enumerate(header):
        name = vocabulary.key(cell)
        for column in COLUMNS:
            english = [vocabulary.key(word) for word in _ENGLISH[column]]
            rank = english.index(name) if name in english else meanings.get(name, {}).get(column)
            if rank is not None and rank < ranks.get(column, len(english) + 1000):
                found[column], ranks[column] = place, rank
    return found


def _is_data(row: Sequence[str], order: Sequence[str]) -> bool:
    """Whether a row has a date and an amount where they stand without a header."""
    if len(row) < len(order):
        return False
    by_column = dict(zip(order, row, strict=False))
    day, amount = by_column.get("on"), by_column["amount"]
    return (day is None or _is_day(day)) and numbers.decimal_of(amount) is not None


def _is_day(cell: str) -> bool:
    digits = cell.strip().replace("/", "-")
    return moments.moment_of(digits, _ZONE) is not None or (len(digits) == len("20260331") and digits.isdecimal())


def encoding_of(path: Path) -> str:
    sample, whole = _beginning(path)
    return encodings.detect(sample, whole=whole)


def as_utf8(path: Path, encoding: str, folder: Path) -> Path:
    """Return the file, or a copy of it in the folder, in UTF-8."""
    if encoding in {encodings.UTF_8, "utf-8-sig"}:
        return path
    copy = folder / "purchases.csv"
    with (
        path.open(encoding=encoding, errors="replace", newline="") as source,
        copy.open("w", encoding="utf-8") as target,
    ):
        while block := source.read(_BLOCK):
            target.write(block)
    return copy


def _read(con: duckdb.DuckDBPyConnection, path: Path, layout: _Layout, needs: Sequence[str], name: str) -> None:
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(layout.width))
    cells = [f"c{place}" if place >= 0 else "NULL::VARCHAR" for place in layout.places]
    con.execute(
        f"""CREATE TEMP TABLE cells AS
            SELECT row_number() OVER () + {layout.header_lines} AS line, clean_text({cells[0]}) AS customer_id,
                   {cells[1]} AS day_cell, {cells[2]} AS amount_cell
              FROM read_csv({quoted(str(path))}, auto_detect = false, header = false, skip = {layout.header_lines},
                            columns = {{{columns}}}, delim = {quoted(layout.delimiter)}, quote = '"', escape = '"',
                            strict_mode = false, null_padding = true, parallel = false)"""  # noqa: S608 - places and a quoted path
    )
    day = """coalesce(day_of(replace(day_cell, '/', '-'), 'UTC'), try_strptime(trim(day_cell), '%Y%m%d')::DATE)"""
    con.execute(
        f"""CREATE TEMP TABLE read AS
            SELECT line, customer_id, day_cell, amount_cell, {day} AS "on",
                   (money_of(coalesce(nullif(trim(amount_cell), ''), '0')) * 100)::BIGINT AS kopecks
              FROM cells WHERE NOT coalesce(is_total(customer_id), false)"""  # noqa: S608 - our own expression
    )
    bad_day = 'customer_id IS NOT NULL AND has_text(day_cell) AND "on" IS NULL AND NOT is_no_date(day_cell)'
    bad_amount = "customer_id IS NOT NULL AND has_text(amount_cell) AND kopecks IS NULL"
    _refuse(con, "day_cell", bad_day, NO_DATE, name)
    _refuse(con, "amount_cell", bad_amount, NO_NUMBER, name)
    named = 'customer_id IS NOT NULL AND "on" IS NOT NULL' if "on" in needs else "customer_id IS NOT NULL"
    whole = f"{named} AND kopecks IS NOT NULL"
    con.execute(f'CREATE TEMP TABLE purchases AS SELECT customer_id, "on", kopecks FROM read WHERE {whole}')  # noqa: S608 - as above
    left_out = con.execute(f"SELECT count(*) FROM read WHERE NOT ({whole}) AND has_text(amount_cell)").fetchall()[0][0]  # noqa: S608 - as above
    if left_out:
        say(PASSED_OVER, rows=left_out)


def _refuse(con: duckdb.DuckDBPyConnection, cell: str, bad: str, words: str, name: str) -> None:
    """Refuse a file with more than a few broken rows; some slips of the keyboard are passed over and told."""
    found = con.execute(f"SELECT count(*) FILTER (WHERE {bad}), count(*) FROM read").fetchall()  # noqa: S608 - as above
    broken, rows = found[0]
    if broken * _FEW > rows:
        line, value = con.execute(f"SELECT line, {cell} FROM read WHERE {bad} LIMIT 1").fetchall()[0]  # noqa: S608 - as above
        raise UnreadableInputError(translated(words, file=name, line=line, value=value))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
