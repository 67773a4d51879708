"""Saved looks at long lists: a person's own, and those that somebody shares with everybody."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from vernost.accounts.models import ListView
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _


class ViewTitleMissing(DomainError):
    code = "view_title_missing"
    text = _("The view needs a name")


def list_views(list_code: str, actor: Actor) -> list[ListView]:
    """Return the actor's own views and the shared ones of a list, his first."""
    found = ListView.objects.filter(Q(owner_id=actor.user_id) | Q(shared=True), list_code=list_code)
    rows = found.select_related("owner").order_by("title", "pk")
    return sorted(rows, key=lambda row: row.owner_id != actor.user_id)


@transaction.atomic
def save_list_view(
    *,
    list_code: str,
    title: str,
    columns: Sequence[str],
    sort: str,
    filters: Mapping[str, Any],
    shared: bool,
    actor: Actor,
) -> ListView:
    """Keep a look at a list under a name; under a name of the actor's own, in the place of that one."""
    title = " ".join(title.split())[:80]
    if not title:
        raise ViewTitleMissing
    values = {"columns": list(columns), "sort": sort, "filters": dict(filters), "shared": shared}
    key: dict[str, Any] = {"list_code": list_code, "owner_id": actor.user_id, "title": title}
    [kept] = ListView.objects.bulk_create(
        [ListView(**key, **values)],
        update_conflicts=True,
        unique_fields=["list_code", "owner", "title"],
        update_fields=list(values),
    )
    return kept


@transaction.atomic
def drop_list_view(*, view_id: int, actor: Actor) -> None:
    """Remove a view of the actor's own; DoesNotExist for another's."""
    ListView.objects.get(pk=view_id, owner_id=actor.user_id).delete()
