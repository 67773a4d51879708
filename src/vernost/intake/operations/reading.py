"""From a table to batches of rows for the workbench, whatever its encoding, quotes and ends of lines.

A batch gives the workbench a table `raw` with the columns `n` (the row's place, from 1), `line`, `flaw` and
a text or NULL for every cell. A well-formed text is cut at ends of lines into pieces that DuckDB reads; any
other goes through a patient reader in Python, which gives every broken row its line. Nothing is guessed on
the way: the quick reader refuses a piece that it cannot read, or whose lines and rows differ in number.
"""

import codecs
import csv
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import duckdb
import pyarrow as pa
import python_calamine

from vernost.intake.operations import cells, cutting
from vernost.intake.operations.failures import BrokenWorkbook, RowsTooLarge
from vernost.intake.operations.recognising import Table
from vernost.intake.rules import encodings
from vernost.intake.rules.reasons import Reason

PATIENT_BATCH: Final = 20_000
_BATCH_LETTERS: Final = 8 * 1024 * 1024
_MOST_LINES_OF_A_ROW: Final = 50
_SAMPLE: Final = 1024 * 1024


class Batch(Protocol):
    """Some rows of a table."""

    @property
    def size(self) -> int:
        """Return about how many bytes of the file they took."""

    @property
    def is_last(self) -> bool: ...

    def offered(self, scratch: duckdb.DuckDBPyConnection) -> AbstractContextManager[None]:
        """Let the workbench have the rows as `raw` for the length of a block."""

    def check(self, rows: int) -> None:
        """Raise cutting.NeedsPatience if so many rows cannot be right."""

    def forget(self) -> None:
        """Let go of what the rows take on the disk."""

    def chosen(self, scratch: duckdb.DuckDBPyConnection, places: Sequence[int]) -> AbstractContextManager[str]:
        """Give the rows at some places (`n`, in order) as SQL of a table with `n` and the cells."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows in memory."""

    table: pa.Table
    size: int
    is_last: bool

    @contextmanager
    def offered(self, scratch: duckdb.DuckDBPyConnection) -> Iterator[None]:
        scratch.register("raw", self.table)
        try:
            yield
        finally:
            scratch.unregister("raw")

    def check(self, rows: int) -> None:
        """Whatever was read row by row is right."""

    def forget(self) -> None:
        """They are in memory only."""

    @contextmanager
    def chosen(self, scratch: duckdb.DuckDBPyConnection, places: Sequence[int]) -> Iterator[str]:
        _offer_places(scratch, places)
        with self.offered(scratch):
            yield "(SELECT * EXCLUDE (line, flaw) FROM raw WHERE n IN (SELECT n FROM places))"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text between two ends of lines, in a file of its own. `before` counts the rows before it."""

    path: Path
    delimiter: str
    width: int
    before: int
    first_line: int
    lines: int
    size: int
    is_last: bool

    @contextmanager
    def offered(self, scratch: duckdb.DuckDBPyConnection) -> Iterator[None]:
        scratch.execute(f"CREATE OR REPLACE TEMP VIEW raw AS {self._reading()}")
        try:
            yield
        except duckdb.InvalidInputException as error:
            raise cutting.NeedsPatience from error
        finally:
            scratch.execute("DROP VIEW raw")

    def check(self, rows: int) -> None:
        if rows != self.lines:
            raise cutting.NeedsPatience

    def forget(self) -> None:
        self.path.unlink()

    @contextmanager
    def chosen(self, scratch: duckdb.DuckDBPyConnection, places: Sequence[int]) -> Iterator[str]:
        """A row is a line here, so that the whole piece need not be read again for some of them."""
        file = self.path.with_suffix(".chosen")
        with self.path.open("rb") as lines, file.open("wb") as chosen:
            passed = self.before
            for place in places:
                chosen.write(next(islice(lines, place - passed - 1, None)))
                passed = place
        _offer_places(scratch, places)
        try:
            yield f"(SELECT * FROM places POSITIONAL JOIN (SELECT * FROM {self._read_csv(file)}))"
        finally:
            file.unlink()

    @contextmanager
    def some_offered(self, scratch: duckdb.DuckDBPyConnection, places: Sequence[int]) -> Iterator[None]:
        """Let the workbench have the rows at some places as `raw` for the length of a block."""
        with self.chosen(scratch, places) as chosen:
            scratch.execute(
                f"""CREATE OR REPLACE TEMP VIEW raw AS
                    SELECT n, n + {self.first_line - 1 - self.before} AS line, NULL::VARCHAR AS flaw, * EXCLUDE (n)
                      FROM {chosen}"""
            )
            try:
                yield
            finally:
                scratch.execute("DROP VIEW raw")

    def _reading(self) -> str:
        return f"""SELECT {self.before} + row_number() OVER () AS n,
                   {self.first_line - 1} + row_number() OVER () AS line, NULL::VARCHAR AS flaw, *
            FROM {self._read_csv(self.path)}"""

    def _read_csv(self, file: Path) -> str:
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(self.width))
        name = str(file).replace("'", "''")
        return f"""read_csv('{name}', auto_detect = false, header = false, columns = {{{columns}}},
                 delim = '{self.delimiter}', quote = '"', escape = '"', strict_mode = true, null_padding = false,
                 max_line_size = 2000000, buffer_size = 8000000)"""


def quick(table: Table, folder: Path) -> Iterator[Piece]:
    """Cut a text into pieces for DuckDB; raise cutting.NeedsPatience about one that is damaged."""
    with table.path.open("rb") as stream:
        line = _pass_header(stream, table)
        rows = 0
        cut = cutting.Cut(stream, table.encoding, table.size)
        while not cut.at_end:
            path = folder / f"piece-{line}.csv"
            with path.open("wb") as file:
                lines, size = cut.next_piece(file)
            if lines:
                width = len(table.header.cells)
                yield Piece(path, table.delimiter, width, rows, line + 1, lines, size, cut.at_end)
            else:
                path.unlink()
            rows += lines
            line += lines


def patient(table: Table, notes: "Notes") -> Iterator[Rows]:
    """Read anything: rows that are broken come with their flaw."""
    rows = _sheet_rows(table) if table.sheet is not None else _text_rows(table, notes)
    width = len(table.header.cells)
    n = 0
    waiting = _some(rows)
    while waiting:
        following = _some(rows)
        fitted = [(line, *_fitted(row, width, flaw)) for line, flaw, row in waiting]
        size = sum(len(cell) for _line, _flaw, row in waiting for cell in row) + len(waiting) * width
        columns = [[row[i] for _line, _flaw, row in fitted] for i in range(width)]
        lines, flaws = [line for line, _flaw, _row in fitted], [flaw for _line, flaw, _row in fitted]
        yield Rows(_arrow(range(n + 1, n + 1 + len(fitted)), lines, flaws, columns), size, is_last=not following)
        n += len(waiting)
        waiting = following


def _some(rows: Iterator[tuple[int, str | None, list[str]]]) -> list[tuple[int, str | None, list[str]]]:
    """Take the next rows: as many as a batch has, fewer where they are long."""
    taken = []
    letters = 0
    for row in islice(rows, PATIENT_BATCH):
        taken.append(row)
        letters += sum(map(len, row[2]))
        if letters > _BATCH_LETTERS:
            break
    return taken


def rows_of(places: Sequence[tuple[int, int]], columns: Sequence[Sequence[str | None]]) -> Rows:
    """Make a batch of rows that have been read before: (n, line) of each, and its cells by column."""
    ns, lines = [place[0] for place in places], [place[1] for place in places]
    return Rows(_arrow(ns, lines, [None] * len(places), columns), 0, is_last=True)


@dataclass(slots=True)
class Notes:
    """What a patient reading has noticed."""

    lines_in_other_encoding: int = 0


def _offer_places(scratch: duckdb.DuckDBPyConnection, places: Sequence[int]) -> None:
    scratch.execute("CREATE OR REPLACE TEMP TABLE places AS SELECT unnest($1::BIGINT[]) AS n", [places])


def _arrow(
    ns: Sequence[int], lines: Sequence[int], flaws: Sequence[str | None], columns: Sequence[Sequence[str | None]]
) -> pa.Table:
    names = ["n", "line", "flaw", *(f"c{i}" for i in range(len(columns)))]
    places = [pa.array(ns, pa.int64()), pa.array(lines, pa.int64()), pa.array(flaws, pa.string())]
    return pa.table([*places, *(pa.array(column, pa.string()) for column in columns)], names=names)


def _pass_header(stream: BinaryIO, table: Table) -> int:
    """Leave the header behind; return how many lines it took. One of several lines needs patience."""
    encoding = table.encoding
    if encoding.startswith("utf-16"):
        raise cutting.NeedsPatience
    first = [stream.readline(cutting.LONGEST_LINE) for _ in range(table.header.row + 1)]
    if any(line.count(b'"') % 2 for line in first) or not first[-1].endswith(b"\n"):
        raise cutting.NeedsPatience
    return len(first)


def _fitted(row: Sequence[str], width: int, flaw: str | None) -> tuple[str | None, Sequence[str | None]]:
    """Give a row as many cells as the header has: what is missing at its end is empty."""
    cells_of_row: list[str | None] = [cell or None for cell in row[:width]]
    beyond = [cell for cell in row[width:] if cell.strip()]
    if beyond:
        flaw = flaw or Reason.TOO_MANY_CELLS
        cells_of_row[-1] = " | ".join([cells_of_row[-1] or "", *beyond])
    return flaw, [*cells_of_row, *[None] * (width - len(cells_of_row))]


def _sheet_rows(table: Table) -> Iterator[tuple[int, str | None, list[str]]]:
    try:
        with python_calamine.load_workbook(str(table.path)) as workbook:
            sheet = workbook.get_sheet_by_name(table.sheet or "")
            top = sheet.start[0] if sheet.start else 0
            for number, row in enumerate(sheet.iter_rows(), 1):
                if number <= table.header.row + 1:
                    continue
                texts = [cells.text_of(cell) for cell in row]
                flaw = Reason.BAD_CHARACTERS if any("\0" in text for text in texts) else None
                yield top + number, flaw, [text.replace("\0", "\ufffd") for text in texts]
    except (python_calamine.CalamineError, OSError) as error:
        raise BrokenWorkbook(name=table.name) from error


def _text_rows(table: Table, notes: Notes) -> Iterator[tuple[int, str | None, list[str]]]:
    yield from islice(_records(_lines(table, notes), table.delimiter), table.header.row + 1, None)


def _lines(table: Table, notes: Notes) -> Iterator[tuple[str, str | None]]:
    """Return every line, each decoded by itself: a file glued from two may have two encodings."""
    by_line = not table.encoding.startswith("utf-16")
    with table.path.open("rb") as stream:
        old_mac = b"\n" not in stream.read(cutting.BLOCK)
        stream.seek(0)
        raw_lines: Iterator[bytes] = _cut(stream, old_mac=old_mac) if by_line else _recoded(stream, table.encoding)
        for raw in raw_lines:
            encoding = encodings.UTF_8 if not by_line else table.encoding
            if by_line and not encoding.startswith("utf") and encodings.is_utf8_line(raw):
                text, other = raw.decode(encodings.UTF_8), True
            else:
                text, other = encodings.decode_line(raw, encoding)
            notes.lines_in_other_encoding += other
            broken = "\0" in text or "\ufffd" in text
            yield text.replace("\0", "\ufffd").removesuffix("\r"), Reason.BAD_CHARACTERS if broken else None


def _cut(stream: BinaryIO, *, old_mac: bool) -> Iterator[bytes]:
    """Cut a file into lines; raise RowsTooLarge about one without end."""
    end = b"\r" if old_mac else b"\n"
    rest = b""
    while block := stream.read(cutting.BLOCK):
        *lines, rest = (rest + block).split(end)
        yield from lines
        if len(rest) > cutting.LONGEST_LINE:
            raise RowsTooLarge
    if rest:
        yield rest


def _recoded(stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    rest = ""
    while block := stream.read(cutting.BLOCK):
        *lines, rest = (rest + decoder.decode(block)).split("\n")
        for line in lines:
            yield line.encode()
        if len(rest) > cutting.LONGEST_LINE:
            raise RowsTooLarge
    if rest:
        yield rest.encode()


def _records(lines: Iterator[tuple[str, str | None]], delimiter: str) -> Iterator[tuple[int, str | None, list[str]]]:
    """Put lines together to records; a quote that is never closed is a letter like others."""
    csv.field_size_limit(cutting.LONGEST_LINE * 2)
    number = 0
    waiting: list[tuple[str, str | None]] = []
    while True:
        text, flaw = waiting.pop(0) if waiting else next(lines, (None, None))
        if text is None:
            return
        number += 1
        if '"' not in text:
            yield number, flaw, text.split(delimiter)
            continue
        row = _parsed(text, delimiter)
        taken = [(text, flaw)]
        while row is None and len(taken) < _MOST_LINES_OF_A_ROW:
            more = waiting.pop(0) if waiting else next(lines, None)
            if more is None:
                break
            taken.append(more)
            row = _parsed("\n".join(part for part, _flaw in taken), delimiter)
        if row is None:
            waiting = taken[1:] + waiting
            yield number, flaw, text.split(delimiter)
        else:
            yield number, next(filter(None, (flaw for _text, flaw in taken)), None), row
            number += len(taken) - 1


def _parsed(text: str, delimiter: str) -> list[str] | None:
    """Return the cells of a record, None where a quote is still open."""
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True, skipinitialspace=True), [])
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            return None
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return text.split(delimiter)


def row_size(table: Table) -> float:
    """Guess the bytes of a row from the beginning of a file; a workbook is packed."""
    if table.sheet is not None:
        return 30.0
    with table.path.open("rb") as stream:
        sample = stream.read(_SAMPLE)
    return max(len(sample) / max(sample.count(b"\n"), 1), 1.0)
