"""Which kind of file a table is, where its header stands, how its text is written."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import python_calamine

from vernost.intake.operations import cells
from vernost.intake.operations.failures import (
    BrokenWorkbook,
    EmptyFile,
    MissingColumns,
    NotATable,
    NothingKnown,
    RepeatedColumns,
    TooManyColumns,
    Unreadable,
)
from vernost.intake.operations.opening import Found
from vernost.intake.queries import file_kinds
from vernost.intake.rules import encodings, headers, vocabulary
from vernost.intake.rules.file_kind import FileKind
from vernost.intake.rules.headers import Header
from vernost.intake.rules.staging import UNNAMED

SAMPLE: Final = 1024 * 1024
# The workbench holds a batch of rows, with every cell of theirs, in its share of memory.
_MOST_COLUMNS: Final = 300
_DELIMITERS: Final = (";", ",", "\t", "|")

# The dealer's own names of columns: kind → name in the file → column.
OwnColumns = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Table:
    """A file, or a sheet of a workbook, that will be imported. `encoding` and `delimiter` are of a text."""

    path: Path
    name: str
    kind: FileKind
    header: Header
    encoding: str = ""
    delimiter: str = ""
    sheet: str | None = None

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    @property
    def cells(self) -> tuple[str, ...]:
        """Return a name for every cell of a row: the column, else what the file calls it."""
        taken: set[str] = {column for column in self.header.columns if column}
        names = []
        for number, (column, cell) in enumerate(zip(self.header.columns, self.header.cells, strict=True), 1):
            name = column
            if name is None:
                name = cell.strip() or f"{UNNAMED}{number}"
                name = name if name not in taken else f"{name} #{number}"
                taken.add(name)
            names.append(name)
        return tuple(names)


@dataclass(frozen=True)
class Recognised:
    """The tables of an import in the order in which they are taken, and the names of what is left out."""

    tables: tuple[Table, ...]
    left_out: tuple[str, ...]
    empty: tuple[str, ...]


def recognise(files: Sequence[Found], own: OwnColumns, *, name: str) -> Recognised:
    """Tell what each file is. A file that has a known name and cannot be read stops the import before it begins."""
    tables: list[Table] = []
    left_out: list[str] = []
    empty: list[str] = []
    for file in files:
        if file.path.stat().st_size == 0:
            empty.append(file.name)
            continue
        found = list(_of_workbook(file, own) if file.is_workbook else _of_text(file, own))
        tables += found
        if not found:
            left_out.append(file.name)
    if not tables:
        raise EmptyFile(name=empty[0]) if empty and not left_out else NothingKnown(name=name)
    tables.sort(key=lambda table: (table.kind.position, table.name))
    return Recognised(tuple(tables), tuple(left_out), tuple(empty))


def _of_text(file: Found, own: OwnColumns) -> Iterator[Table]:
    with file.path.open("rb") as stream:
        sample = stream.read(SAMPLE)
        whole = not stream.read(1)
    encoding = encodings.detect(sample, whole=whole)
    lines = _lines(sample.decode(encoding, errors="replace"))
    named = headers.kind_by_name(file.name, file_kinds())
    kinds = [named] if named else file_kinds()
    best: tuple[FileKind, Header, str] | None = None
    for delimiter in _DELIMITERS:
        rows = list(_rows(lines, delimiter))
        if named:
            header = headers.find(rows, named, own.get(named.code, {}))
            found = (named, header) if header else None
        else:
            found = headers.recognise(rows, kinds, own)
        if found and (best is None or found[1].known > best[1].known):
            best = (*found, delimiter)
    if best:
        _check(file, best[0], best[1])
        yield Table(file.path, file.name, best[0], best[1], encoding, best[2])
    elif named:
        raise NotATable(name=file.name, kind=named.code)


def _of_workbook(file: Found, own: OwnColumns) -> Iterator[Table]:
    named = headers.kind_by_name(file.name, file_kinds())
    try:
        with python_calamine.load_workbook(str(file.path)) as workbook:
            for sheet in workbook.sheet_names:
                rows = _first_rows(workbook.get_sheet_by_name(sheet))
                if not rows:
                    continue
                kind = named or headers.kind_by_name(sheet, file_kinds())
                header = headers.find(rows, kind, own.get(kind.code, {})) if kind else None
                found = (kind, header) if kind and header else headers.recognise(rows, file_kinds(), own)
                if not found:
                    continue
                _check(file, *found)
                title = file.name if named else f"{file.name}/{sheet}"
                yield Table(file.path, title, *found, sheet=sheet)
                if named:
                    return
    except Unreadable:
        raise
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise BrokenWorkbook(name=file.name) from error
    if named:
        raise NotATable(name=file.name, kind=named.code)


def _first_rows(sheet: Any) -> list[list[str]]:  # noqa: ANN401 - a class of compiled code
    rows = []
    for row in sheet.iter_rows():
        rows.append([cells.text_of(cell) for cell in row])
        if len(rows) == headers.PREAMBLE:
            break
    return rows


def _check(file: Found, kind: FileKind, header: Header) -> None:
    if len(header.cells) > _MOST_COLUMNS:
        raise TooManyColumns(name=file.name, limit=_MOST_COLUMNS)
    if header.missing:
        if header.known * 2 <= len([cell for cell in header.cells if cell.strip()]) and header.known < len(
            header.missing
        ):
            raise NotATable(name=file.name, kind=kind.code)
        raise MissingColumns(name=file.name, columns=", ".join(header.missing))
    if header.repeated and len({vocabulary.key(cell) for cell in header.cells}) < len(header.cells):
        raise RepeatedColumns(name=file.name, columns=", ".join(header.repeated))


def _lines(text: str) -> list[str]:
    end = "\n" if "\n" in text else "\r"
    return [line.removesuffix("\r") for line in text.split(end)[: headers.PREAMBLE]]


def _rows(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)
    except csv.Error:
        return
