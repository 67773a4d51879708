"""What a subject contributes to the columnar mirror, declared without a database.

A group is pulled from PostgreSQL and replaced together: when a row of one of its source tables
changes, the key of the group goes to `fact_change` and every row of that key is made anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from vernost.core.registry import Registry

Scope = Literal["group", "branch", "customer", "vehicle", "invitation"]
"""How rows belong to branches: not at all, by their `branch_id`, or as their customer, vehicle or invitation does."""


@dataclass(frozen=True, slots=True)
class Pull:
    """A SELECT of PostgreSQL without WHERE; `key` is the SQL expression of the group's key in it.

    Money is selected as whole kopecks (`(amount * 100)::bigint`): adbc hands numeric over as text.
    """

    name: str
    key: str
    sql: str


@dataclass(frozen=True, slots=True)
class FactTable:
    """A table of the mirror. `columns` maps a name to an Ibis type, in order.

    `sql` is a SELECT of DuckDB over the group's pulls (and over tables before it in the group). Its
    rows lie in the order of `order_by`, or as they came.
    """

    name: str
    columns: Mapping[str, str]
    sql: str
    scope: Scope
    order_by: tuple[str, ...] = ()


@dataclass(slots=True)
class FactGroup:
    """`code` is the word that `fact_change` uses; `key` the int64 column of every table of the group."""

    code: str
    key: str
    pulls: tuple[Pull, ...]
    tables: tuple[FactTable, ...]
    touched_by: Mapping[str, str]
    """PostgreSQL table -> its column that holds the key: what the triggers watch."""


fact_groups: Registry[FactGroup] = Registry("fact groups")


def declared_tables() -> dict[str, FactTable]:
    return {table.name: table for group in fact_groups for table in group.tables}
