"""Directories: lists that an administrator keeps. A value is archived or merged into another, never removed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max

from vernost.accounts.operations import record_change
from vernost.core import names
from vernost.core.actor import Actor
from vernost.core.custom_fields import targets
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.core.wall import whole_group_rows
from vernost.customers.models import Directory, DirectoryValue
from vernost.customers.queries import fields as queries
from vernost.customers.rules import fields as rules

MOST_VALUES: Final = 2_000
# Who has the heir already loses the other; everybody else gets it.
_MERGE = (
    """DELETE FROM {table} v WHERE v.field_id = ANY(%(fields)s) AND v.value = %(gone)s
          AND EXISTS (SELECT FROM {table} o WHERE o.{column} = v.{column} AND o.field_id = v.field_id
                         AND o.value = %(heir)s)""",
    "UPDATE {table} SET value = %(heir)s, key = %(heir)s WHERE field_id = ANY(%(fields)s) AND value = %(gone)s",
)


class TitleMissing(DomainError):
    code = "directory_title_missing"
    text = _("A name is missing")


class TitleTaken(DomainError):
    code = "directory_title_taken"
    text = _("“%(title)s” is there already")


class TooManyValues(DomainError):
    code = "too_many_directory_values"
    text = _("A directory holds at most %(most)s values")


class MergeIntoItself(DomainError):
    code = "merge_into_itself"
    text = _("Choose another value to merge into")


class DirectoryInUse(DomainError):
    code = "directory_in_use"
    text = _("Fields use this directory: %(fields)s. Archive them first.")


@transaction.atomic
def add_directory(*, title: str, titles: Sequence[str] = (), actor: Actor, now: datetime) -> Directory:
    """Make a directory with its first values."""
    title = _tidy(title)
    standing = list(Directory.objects.all())
    if names.sort_key(title) in {names.sort_key(one.title) for one in standing if not one.archived_at}:
        raise TitleTaken(title=title)
    code = value_code(title, [one.code for one in standing])
    directory = Directory.objects.create(code=code, title=title)
    _note(directory.pk, "added", {"title": [None, title]}, actor, now)
    add_values(directory_id=directory.pk, titles=titles, actor=actor, now=now)
    return directory


@transaction.atomic
def rename_directory(*, directory_id: int, title: str, actor: Actor, now: datetime) -> None:
    directory, title = _locked(directory_id), _tidy(title)
    if directory.title != title:
        before, directory.title = directory.title, title
        directory.save(update_fields=["title"])
        _note(directory_id, "changed", {"title": [before, title]}, actor, now)


@transaction.atomic
def archive_directory(*, directory_id: int, archived: bool, actor: Actor, now: datetime) -> None:
    directory = _locked(directory_id)
    users = directory.fields.filter(archived_at=None).order_by("title").values_list("title", flat=True)
    if archived and users:
        raise DirectoryInUse(fields=", ".join(users))
    if (directory.archived_at is not None) != archived:
        directory.archived_at = now if archived else None
        directory.save(update_fields=["archived_at"])
        _note(directory_id, "archived" if archived else "restored", {}, actor, now)


@transaction.atomic
def add_values(*, directory_id: int, titles: Sequence[str], actor: Actor, now: datetime) -> int:
    """Add values at the end, each title once; those that are there already are left out. Return how many came."""
    directory = _locked(directory_id)
    standing = list(directory.values.all())
    known = {names.sort_key(one.title) for one in standing if one.merged_into_id is None}
    wanted = {names.sort_key(title): names.tidy(title)[: rules.LONGEST_TEXT] for title in titles}
    new = [title for key, title in wanted.items() if key and key not in known]
    if len(standing) + len(new) > MOST_VALUES:
        raise TooManyValues(most=MOST_VALUES)
    last = directory.values.aggregate(last=Max("position"))["last"] or 0
    taken = [one.code for one in standing]
    rows = []
    for position, title in enumerate(new, last + 1):
        taken.append(value_code(title, taken))
        rows.append(DirectoryValue(directory=directory, code=taken[-1], title=title, position=position))
    DirectoryValue.objects.bulk_create(rows)
    if new:
        _note(directory_id, "values_added", {"values": [[], new]}, actor, now)
    return len(new)


@transaction.atomic
def rename_value(*, value_id: int, title: str, actor: Actor, now: datetime) -> None:
    """Call a value otherwise, everywhere at once: records hold its code."""
    value, title = _value(value_id), _tidy(title)
    others = DirectoryValue.objects.filter(directory=value.directory_id, merged_into=None).exclude(pk=value_id)
    if names.sort_key(title) in {names.sort_key(other.title) for other in others}:
        raise TitleTaken(title=title)
    if value.title != title:
        before, value.title = value.title, title
        value.save(update_fields=["title"])
        _note(value.directory_id, "changed", {"value": [before, title]}, actor, now)


@transaction.atomic
def order_values(*, directory_id: int, value_ids: Sequence[int], actor: Actor, now: datetime) -> None:
    """Put values into an order; those that are not named come after."""
    directory = _locked(directory_id)
    rows = {row.pk: row for row in directory.values.order_by("position", "pk")}
    named = [pk for pk in dict.fromkeys(value_ids) if pk in rows]
    before = list(rows)
    after = [*named, *(pk for pk in before if pk not in named)]
    if after == before:
        return
    for position, pk in enumerate(after, 1):
        rows[pk].position = position
    DirectoryValue.objects.bulk_update(rows.values(), ["position"])
    _note(directory_id, "ordered", {}, actor, now)


@transaction.atomic
def archive_value(*, value_id: int, archived: bool, actor: Actor, now: datetime) -> None:
    value = _value(value_id)
    if (value.archived_at is not None) != archived:
        value.archived_at = now if archived else None
        value.save(update_fields=["archived_at"])
        _note(
            value.directory_id,
            "archived" if archived else "restored",
            {"value": [value.title, value.title]},
            actor,
            now,
        )


# A directory is the same one in every branch.
@whole_group_rows()
@transaction.atomic
def merge_values(*, value_id: int, into_id: int, actor: Actor, now: datetime) -> int:
    """Let one value take the place of another on every record; return how many records had it."""
    gone, heir = _value(value_id), _value(into_id)
    if gone.pk == heir.pk or gone.directory_id != heir.directory_id or heir.merged_into_id or gone.merged_into_id:
        raise MergeIntoItself
    changed = 0
    for target in targets:
        fields = [
            one.id for one in queries.definitions(target.code, archived=True) if one.directory_id == gone.directory_id
        ]
        if fields:
            values: dict[str, Any] = {"fields": fields, "gone": gone.code, "heir": heir.code}
            with connection.cursor() as cursor:
                for statement in _MERGE:
                    cursor.execute(statement.format(table=target.table, column=target.column), values)
                    changed += cursor.rowcount
    DirectoryValue.objects.filter(merged_into=gone).update(merged_into=heir)
    gone.merged_into = heir
    gone.save(update_fields=["merged_into"])
    _note(
        gone.directory_id, "values_merged", {"value": [gone.title, heir.title], "records": [None, changed]}, actor, now
    )
    return changed


def value_code(title: str, taken: Collection[str]) -> str:
    return rules.code_of(title, [f"{rules.PREFIX}{code}" for code in taken]).removeprefix(rules.PREFIX)


def _tidy(title: str) -> str:
    words = names.tidy(title)[: rules.LONGEST_TEXT]
    if not words:
        raise TitleMissing
    return words


def _locked(directory_id: int) -> Directory:
    return Directory.objects.select_for_update().get(pk=directory_id)


def _value(value_id: int) -> DirectoryValue:
    """Lock the directory of a value first: two merges at once would make a ring."""
    value = DirectoryValue.objects.get(pk=value_id)
    _locked(value.directory_id)
    value.refresh_from_db()
    return value


def _note(directory_id: int, action: str, fields: dict[str, list[object]], actor: Actor, now: datetime) -> None:
    record_change(subject="directory", subject_id=directory_id, action=action, fields=fields, actor=actor, now=now)
