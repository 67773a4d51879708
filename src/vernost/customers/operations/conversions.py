"""A field becomes one of another type: what would convert, what would not, and the change itself.

A record whose values do not fit the new type keeps them in an archived field of the old one: nothing is lost.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext

from vernost.accounts.operations import record_change
from vernost.core import names
from vernost.core.actor import Actor
from vernost.core.custom_fields import FieldTarget, targets
from vernost.core.errors import DomainError
from vernost.core.formats import day
from vernost.core.i18n import _
from vernost.core.wall import whole_group_rows
from vernost.customers.models import CustomField
from vernost.customers.operations import directories
from vernost.customers.operations.field_values import write
from vernost.customers.operations.fields import as_kind
from vernost.customers.queries import fields as queries
from vernost.customers.rules import fields as rules
from vernost.customers.rules.fields import LISTED, UNCHANGING, Definition, Kind, Refusal

_AT_ONCE: Final = 5_000
MOST_SAMPLES: Final = 10
MOST_NEW_VALUES: Final = 300


class CannotConvert(DomainError):
    code = "field_cannot_convert"
    text = _("A photo or file cannot become another type, nor be made of one")


class TooManyNewValues(DomainError):
    code = "too_many_new_values"
    text = _("The field holds more than %(most)s different texts: this is no directory")


@dataclass
class Conversion:
    """What a change of type would do: how many records convert, how many do not, and texts of the latter."""

    fits: int = 0
    misfits: int = 0
    samples: list[tuple[str, int]] = field(default_factory=list)
    new_values: int = 0


# A field is the same one in every branch.
@whole_group_rows()
def preview(*, field_id: int, kind: Kind, directory_id: int | None = None, fill: bool = False) -> Conversion:
    """Say what a change of type would do. `fill`: texts that the directory lacks become values of it."""
    was = queries.definition(field_id)
    after, made = _after(was, kind, directory_id, fill=fill)
    found, misfits = Conversion(new_values=len(made)), Counter[str]()
    for _record_id, values in _records(targets[was.target], was):
        text = shown(was, values)
        if _converted(after, text, values) is None:
            found.misfits += 1
            misfits[text[: rules.LONGEST_TEXT]] += 1
        else:
            found.fits += 1
    found.samples = sorted(misfits.items(), key=lambda one: (-one[1], one[0]))[:MOST_SAMPLES]
    return found


@whole_group_rows()
@transaction.atomic
def convert_field(
    *, field_id: int, kind: Kind, directory_id: int | None = None, fill: bool = False, actor: Actor, now: datetime
) -> Conversion:
    """Give a field another type, and its values the form of it."""
    row = CustomField.objects.select_for_update().get(pk=field_id)
    was = queries.definition(field_id)
    after, made = _after(was, kind, directory_id, fill=fill)
    if made and after.directory_id:
        directories.add_values(directory_id=after.directory_id, titles=made, actor=actor, now=now)
        after = as_kind(was, kind, directory_id, queries.choices_of([directory_id]).get(directory_id or 0, ()))
    row.kind, row.directory_id = after.kind, after.directory_id
    row.unit, row.least, row.most = after.unit, after.least, after.most
    row.save(update_fields=["kind", "directory", "unit", "least", "most"])
    found = Conversion(new_values=len(made))
    target, rest = targets[was.target], None
    batch: list[tuple[int, Sequence[str]]] = []
    for record_id, values in _records(target, was):
        converted = _converted(after, shown(was, values), values)
        if converted is None:
            rest = rest or _kept(row, was, now)
            queries.values_model(target).objects.filter(field_id=was.id, **{target.column: record_id}).update(
                field=rest
            )
            found.misfits += 1
        else:
            batch.append((record_id, converted))
            found.fits += 1
        if len(batch) >= _AT_ONCE:
            write(target, after, batch, actor=actor, now=now)
            batch = []
    write(target, after, batch, actor=actor, now=now)
    record_change(
        subject="field",
        subject_id=field_id,
        action="converted",
        fields={"kind": [was.kind, after.kind], "kept_apart": [None, found.misfits]},
        actor=actor,
        now=now,
    )
    return found


def _after(was: Definition, kind: Kind, directory_id: int | None, *, fill: bool) -> tuple[Definition, list[str]]:
    """Return the field of the new type and the values that its directory would get."""
    if was.kind in UNCHANGING or kind in UNCHANGING:
        raise CannotConvert
    choices = list(queries.choices_of([directory_id]).get(directory_id or 0, ())) if kind in LISTED else []
    after = as_kind(was, kind, directory_id, choices)
    if not fill or kind not in LISTED:
        return after, []
    made: dict[str, str] = {}
    for _record_id, values in _records(targets[was.target], was):
        for text in shown(was, values).split(";") if kind is Kind.CHOICES else [shown(was, values)]:
            title = names.tidy(text)[: rules.LONGEST_TEXT]
            if title and not _known(after, title):
                made.setdefault(names.sort_key(title), title)
        if len(made) > MOST_NEW_VALUES:
            raise TooManyNewValues(most=MOST_NEW_VALUES)
    taken = [one.code for one in choices]
    for title in made.values():
        taken.append(directories.value_code(title, taken))
    new = [rules.Choice(code, title) for code, title in zip(taken[len(choices) :], made.values(), strict=True)]
    return as_kind(was, kind, directory_id, [*choices, *new]), list(made.values())


def _known(definition: Definition, title: str) -> bool:
    try:
        return bool(rules.read(definition, title))
    except Refusal:
        return False


def _converted(after: Definition, text: str, values: Sequence[str]) -> tuple[str, ...] | None:
    """Return the values of the new type, None where the text is none of it."""
    if after.kind is Kind.CHOICE and len(values) > 1:
        return None
    try:
        return rules.read(after, text)
    except Refusal:
        return None


def _records(target: FieldTarget, definition: Definition) -> Iterator[tuple[int, list[str]]]:
    """Yield every record with its values; what is written meanwhile is not met again."""
    rows = queries.values_model(target).objects.filter(field_id=definition.id)
    last = 0
    while True:
        found: list[tuple[int, str]] = list(
            rows.filter(**{f"{target.column}__gt": last})
            .order_by(target.column, "place")
            .values_list(target.column, "value")[: _AT_ONCE * 2]
        )
        if not found:
            return
        groups = [(record_id, [value for _id, value in of_record]) for record_id, of_record in groupby(found, key=_id)]
        # The last record of a full page may go on beyond it.
        if len(found) == _AT_ONCE * 2 and len(groups) > 1:
            groups = groups[:-1]
        yield from groups
        last = groups[-1][0]


def _id(row: tuple[int, Any]) -> int:
    return row[0]


def shown(definition: Definition, values: Sequence[str]) -> str:
    """Return values as one text that every type reads."""
    match definition.kind:
        case Kind.CHOICE | Kind.CHOICES:
            return "; ".join(definition.title_of(value) for value in values)
        case Kind.FLAG:
            return gettext("yes") if values[0] == "1" else gettext("no")
    return values[0]


def _kept(row: CustomField, was: Definition, now: datetime) -> CustomField:
    """Make the archived field that keeps what did not convert."""
    taken = list(CustomField.objects.filter(target=row.target).values_list("code", flat=True))
    title = gettext("%(title)s (as it was before %(day)s)") % {"title": row.title, "day": day(localdate(now))}
    return CustomField.objects.create(
        target=row.target,
        code=rules.code_of(f"{row.code.removeprefix(rules.PREFIX)}_old", taken),
        title=title,
        hint=row.hint,
        unit=was.unit,
        kind=was.kind,
        directory_id=was.directory_id,
        roles=row.roles,
        position=row.position,
        archived_at=now,
    )
