"""The mirror that a page reads, and the names that are not in it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vernost import facts
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


def user_names(user_ids: Collection[int]) -> dict[int, str]:
    users = User.objects.filter(pk__in=user_ids).order_by("last_name", "first_name", "username")
    return {user.pk: user.display_name for user in users}
