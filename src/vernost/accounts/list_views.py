"""Saved looks at long lists: a person's own, and those that somebody shares with everybody."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from vernost.accounts import audit
from vernost.accounts.models import ListView
from vernost.accounts.queries import users_visible_to
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


def removable_by(actor: Actor) -> Q:
    """Return whose saved looks the actor may remove: his own, and shared ones of the people whom he manages.

    A colleague who has left cleans nothing up himself.
    """
    own = Q(owner_id=actor.user_id)
    return own | Q(shared=True, owner__in=users_visible_to(actor)) if actor.may("users.change") else own


def removable(actor: Actor) -> QuerySet[ListView]:
    return ListView.objects.filter(removable_by(actor))


@transaction.atomic
def drop_list_view(*, view_id: int, actor: Actor, now: datetime) -> None:
    """Remove a view; DoesNotExist for one that is not the actor's to remove."""
    view = removable(actor).select_related("owner").get(pk=view_id)
    fields = {"list": [view.list_code, None], "owner": [view.owner.display_name, None]}
    audit.record_change(subject="list-view", subject_id=view.pk, action="removed", fields=fields, actor=actor, now=now)
    view.delete()
