"""From a table to batches of rows for the workbench, whatever its encoding, quotes and ends of lines.

A batch has the columns `n` (the row's place, from 1), `line`, `flaw` and a text or NULL for every cell.
A well-formed text goes through DuckDB's reader; anything else through a patient one in Python, which
gives every broken row its line. Nothing is guessed on the way: the quick reader refuses what it cannot read.
"""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import python_calamine

from vernost.intake.operations import cells
from vernost.intake.operations.failures import BrokenWorkbook
from vernost.intake.operations.recognising import Table
from vernost.intake.rules import encodings
from vernost.intake.rules.reasons import Reason

BATCH: Final = 400_000
PATIENT_BATCH: Final = 20_000
_BLOCK: Final = 4 * 1024 * 1024
_LONGEST_LINE: Final = 8 * 1024 * 1024
_MOST_LINES_OF_A_ROW: Final = 50
_BLANK_LINE: Final = re.compile(rb"\n\r?\n")


class NeedsPatience(Exception):
    """The quick reader cannot answer for this text."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a look over a whole text tells about how to read it."""

    has_quotes: bool
    is_regular: bool


def quick(connection: duckdb.DuckDBPyConnection, table: Table, folder: Path) -> Iterator[pa.Table]:
    """Read a text of one encoding in which every row has every cell; raise NeedsPatience about any other."""
    path = table.path
    if table.encoding not in {encodings.UTF_8, "utf-8-sig"}:
        path = folder / "transcoded.csv"
        _transcode(table, path)
    traits = _look_over(path)
    if not traits.is_regular:
        raise NeedsPatience
    width = len(table.header.cells)
    line = first = _lines_of_header(table, path)
    try:
        reader = connection.sql(_reading(path, table.delimiter, width, first, traits)).to_arrow_reader(BATCH)
        for rows in _gathered(reader):
            if traits.has_quotes:
                # A cell of several lines moves all that follow it.
                extra = pc.cumulative_sum(rows["breaks"])
                lines = pc.add(
                    pc.add(pc.subtract(rows["n"], rows["n"][0]), 1 + line), pc.subtract(extra, rows["breaks"])
                )
                line += rows.num_rows + (extra[-1].as_py() if rows.num_rows else 0)
            else:
                lines = pc.add(rows["n"], first)
            yield _batch(rows["n"], lines, None, [rows[f"c{i}"] for i in range(width)])
    except duckdb.Error as error:
        raise NeedsPatience from error
    finally:
        if path != table.path:
            path.unlink(missing_ok=True)


def patient(table: Table, notes: "Notes") -> Iterator[pa.Table]:
    """Read anything: rows that are broken come with their flaw."""
    rows = _sheet_rows(table) if table.sheet is not None else _text_rows(table, notes)
    width = len(table.header.cells)
    waiting: list[tuple[int, str | None, Sequence[str | None]]] = []
    n = 0
    for line, flaw, row in rows:
        waiting.append((line, *_fitted(row, width, flaw)))
        if len(waiting) == PATIENT_BATCH:
            yield _packed(waiting, n, width)
            n += len(waiting)
            waiting.clear()
    if waiting:
        yield _packed(waiting, n, width)


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Put the reader's small batches together: each that is taken costs some forty statements."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        if rows >= BATCH:
            yield pa.Table.from_batches(waiting)
            waiting, rows = [], 0
    if waiting:
        yield pa.Table.from_batches(waiting)


@dataclass(slots=True)
class Notes:
    """What a patient reading has noticed."""

    lines_in_other_encoding: int = 0


def _batch(n: Any, lines: Any, flaws: Any, columns: Sequence[Any]) -> pa.Table:  # noqa: ANN401 - arrays of pyarrow
    names = ["n", "line", "flaw", *(f"c{i}" for i in range(len(columns)))]
    if flaws is None:
        flaws = pa.nulls(len(n), pa.string())
    return pa.table([n, lines, flaws, *columns], names=names)


