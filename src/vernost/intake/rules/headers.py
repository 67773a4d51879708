"""What a file is and what its columns are, from its name and its header row."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vernost.intake.rules import vocabulary
from vernost.intake.rules.file_kind import FileKind

# A report of 1C may have a title above its header.
PREAMBLE: Final = 30
_EXTENSION: Final = re.compile(r"\.(csv|txt|tsv|xlsx|xlsm|xls|ods)$", re.IGNORECASE)
_TAIL: Final = re.compile(r"[\d\W_]*$")
# A downloaded list heads a field with its title and, in brackets, its code.
_CODE: Final = re.compile(r"\((\w+)\)\s*$")


@dataclass(frozen=True, slots=True)
class Header:
    """`columns` names each cell of the row: a column of the kind, or None for one that is not known.

    `row` counts from 0. `repeated` are columns that two cells name: the first of them counts.
    """

    row: int
    columns: tuple[str | None, ...]
    cells: tuple[str, ...]
    missing: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()

    @property
    def known(self) -> int:
        return sum(column is not None for column in self.columns)

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(
            cell for cell, column in zip(self.cells, self.columns, strict=True) if column is None and cell.strip()
        )


def kind_by_name(name: str, kinds: Iterable[FileKind]) -> FileKind | None:
    """Recognise `customers.csv`, `customers_2026-03-31.csv`, `Клиенты.xlsx`."""
    stem = _EXTENSION.sub("", name)
    for candidate in (vocabulary.key(stem), vocabulary.key(_TAIL.sub("", stem))):
        for kind in kinds:
            if candidate in vocabulary.file_names(kind.code):
                return kind
    return None


def find(rows: Sequence[Sequence[str]], kind: FileKind, own: Mapping[str, str]) -> Header | None:
    """Return the header among the first rows, the one that names most columns; None where none names any.

    `own` maps the dealer's names of columns to ours.
    """
    best: Header | None = None
    for number, cells in enumerate(rows[:PREAMBLE]):
        header = read(number, cells, kind, own)
        if header.known and (best is None or (len(best.missing), -best.known) > (len(header.missing), -header.known)):
            best = header
    return best


def recognise(
    rows: Sequence[Sequence[str]], kinds: Iterable[FileKind], own: Mapping[str, Mapping[str, str]]
) -> tuple[FileKind, Header] | None:
    """Tell the kind of a file by its header alone: all required columns, and most of the cells known."""
    found = [(kind, header) for kind in kinds if (header := find(rows, kind, own.get(kind.code, {})))]
    fitting = [
        (kind, header) for kind, header in found if not header.missing and header.known > max(len(header.unknown), 1)
    ]
    best = max((header.known for _kind, header in fitting), default=0)
    winners = [(kind, header) for kind, header in fitting if header.known == best]
    return winners[0] if len(winners) == 1 else None


def read(number: int, cells: Sequence[str], kind: FileKind, own: Mapping[str, str]) -> Header:
    """Name the cells of a row; of two cells that could be one column the likelier name has it."""
    ours = {column.name for column in kind.columns}
    meanings = [_meanings(cell, kind, ours, own) for cell in cells]
    ranked = sorted((rank, place, column) for place, means in enumerate(meanings) for column, rank in means.items())
    named: dict[int, str] = {}
    for _rank, place, column in ranked:
        if place not in named and column not in named.values():
            named[place] = column
    columns = tuple(named.get(place) for place in range(len(cells)))
    repeated = tuple(
        min(means, key=lambda name: means[name]) for place, means in enumerate(meanings) if means and place not in named
    )
    missing = tuple(column.name for column in kind.columns if column.required and column.name not in columns)
    return Header(number, columns, tuple(cells), missing, repeated)


def _meanings(cell: str, kind: FileKind, ours: Iterable[str], own: Mapping[str, str]) -> Mapping[str, int]:
    name = vocabulary.key(cell)
    told = {vocabulary.key(theirs): column for theirs, column in own.items()}.get(name)
    if told is not None and told in ours:
        return {told: -2}
    english = _english(cell, ours)
    if english:
        return {english: -1}
    coded = _CODE.search(cell)
    for one in kind.columns:
        if one.own and (vocabulary.key(one.title) == name or (coded is not None and coded[1] == one.name)):
            return {one.name: -1}
    return {column: rank for column, rank in vocabulary.column_names(kind.code).get(name, {}).items() if column in ours}


def _english(cell: str, ours: Iterable[str]) -> str | None:
    name = cell.strip().lower().replace(" ", "_").replace("-", "_")
    return name if name in ours else None
