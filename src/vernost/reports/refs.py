"""What reports of the catalogue ask the database for by themselves: they stand below the models and the queries."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db import connection

from vernost.accounts.facts import reference_sql
from vernost.core.actor import Actor

if TYPE_CHECKING:
    from ibis.expr.types import Table


@dataclass(frozen=True, slots=True)
class Name:
    """`ref` is the id of the source system."""

    ref: str
    title: str


def branches(actor: Actor) -> dict[int, Name]:
    return _named("accounts_branch", "id", actor)


def advisors(actor: Actor) -> dict[int, Name]:
    """Return the employees of the branches that the actor sees."""
    return _named("accounts_employee", "branch_id", actor)


def _named(table: str, branch: str, actor: Actor) -> dict[int, Name]:
    own = "" if actor.branch_ids is None else f"WHERE {branch} = ANY(%s)"
    statement = f"SELECT t.id, {reference_sql('t')}, t.name FROM {table} t {own} ORDER BY t.name, t.id"  # noqa: S608 - names of ours
    with connection.cursor() as cursor:
        cursor.execute(statement, [] if actor.branch_ids is None else [sorted(actor.branch_ids)])
        return {row[0]: Name(row[1], row[2]) for row in cursor.fetchall()}


def spelled(cars: "Table") -> dict[str, str]:
    """Return how makes and models of vehicles are written, by their folded keys."""
    found = cars.group_by("make_key", "model_key").aggregate(make=cars.make.max(), model=cars.model.max())
    written = {}
    for row in found.to_pyarrow().to_pylist():
        written[row["make_key"]] = row["make"]
        written[f"{row['make_key']} {row['model_key']}".strip()] = f"{row['make']} {row['model']}".strip()
    return written


@dataclass(frozen=True, slots=True)
class Written:
    """A strategy of a cell that a manager has written."""

    r: int
    m: int
    title: str
    assigned_on: date


def strategies(as_of: date) -> list[Written]:
    """Return what managers have written and what held on the day, by recency and revenue."""
    statement = "SELECT r, m, title, assigned_on FROM reports_cellstrategy WHERE assigned_on <= %s ORDER BY r, m"
    with connection.cursor() as cursor:
        cursor.execute(statement, [as_of])
        return [Written(*row) for row in cursor.fetchall()]