def _packed(rows: Sequence[tuple[int, str | None, Sequence[str | None]]], n: int, width: int) -> pa.Table:
    columns = [pa.array([row[2][i] for row in rows], pa.string()) for i in range(width)]
    lines = pa.array([row[0] for row in rows], pa.int64())
    flaws = pa.array([row[1] for row in rows], pa.string())
    return _batch(pa.array(range(n + 1, n + 1 + len(rows)), pa.int64()), lines, flaws, columns)


def _reading(path: Path, delimiter: str, width: int, skip: int, traits: Traits) -> str:
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    breaks = " + ".join(f"coalesce(length(c{i}) - length(replace(c{i}, chr(10), '')), 0)" for i in range(width))
    extra = f", ({breaks})::BIGINT AS breaks" if traits.has_quotes else ""
    name = str(path).replace("'", "''")
    return f"""SELECT row_number() OVER () AS n, *{extra}
        FROM read_csv('{name}', auto_detect = false, header = false, skip = {skip}, columns = {{{columns}}},
             delim = '{delimiter}', quote = '"', escape = '"', strict_mode = true, null_padding = false,
             max_line_size = 2000000, buffer_size = 8000000)"""


def _transcode(table: Table, target: Path) -> None:
    decoder = codecs.getincrementaldecoder(table.encoding)()
    with table.path.open("rb") as source, target.open("wb") as copy:
        try:
            while block := source.read(_BLOCK):
                copy.write(decoder.decode(block).encode())
            copy.write(decoder.decode(b"", final=True).encode())
        except UnicodeDecodeError as error:
            raise NeedsPatience from error


def _look_over(path: Path) -> Traits:
    """Look for what the quick reader passes over in silence: NUL, and empty lines, which lose the count."""
    has_quotes = False
    tail = b""
    blank = False
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            if blank and block.strip(b"\r\n"):
                return Traits(has_quotes, is_regular=False)
            if b"\0" in block:
                return Traits(has_quotes, is_regular=False)
            has_quotes = has_quotes or b'"' in block
            joined = tail + block if tail else block
            if b"\n\n" in joined or b"\n\r\n" in joined:
                match = _BLANK_LINE.search(joined)
                if match and joined[match.start() :].strip(b"\r\n"):
                    return Traits(has_quotes, is_regular=False)
                blank = True
            tail = block[-2:]
    return Traits(has_quotes, is_regular=True)


def _lines_of_header(table: Table, path: Path) -> int:
    """Return how many lines stand before the first row; a header of several lines needs patience."""
    with path.open("rb") as stream:
        first = [stream.readline(_LONGEST_LINE) for _ in range(table.header.row + 1)]
    if any(line.count(b'"') % 2 for line in first) or not first[-1].endswith((b"\n", b"")):
        raise NeedsPatience
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
        old_mac = b"\n" not in stream.read(_BLOCK)
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


def _cut(stream: Any, *, old_mac: bool) -> Iterator[bytes]:  # noqa: ANN401 - a binary file
    """Cut a file into lines, a line without end into pieces."""
    end = b"\r" if old_mac else b"\n"
    rest = b""
    while block := stream.read(_BLOCK):
        *lines, rest = (rest + block).split(end)
        yield from lines
        if len(rest) > _LONGEST_LINE:
            yield rest
            rest = b""
    if rest:
        yield rest


def _recoded(stream: Any, encoding: str) -> Iterator[bytes]:  # noqa: ANN401 - a binary file
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    rest = ""
    while block := stream.read(_BLOCK):
        *lines, rest = (rest + decoder.decode(block)).split("\n")
        for line in lines:
            yield line.encode()
    if rest:
        yield rest.encode()


def _records(lines: Iterator[tuple[str, str | None]], delimiter: str) -> Iterator[tuple[int, str | None, list[str]]]:
    """Put lines together to records; a quote that is never closed is a letter like others."""
    csv.field_size_limit(_LONGEST_LINE * 2)
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
