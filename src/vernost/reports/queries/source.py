"""The mirror that a page reads, and the names that are not in it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection

from vernost import facts
from vernost.accounts.facts import reference_sql
from vernost.accounts.models import User
from vernost.accounts.queries import branches_visible_to
from vernost.core.actor import Actor
from vernost.facts import mirror
from vernost.invitations.models import Programme

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table


@dataclass(frozen=True, slots=True)
class Source:
    """An open version of the mirror and the moment whose data it holds."""

    con: "Backend"
    refreshed_at: datetime

    def rows(self, table: "Table") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.con.to_pyarrow(table).to_pylist()
        return found


def open_source() -> Source:
    """Open the newest version, or raise `mirror.MirrorMissing`."""
    return Source(facts.connect(), mirror.current().refreshed_at)


def programme_titles() -> dict[str, str]:
    return dict(Programme.objects.values_list("code", "title"))


def branch_names(actor: Actor) -> dict[int, str]:
    return dict(branches_visible_to(actor).order_by("name", "pk").values_list("pk", "name"))


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


def user_names(user_ids: Collection[int]) -> dict[int, str]:
    users = User.objects.filter(pk__in=user_ids).order_by("last_name", "first_name", "username")
    return {user.pk: user.display_name for user in users}
