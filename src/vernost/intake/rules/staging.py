"""The SQL with which DuckDB turns cells into values: made once for a file, run for each piece of it.

The table `raw` has `n` (the row's place), `line`, `flaw` (what a reader found wrong, or NULL) and the cells
`c0`, `c1` … of the file. The table `staged` has what `file_kind` tells of, `key`, `hash` and `fault`: 0 for a
row that can be read, `JUNK` for one that is no record, else the number of a check, counted from 1.

Nearly all rows are written as usual, and whatever reads any way of writing is dear: DuckDB makes the patterns of a lambda
anew for each vector of rows in which one cell needs it. So a piece may be staged in its usual form first, which leaves
the rows that it cannot answer for `ODD`, to be staged again by themselves.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vernost.intake.rules.file_kind import KEY_SEPARATOR, Column, FileKind
from vernost.intake.rules.reasons import Reason
from vernost.intake.rules.types import ContactList, Moment, Place, Reference, quoted

JUNK: Final = -1
ODD: Final = -2
# How a cell without a name in the header is called: #1, #2 …
UNNAMED: Final = "#"
# First letters of «Итого», «Всего», Total.
_TOTALS: Final = ", ".join(str(ord(letter)) for letter in "ИиВвTt")
# What a reader may find wrong with a row before its cells are looked at.
FLAWS: Final = (Reason.TOO_MANY_CELLS, Reason.BAD_CHARACTERS)


@dataclass(frozen=True, slots=True)
class Fault:
    """A check of a file; `column` is empty for the row as a whole."""

    column: str
    reason: Reason


@dataclass(frozen=True)
class Staging:
    """`cells` are the columns of the file in order: a column of the kind, or the file's own name of one."""

    kind: FileKind
    cells: tuple[str, ...]
    zone: str
    known_on: str = ""

    @property
    def present(self) -> frozenset[str]:
        return frozenset(self.cells) & {column.name for column in self.kind.columns}

    @property
    def contact_columns(self) -> tuple[tuple[Column, ContactList], ...]:
        """Return the columns whose unusual cells are read one by one."""
        return tuple(
            (column, column.type)
            for column in self.kind.columns
            if isinstance(column.type, ContactList) and column.name in self.present
        )

    def cell(self, column: str) -> str:
        return f"c{self.cells.index(column)}"

    def filled(self, sql: str) -> str:
        """Put the parameters of this import into SQL of DuckDB."""
        values = {
            "zone": quoted(self.zone),
            "known_on": f"DATE {quoted(self.known_on)}" if self.known_on else "NULL::DATE",
        }

        def value(match: "re.Match[str]") -> str:
            name = match[1]
            return values[name] if name in values else str(name.removeprefix("has_") in self.present).lower()

        return re.sub(r"\$(zone|known_on|has_\w+)", value, sql)

    def plain_contacts(self, column: Column, kind: ContactList) -> str:
        """Read the cells that hold nothing but addresses into a table; the others stay NULL in it."""
        cell = self.cell(column.name)
        return f"""CREATE OR REPLACE TEMP TABLE plain_{column.name} AS
            SELECT n, {cell} AS cell,
                   CASE WHEN len(found) = 1 OR len(list_distinct(found)) = len(found) THEN found END AS found
              FROM (SELECT n, {cell}, {kind.plain}({cell}) AS found FROM raw WHERE {cell} IS NOT NULL)"""

    def stage(self, *, usual: bool = False) -> str:
        """SQL of the table `staged`; in its usual form, rows that are not surely good are `ODD`."""
        values = ", ".join(self._values(usual=usual))
        derived = ", ".join(f"{derived.sql} AS d_{derived.name}" for derived in self.kind.derived)
        inner = f"SELECT raw.*, {self._zone()} AS zone, {values} FROM raw {self._joins()}"
        if derived:
            inner = f"SELECT *, {self.filled(derived)} FROM ({inner})"
        return f"""
            SELECT * EXCLUDE ({", ".join(f"c{i}" for i in range(len(self.cells)))}, flaw),
                   {self._key()} AS key, {self._hash()} AS hash,
                   ({self._oddity() if usual else self._fault()})::SMALLINT AS fault
              FROM ({inner})"""

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return what the numbers in `fault` mean: the first is 1."""
        return tuple(fault for fault, _condition in self._conditions())

    def whole_row(self) -> str:
        """SQL of the row as JSON, for the quarantine."""
        pairs = ", ".join(f"{quoted(name)}, c{i}" for i, name in enumerate(self.cells))
        return f"json_object({pairs})"

    def _values(self, *, usual: bool) -> list[str]:
        values: list[str] = []
        for column in self.kind.columns:
            name, kind = column.name, column.type
            raw = self.cell(name) if name in self.present else f"NULL::{'VARCHAR'}"
            if name not in self.present:
                values.append(f"NULL::{kind.duck} AS v_{name}")
            elif isinstance(kind, ContactList):
                values.append(
                    f"CASE WHEN plain_{name}.found IS NOT NULL THEN {kind.value(f'plain_{name}.found')}"
                    f" ELSE read_{name}.found END AS v_{name}"
                )
            else:
                value = kind.usual(raw) if usual else kind.value(raw)
                values.append(f"{value.replace('@zone', self._zone())} AS v_{name}")
            if isinstance(kind, Moment):
                timed = f"coalesce(has_clock({raw}), false)" if name in self.present else "false"
                values.append(f"{timed} AS v_{name}_timed")
            if isinstance(kind, ContactList):
                rest = f"coalesce(read_{name}.rest, [])" if name in self.present else "[]::VARCHAR[]"
                values.append(f"{rest} AS v_{name}_rest")
        return values

    def _zone(self) -> str:
        default = quoted(self.zone)
        return f"coalesce(zones.timezone, {default})" if self._has_branch() else default

    def _has_branch(self) -> bool:
        return bool(self.kind.branch) and self.kind.branch in self.present

    def _joins(self) -> str:
        joins = [
            f"LEFT JOIN plain_{column.name} ON plain_{column.name}.n = raw.n"
            f" LEFT JOIN read_{column.name} ON plain_{column.name}.found IS NULL"
            f" AND read_{column.name}.cell = raw.{self.cell(column.name)}"
            for column, _kind in self.contact_columns
        ]
        if self._has_branch():
            joins.append(f"LEFT JOIN zones ON zones.external_id = clean_text(raw.{self.cell(self.kind.branch)})")
        return " ".join(joins)

    def _key(self) -> str:
        separator = f", {quoted(KEY_SEPARATOR)}, "
        if len(self.kind.key) == 1:
            return f"v_{self.kind.key[0]}"
        return f"concat({separator.join(f'v_{name}' for name in self.kind.key)})"

    def _hash(self) -> str:
        """Return a number that changes with any value. A test asks that DuckDB's function stay as it is."""
        # A field that an administrator has just added changes no row of a file that does not have it.
        named = [column for column in self.kind.columns if not column.own or column.name in self.present]
        identity = ", ".join(column.type.identity(f"v_{column.name}") for column in named)
        return f"(hash({identity}) >> 1)::BIGINT"

    def _fault(self) -> str:
        checks = " ".join(f"WHEN {condition} THEN {n}" for n, (_fault, condition) in enumerate(self._conditions(), 1))
        return f"CASE {self._junk()} {checks} ELSE 0 END"

    def _oddity(self) -> str:
        """Ask more widely than `_fault`, and more cheaply."""
        places = [
            (column, Place(self.cell(column.name), f"v_{column.name}"))
            for column in self.kind.columns
            if column.name in self.present
        ]
        required = [f"v_{column.name}" for column in self.kind.columns if column.required]
        odd = [
            "flaw IS NOT NULL",
            *(f"{value} IS NULL" for value in required),
            *(column.type.unusual(place) for column, place in places),
            *(check.sql for check in self.kind.checks),
            f"ascii({required[0]}) IN ({_TOTALS}) AND is_total({required[0]})",
            *self._alone(required),
        ]
        return f"CASE WHEN {' OR '.join(f'({sql})' for sql in odd)} THEN {ODD} ELSE 0 END"

    def _alone(self, required: Sequence[str]) -> list[str]:
        """Ask whether a row has nothing but its only required value, like the heading of a group."""
        if len(required) > 1 or len(self.cells) == 1:
            return []
        others = ", ".join(f"c{i}" for i, name in enumerate(self.cells) if f"v_{name}" != required[0])
        return [f"coalesce({others}) IS NULL"]

    def _junk(self) -> str:
        """Ask first what costs least: nearly every row has its required values."""
        lead = next(i for i, name in enumerate(self.cells) if not name.startswith(UNNAMED))
        places = [f"c{i}" for i in range(len(self.cells))]
        cells = f"[{', '.join(places[: lead + 1])}], [{', '.join(places[lead + 1 :])}]::VARCHAR[]"
        required = [f"v_{column.name}" for column in self.kind.columns if column.required]
        first = required[0]
        lacking = " OR ".join(f"{value} IS NULL" for value in required)
        junk = [
            f"WHEN ascii({first}) IN ({_TOTALS}) AND is_total({first}) THEN {JUNK}",
            f"WHEN ({lacking}) AND is_junk({cells}) THEN {JUNK}",
        ]
        junk += [f"WHEN {alone} AND is_heading({first}, true) THEN {JUNK}" for alone in self._alone(required)]
        return " ".join(junk)

    def _conditions(self) -> list[tuple[Fault, str]]:
        conditions: list[tuple[Fault, str]] = [(Fault("", flaw), f"flaw = {quoted(flaw)}") for flaw in FLAWS]
        for column in self.kind.columns:
            if column.name in self.present:
                place = Place(self.cell(column.name), f"v_{column.name}")
                conditions += [(Fault(column.name, reason), sql) for sql, reason in column.type.faults(place)]
            if column.required:
                conditions.append((Fault(column.name, Reason.MISSING_VALUE), f"v_{column.name} IS NULL"))
        conditions += [(Fault(check.column, check.reason), check.sql) for check in self.kind.checks]
        return conditions


def shown_values(staging: Staging) -> Mapping[str, str]:
    """Map each column of a file to SQL of the value that it leaves behind, as text, for a preview."""
    fields = {field.name: field.sql for field in staging.kind.fields}
    shown = {}
    for column in staging.kind.columns:
        if column.name in staging.present:
            is_plain = not isinstance(column.type, Reference | Moment | ContactList) and column.name in fields
            printed = (
                f"({staging.filled(fields[column.name])})::VARCHAR"
                if is_plain
                else column.type.printed(f"v_{column.name}")
            )
            shown[column.name] = printed
    return shown
