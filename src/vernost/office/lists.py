"""Long lists as pages show them: how somebody looks at one, its cells in words, the list as a file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from vernost.accounts import list_views
from vernost.accounts.models import ListView
from vernost.core import formats
from vernost.core.actor import Actor
from vernost.core.rights import Sensitive
from vernost.customers.field_words import words_of
from vernost.customers.rules.field_masks import is_whole
from vernost.customers.rules.fields import KIND_FILTERS, NOT_IN_FILES, Definition, Kind
from vernost.office.own_fields import CELLS, cell_of
from vernost.reports.exports import Column, Sheet, Value
from vernost.reports.exports import Kind as CellKind
from vernost.reports.queries.lists.definition import Cell, ListColumn, Look, RecordList
from vernost.reports.queries.lists.pages import ListRow

MOST_IN_A_FILE: Final = 100_000
ADDRESSES: Final = {"customers": "office:customers", "vehicles": "office:vehicles", "orders": "office:orders"}
_COLUMN, _SORT, _VIEW, _TEXT = "c", "sort", "view", "q"
# Stands for words that somebody has typed.
_TYPED: Final = "***"
_CELLS: Mapping[str, CellKind] = {"day": "day", "money": "money", "km": "count"}


@dataclass(frozen=True, slots=True)
class Head:
    """A column of the page: one of the product, or a field. `sort` is its code where rows can be sorted by it."""

    code: str
    title: str
    kind: str
    sort: str
    column: ListColumn | None = None
    field: Definition | None = None

    @property
    def is_number(self) -> bool:
        return self.kind in {"money", "count", "km", "whole", "decimal"}


@dataclass(frozen=True, slots=True)
class ShownFilter:
    """`kind` is choice, flag, text, days or numbers; `value` what is asked, `low` and `high` of the latter two."""

    code: str
    title: str
    kind: str
    choices: Sequence[tuple[str, str]]
    value: str
    low: str
    high: str

    @property
    def is_set(self) -> bool:
        return bool(self.value or self.low or self.high)


@dataclass(frozen=True, slots=True)
class ShownCell:
    head: Head
    words: str
    value: Cell


@dataclass(frozen=True, slots=True)
class ShownRow:
    id: int
    url: str
    cells: Sequence[ShownCell]


def look_of(kind: RecordList, query: QueryDict, views: Sequence[ListView], known: Sequence[Definition]) -> Look:
    """Read the address: a saved view, and what is said beside it."""
    view = next((row for row in views if str(row.pk) == query.get(_VIEW)), None)
    there = {*(one.code for one in kind.columns), *(one.code for one in known)}
    columns = [code for code in query.getlist(_COLUMN) if code in there]
    if not columns:
        columns = [code for code in (view.columns if view else kind.usual) if code in there]
    first = kind.columns[0].code
    sort = query.get(_SORT) or (view.sort if view else "") or kind.order
    filters = {name: str(query[name]) for name in _asked(kind, known) if query.get(name)}
    return Look(
        columns=tuple(dict.fromkeys([first, *columns])),
        sort=sort,
        filters=filters or (dict(view.filters) if view and "filtered" not in query else {}),
        text=query.get(_TEXT, "").strip(),
    )


def _asked(kind: RecordList, known: Iterable[Definition]) -> list[str]:
    codes = [*(one.code for one in kind.filters), *(one.code for one in known)]
    return [name for code in codes for name in (code, f"{code}.from", f"{code}.to")]


def address(kind: RecordList, look: Look, **more: str) -> str:
    """Return the address that shows the list so."""
    said: list[tuple[str, str]] = [(_COLUMN, code) for code in look.columns]
    said += [(_SORT, look.sort), *look.filters.items(), *((_TEXT, look.text),) * bool(look.text), *more.items()]
    return f"{reverse(ADDRESSES[kind.code])}?{urlencode(said, safe=_TYPED)}"


def heads(kind: RecordList, look: Look, known: Sequence[Definition], actor: Actor) -> list[Head]:
    columns, fields = {one.code: one for one in kind.columns}, {one.code: one for one in known}
    found = []
    for code in look.columns:
        if code in columns:
            one = columns[code]
            found.append(Head(code, gettext(one.title), one.kind, code if one.sort else "", column=one))
        elif code in fields:
            field = fields[code]
            found.append(
                Head(
                    code,
                    field.title,
                    field.kind,
                    code if field.kind is not Kind.FILE and is_whole(field.kind, actor) else "",
                    field=field,
                )
            )
    return found


def numbers_told(kind: RecordList, heads: Iterable[Head]) -> Sensitive | None:
    """Return what by which people can be reached or found elsewhere the columns tell of them, if anything."""
    if kind.code == "customers" and any(head.kind == "phone" for head in heads):
        return Sensitive.PHONE
    return Sensitive.VIN if kind.code == "vehicles" and any(head.code == "vin" for head in heads) else None


def choices_of_columns(kind: RecordList, look: Look, known: Sequence[Definition]) -> list[tuple[str, str, bool]]:
    """Return every column with its title and whether it is shown, those shown first in their order."""
    titles = {one.code: gettext(one.title) for one in kind.columns} | {one.code: one.title for one in known}
    order = [*look.columns, *(code for code in titles if code not in look.columns)]
    return [(code, titles[code], code in look.columns) for code in order if code in titles]


def filters(kind: RecordList, look: Look, known: Sequence[Definition], actor: Actor) -> list[ShownFilter]:
    found = []
    for one in kind.filters:
        choices = [(code, gettext(title) if one.marked else title) for code, title in one.choices(actor)]
        found.append(_filter(look, one.code, gettext(one.title), one.kind, choices))
    for field in (one for one in known if is_whole(one.kind, actor)):
        choices = [(one.code, one.title) for one in field.choices if not one.merged_into]
        found.append(_filter(look, field.code, field.title, KIND_FILTERS[field.kind], choices))
    return found


def _filter(look: Look, code: str, title: str, kind: str, choices: Sequence[tuple[str, str]]) -> ShownFilter:
    low, high = (look.filters.get(f"{code}.{end}", "") for end in ("from", "to"))
    return ShownFilter(code, title, kind, choices, look.filters.get(code, ""), low, high)


def shown(kind: RecordList, rows: Iterable[ListRow], columns: Sequence[Head], actor: Actor) -> list[ShownRow]:
    return [ShownRow(row.id, _url(kind, row), [_cell(head, row, actor) for head in columns]) for row in rows]


def _url(kind: RecordList, row: ListRow) -> str:
    return reverse(f"office:{kind.target}", args=[row.id])


def _cell(head: Head, row: ListRow, actor: Actor) -> ShownCell:
    if head.field is not None:
        values = row.fields.get(head.code, ())
        is_file = head.field.kind is Kind.FILE
        words = gettext("there is") if is_file and values else words_of(head.field, values, actor)
        return ShownCell(head, words, None)
    value = row.cells.get(head.code)
    assert head.column is not None  # noqa: S101 - one or the other
    return ShownCell(head, _words(head.column, value), value)


def _words(column: ListColumn, value: Cell) -> str:
    if value is None or value == "":
        return ""
    if column.kind == "word":
        return gettext(column.words.get(value, value))
    if column.kind == "cars":
        return ", ".join(" ".join(filter(None, car)) for car in value)
    written = _WRITTEN.get(column.kind)
    return written(value) if written else str(value)


_WRITTEN: Mapping[str, Any] = {
    "day": formats.day,
    "money": formats.roubles_trimmed,
    "km": formats.kilometres,
    "phone": formats.phone,
    # Known not to be so is not unknown: a file that is brought in again says which.
    "flag": lambda value: gettext("yes") if value else gettext("no"),
    "customer": lambda value: value[1],
}


def question(kind: RecordList, look: Look, known: Iterable[Definition], extension: str) -> str:
    """Return the address of a file as the journal keeps it: without words of one's own, which may name somebody."""
    typed = {one.code for one in kind.filters if one.kind == "text"}
    typed |= {one.code for one in known if KIND_FILTERS[one.kind] == "text"}
    filters = {code: _TYPED if code in typed else said for code, said in look.filters.items()}
    return address(kind, replace(look, text=look.text and _TYPED, filters=filters), format=extension)


