"""Pages of long lists: the next rows after the last one shown, in an order that an index gives.

Who has no value of the column comes after all who have, in the order of the ids.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value

from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.customers.queries.fields import Values, definitions, values_model, values_of
from vernost.customers.rules import fields as rules
from vernost.customers.rules.field_masks import is_whole
from vernost.customers.rules.fields import LISTED, NUMBERS, WORDS, Definition, Kind, Refusal
from vernost.reports.queries.lists.customers import CUSTOMERS
from vernost.reports.queries.lists.definition import Cell, Look, RecordList
from vernost.reports.queries.lists.orders import ORDERS
from vernost.reports.queries.lists.vehicles import VEHICLES

LISTS: Final[Mapping[str, RecordList]] = {one.code: one for one in (CUSTOMERS, VEHICLES, ORDERS)}
SIZE: Final = 50
_AT_ONCE: Final = 2_000
# Values of a directory that one statement asks for.
_VALUES_AT_ONCE: Final = 40
_WITH, _WITHOUT = "v", "n"
# Greater than any letter.
_LAST: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class ListRow:
    """`cells` by the code of the column, `fields` by the code of the field."""

    id: int
    cells: Mapping[str, Cell]
    fields: Values


@dataclass(frozen=True, slots=True)
class ListPage:
    """`cursor` is empty on the last page."""

    rows: Sequence[ListRow]
    cursor: str


def fields_of(kind: RecordList, actor: Actor) -> list[Definition]:
    return definitions(kind.target, role=actor.role)


def page(kind: RecordList, look: Look, *, actor: Actor, after: str = "", size: int = SIZE) -> ListPage:
    """Return the rows that come after the cursor of an earlier page."""
    known = {one.code: one for one in fields_of(kind, actor)}
    ids, cursor = _ids(kind, look, known, actor, after, size)
    return ListPage(_rows(kind, look, known, ids, actor), cursor)


def everything(kind: RecordList, look: Look, *, actor: Actor, most: int) -> Iterator[ListRow]:
    """Yield the rows of all pages, at most so many: for files."""
    known, after, left = {one.code: one for one in fields_of(kind, actor)}, "", most
    while left > 0:
        ids, after = _ids(kind, look, known, actor, after, min(_AT_ONCE, left))
        yield from _rows(kind, look, known, ids, actor)
        left -= len(ids)
        if not after:
            return


def _rows(
    kind: RecordList, look: Look, known: Mapping[str, Definition], ids: Sequence[int], actor: Actor
) -> list[ListRow]:
    cells = kind.read(ids, look.columns, actor)
    shown = [known[code] for code in look.columns if code in known]
    held = values_of(kind.field_target, ids, shown)
    return [ListRow(pk, cells[pk], held.get(pk, {})) for pk in ids if pk in cells]


def _ids(
    kind: RecordList, look: Look, known: Mapping[str, Definition], actor: Actor, after: str, size: int
) -> tuple[list[int], str]:
    known = {code: one for code, one in known.items() if is_whole(one.kind, actor)}
    rows = _filtered(kind, look, known, actor)
    if look.text and kind.search is not None:
        found = kind.search(look.text, actor, size)
        here = set(rows.filter(pk__in=found).values_list("pk", flat=True))
        return [pk for pk in found if pk in here], ""
    code = look.sort.removeprefix("-")
    phase, key, last = _read_cursor(after)
    ids: list[int] = []
    if phase == _WITH:
        pairs = _with_value(kind, rows, look.sort, known, (key, last), size + 1)
        ids = [pk for pk, _key in pairs]
        if len(ids) > size:
            return ids[:size], _cursor(_WITH, pairs[size - 1][1], ids[size - 1])
        last = 0
    without = _without_value(kind, rows, code, known)
    if without is None:
        return ids, ""
    if last:
        without = without.filter(pk__gt=last)
    rest = list(without.order_by("pk").values_list("pk", flat=True)[: size + 1 - len(ids)])
    ids += rest
    return (ids[:size], _cursor(_WITHOUT, "", ids[size - 1])) if len(ids) > size else (ids, "")


def _with_value(
    kind: RecordList,
    rows: "QuerySet[Any]",
    code: str,
    known: Mapping[str, Definition],
    after: tuple[str, int],
    most: int,
) -> list[tuple[int, Any]]:
    """Return (id, key) of the rows that have something to be sorted by, in order, after the last row shown."""
    descending, code = code.startswith("-"), code.removeprefix("-")
    if code in known and known[code].kind in LISTED:
        return _by_directory(rows, known[code], after, most, descending=descending)
    where, path = Q(), "pk"
    if code in known:
        where, path = Q(field_values__field_id=known[code].id, field_values__place=0), "field_values__key"
    elif (column := kind.column(code)) is not None and column.sort not in {"", "id"}:
        path = column.sort
    sign, beyond = ("-", "lt") if descending else ("", "gt")
    key, last = after
    if path.endswith("_on") and _day(key) is None:
        last = 0
    if last and path == "pk":
        where &= Q(**{f"pk__{beyond}": last})
    elif last:
        # The first condition is what the index is asked for.
        same = Q(**{path: key, f"pk__{beyond}": last})
        where &= Q(**{f"{path}__{beyond}e": key}) & (Q(**{f"{path}__{beyond}": key}) | same)
    if path not in {"pk", "field_values__key"}:
        where &= Q(**{f"{path}__isnull": False})
    # One filter: all conditions on a value are of one row of values.
    return list(rows.filter(where).order_by(f"{sign}{path}", f"{sign}pk").values_list("pk", F(path))[:most])


def _by_directory(
    rows: "QuerySet[Any]", field: Definition, after: tuple[str, int], most: int, *, descending: bool
) -> list[tuple[int, str]]:
    """Return (id, code) in the order of the directory: the index gives those of each value, one value after another."""
    key, last = after
    codes = [one.code for one in field.choices][:: -1 if descending else 1]
    start = codes.index(key) if last and key in codes else 0
    sign, beyond = ("-", "lt") if descending else ("", "gt")
    found: list[tuple[int, str]] = []
    for first in range(start, len(codes), _VALUES_AT_ONCE):
        parts = []
        for place, code in enumerate(codes[first : first + _VALUES_AT_ONCE]):
            where = Q(field_values__field_id=field.id, field_values__place=0, field_values__key=code)
            if last and code == key:
                where &= Q(**{f"pk__{beyond}": last})
            part = rows.filter(where).order_by(f"{sign}pk").annotate(of_list=Value(place), of_value=Value(code))
            parts.append(part.values_list("pk", "of_value", "of_list")[: most - len(found)])
        one, *others = parts
        together = one.union(*others, all=True).order_by("of_list", f"{sign}pk") if others else one
        found += [(pk, code) for pk, code, _place in together[: most - len(found)]]
        if len(found) >= most:
            break
    return found


def _without_value(
    kind: RecordList, rows: "QuerySet[Any]", code: str, known: Mapping[str, Definition]
) -> "QuerySet[Any] | None":
    """Return the rows that have nothing to be sorted by; None where all have."""
    if code in known:
        target = kind.field_target
        held = values_model(target).objects.filter(**{target.column: OuterRef("pk")}, field_id=known[code].id, place=0)
        return rows.filter(~Exists(held))
    column = kind.column(code)
    if column is None or column.sort in {"", "id"} or not rows.model._meta.get_field(column.sort).null:  # noqa: SLF001 - Django's public name for it
        return None
    return rows.filter(**{f"{column.sort}__isnull": True})


def _filtered(kind: RecordList, look: Look, known: Mapping[str, Definition], actor: Actor) -> "QuerySet[Any]":
    rows = kind.visible_to(actor)
    for one in kind.filters:
        said = _said(look, one.code, one.kind)
        if said is not None:
            rows = rows.filter(one.where(said))
    target = kind.field_target
    for definition in known.values():
        asked = None if _names_hidden(definition, look, actor) else _asked(definition, look)
        if asked is not None:
            held = values_model(target).objects.filter(asked, **{target.column: OuterRef("pk")}, field_id=definition.id)
            rows = rows.filter(Exists(held))
    return rows


def _names_hidden(definition: Definition, look: Look, actor: Actor) -> bool:
    """Whether a field of words is asked for a number or an address that the actor is not shown."""
    return definition.kind in WORDS and sensitive.tells_more(actor, look.filters.get(definition.code, ""))


def _said(look: Look, code: str, kind: str) -> Any:  # noqa: ANN401 - as the filter's kind has it
    """Return what the address says of a filter of ours, None where it says nothing that can be read."""
    if kind in {"days", "numbers"}:
        read = _day if kind == "days" else _whole
        low, high = (read(look.filters.get(f"{code}.{end}", "")) for end in ("from", "to"))
        return None if low is None and high is None else (low, high)
    return look.filters.get(code, "").strip() or None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004 - fits


def _asked(definition: Definition, look: Look) -> Q | None:
    """Return what is asked of a field's value, by the key of it."""
    code, kind = definition.code, definition.kind
    if kind in NUMBERS or kind is Kind.DAY:
        low, high = (_key(definition, look.filters.get(f"{code}.{end}", "")) for end in ("from", "to"))
        if not low and not high:
            return None
        return Q(key__gte=low) & Q(key__lte=high or _LAST)
    said = look.filters.get(code, "").strip()
    if not said:
        return None
    if kind in WORDS:
        beginning = rules.key_of(kind, said)
        return Q(key__gte=beginning, key__lt=f"{beginning}{_LAST}")
    if kind is Kind.FILE:
        return Q()
    return Q(key=_key(definition, said) if kind in LISTED else said)


def _key(definition: Definition, said: str) -> str:
    """Return the key of a value that was said; nothing where it is none."""
    try:
        found = rules.read(definition, said)
    except Refusal:
        return ""
    return rules.key_of(definition.kind, found[0]) if found else ""


def _read_cursor(after: str) -> tuple[str, str, int]:
    phase, _bar, rest = after.partition("|")
    key, _bar, last = rest.rpartition("|")
    return (phase, key, int(last)) if phase in {_WITH, _WITHOUT} and last.isdecimal() else (_WITH, "", 0)


def _cursor(phase: str, key: object, last: int) -> str:
    return f"{phase}|{key}|{last}"
