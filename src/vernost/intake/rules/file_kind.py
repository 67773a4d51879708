"""What an entry of the registry of file kinds says: its columns, its table, what follows from a row.

A kind is data for the engine in `operations`. Its SQL of DuckDB speaks of a row by these names:
`v_<column>` the value, `v_<column>_timed` (moments), `v_<column>_rest` (contacts), `fk_<column>` the id in
our database of what a reference names, `d_<name>` a derived value, `pk` the row's own id, `zone` the time zone
of its branch. `$zone` is the installation's zone, `$known_on` the day from which new orders are known,
`$has_<column>` whether the file has the column. SQL of PostgreSQL has the parameters `%(source)s`,
`%(today)s`, `%(zone)s`, `%(address_kinds)s`.
"""

from dataclasses import dataclass
from typing import Final

from vernost.intake.rules.reasons import Reason, Warning  # noqa: A004 - a file's warning
from vernost.intake.rules.types import ColumnType, Moment, Reference

# Parts of a key of several columns are put together with it.
KEY_SEPARATOR: Final = "\x1f"


@dataclass(frozen=True, slots=True)
class Column:
    """`own`: an administrator's field, with the `title` that he gave it."""

    name: str
    type: ColumnType
    required: bool = False
    title: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """A value computed from others of the row, or from those derived before it."""

    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Check:
    """A row for which `sql` is true is refused, with the cell of `column`."""

    column: str
    sql: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Notice:
    """A row for which `sql` is true is taken, and the file warned of it."""

    warning: Warning
    sql: str


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the kind's table. It is left alone where the file has none of the columns `of`.

    `once`: written with a new row, never with a changed one.
    """

    name: str
    sql: str
    of: tuple[str, ...] = ()
    once: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of another table that a new row brings with it. `sql` selects the columns from the table `fresh`."""

    table: str
    columns: tuple[str, ...]
    sql: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Rows that are put into a table of their own (`name`) first, and from there where they belong.

    `columns` are names and PostgreSQL types; `sql` selects them from the table `fresh`, which has the rows
    of the verdicts `on`. `statements` are PostgreSQL's, run only where there are rows. `of`: only for files that
    have one of these columns.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    sql: str
    statements: tuple[str, ...]
    on: tuple[str, ...] = ("new", "changed")
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OldValue:
    """How a preview shows a column as it was: PostgreSQL over the kind's table `t`."""

    column: str
    sql: str


@dataclass(frozen=True)
class FileKind:
    """One kind of file of the exchange format. Kinds are taken in the order of `position`.

    `key` are the columns that tell a record; `key_sql` is the same key in PostgreSQL over the kind's table
    `t`, empty for the source's own `external_id`. `branch` is the column whose branch gives the time zone.
    `bulk` are the tables whose indexes are made after a first load. `search_keys` names what of a customer
    is searched by the kind's columns: `names` or `cars`. `alone` is a column of which the file is warned where
    two records have the same value. `lines_of` is the reference whose lines the rows are:
    they have no id of their own.
    """

    code: str
    title: str
    position: int
    table: str
    columns: tuple[Column, ...]
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ("id",)
    key_sql: str = ""
    derived: tuple[Derived, ...] = ()
    checks: tuple[Check, ...] = ()
    notices: tuple[Notice, ...] = ()
    rows: tuple[Rows, ...] = ()
    merges: tuple[Merge, ...] = ()
    old_values: tuple[OldValue, ...] = ()
    branch: str = ""
    bulk: tuple[str, ...] = ()
    search_keys: str = ""
    lines_of: str = ""
    alone: str = ""

    @property
    def references(self) -> tuple[tuple[Column, Reference], ...]:
        return tuple((column, column.type) for column in self.columns if isinstance(column.type, Reference))

    @property
    def moments(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if isinstance(column.type, Moment))

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def plain(name: str, *, target: str = "", empty: str = "", once: bool = False) -> Field:
    """A field that holds a column's value; `empty` is SQL of what an empty cell means."""
    value = f"v_{name}"
    return Field(target or name, f"coalesce({value}, {empty})" if empty else value, (name,), once=once)


def text(name: str, *, target: str = "") -> Field:
    return plain(name, target=target, empty="''")


def linked(name: str, *, target: str = "") -> Field:
    return Field(target or name, f"fk_{name}", (name,))