def sheet(kind: RecordList, look: Look, known: Sequence[Definition], rows: Iterable[ListRow], actor: Actor) -> Sheet:
    """Return rows as a file: a field under its code, so that it can be brought in again."""
    columns = [
        one for one in heads(kind, look, known, actor) if one.field is None or one.field.kind not in NOT_IN_FILES
    ]
    return Sheet(
        gettext(kind.title),
        [Column(_name(head), _kind(head)) for head in columns],
        [[_value(head, row, actor) for head in columns] for row in rows],
    )


def _name(head: Head) -> str:
    return head.title if head.field is None else f"{head.title} ({head.code})"


def _kind(head: Head) -> CellKind:
    return CELLS.get(head.field.kind, "text") if head.field is not None else _CELLS.get(head.kind, "text")


def _value(head: Head, row: ListRow, actor: Actor) -> Value:
    if head.field is not None:
        return cell_of(head.field, row.fields.get(head.code, ()), actor)
    value: Value = row.cells.get(head.code)
    assert head.column is not None  # noqa: S101 - one or the other
    return value if head.kind in _CELLS else _words(head.column, value)


def views_of(kind: RecordList, actor: Actor) -> list[ListView]:
    return list_views.list_views(kind.code, actor)


def removable(chosen: str, views: Sequence[ListView], actor: Actor) -> ListView | None:
    """Return the chosen view where the actor may remove it."""
    view = next((row for row in views if str(row.pk) == chosen), None)
    if view is None or view.owner_id == actor.user_id:
        return view
    return view if list_views.removable(actor).filter(pk=view.pk).exists() else None
