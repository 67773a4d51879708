"""What a subject contributes to the columnar mirror, declared without a database.

A group is pulled from PostgreSQL and replaced together: when a row of one of its source tables
changes, the key of the group goes to `fact_change` and every row of that key is made anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal, Protocol

from vernost.core.registry import Registry

if TYPE_CHECKING:
    from ibis.expr.types import Table

Scope = Literal["group", "branch", "customer", "vehicle", "invitation"]
"""How rows belong to branches: not at all, by their `branch_id`, or as their customer, vehicle or invitation does."""


@dataclass(frozen=True, slots=True)
class Pull:
    """A SELECT of PostgreSQL without WHERE; `key` is the SQL expression of the group's key in it.

    Money is selected as whole kopecks (`(amount * 100)::bigint`): adbc hands numeric over as text.
    Each text of `folded` comes a second time as `<name>_key`: in lower case without outer blanks.
    """

    name: str
    key: str
    sql: str
    folded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FactTable:
    """A table of the mirror. `columns` maps a name to an Ibis type, in order.

    `sql` is a SELECT of DuckDB over the group's pulls (and over tables before it in the group). Its
    rows lie in the order of `order_by`, or as they came; those that have changed since a full build in any order.
    Of the rows that are equal in `first_of` exactly one has `first`, of those of some branches too.
    """

    name: str
    columns: Mapping[str, str]
    sql: str
    scope: Scope
    order_by: tuple[str, ...] = ()
    first_of: tuple[str, ...] = ()


class Tables(Protocol):
    """Where a definition finds the tables of the mirror: a version of it, or a part of one."""

    def table(self, name: str, /) -> "Table": ...


@dataclass(frozen=True, slots=True)
class Derived:
    """What is known of each key at the end of a day, as an expression over other tables of the mirror.

    `make` gets those tables and the day. `made_of` maps each of them to its column of the key, whose
    row is made anew when theirs change; an empty column: every row is. The table's column `settled_on`
    is the last day that anything in the row depends on: from it on the row holds. A table without it
    tells every day by itself. `reads` names the columns that the expression needs of a table that has many
    rows: a refresh reads no others; of a table left out it reads all.
    """

    make: "Callable[[Tables, date], Table]"
    made_of: Mapping[str, str]
    reads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class FactGroup:
    """`code` is the word that `fact_change` uses; `key` the int64 column of every table of the group."""

    code: str
    key: str
    tables: tuple[FactTable, ...]
    pulls: tuple[Pull, ...] = ()
    touched_by: Mapping[str, str] = field(default_factory=dict)
    """PostgreSQL table -> its column that holds the key: what the triggers watch."""
    derived: Derived | None = None
    """How the group's one table is made where it is not pulled."""


fact_groups: Registry[FactGroup] = Registry("fact groups")


def declared_tables() -> dict[str, FactTable]:
    return {table.name: table for group in fact_groups for table in group.tables}
