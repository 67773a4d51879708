"""The timeline of a customer or a car: a page of it, and how much there is of what."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.core.timeline import Facts, Subject, TimelineKind, Told, timeline_kinds

PAGE = 50

_ROWS = """SELECT '{code}' AS kind, {id} AS id, {at} AS at, {vehicle} AS vehicle_id FROM {source}
            WHERE t.{subject}_id = %(subject)s AND {where} AND {visible}"""
_VISIBLE = {
    "branch": "(%(whole)s OR t.branch_id = ANY(%(branches)s))",
    "customer": "(%(whole)s OR t.customer_id = ANY(%(people)s))",
    "all": "true",
}
_PAGE = """
    WITH found AS MATERIALIZED (
        SELECT * FROM ({rows}) rows
         WHERE (%(vehicle)s::bigint IS NULL OR vehicle_id = %(vehicle)s)
           AND (%(before)s::timestamptz IS NULL OR (at, kind, id) < (%(before)s, %(before_kind)s, %(before_id)s))
         ORDER BY at DESC, kind DESC, id DESC LIMIT %(limit)s)
    SELECT kind, id, at, CASE kind {facts} END FROM found ORDER BY at DESC, kind DESC, id DESC
"""
_COUNTS = "SELECT kind, vehicle_id, count(*) FROM ({rows}) rows GROUP BY kind, vehicle_id"


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """`key` tells the item from all others of the subject, and where the next page begins."""

    kind: TimelineKind
    id: int
    at: datetime
    told: Told

    @property
    def key(self) -> str:
        return f"{self.at.isoformat()}|{self.kind.code}|{self.id}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page, the latest first, and whether there is more. Counts are of everything: by kind, by car."""

    items: Sequence[TimelineItem]
    more: bool
    kinds: Mapping[str, int]
    cars: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Whose:
    """A customer, or a car with the people whom the actor sees of those who had to do with it."""

    subject: Subject
    id: int
    people: Collection[int] = ()


def timeline(
    whose: Whose, *, actor: Actor, kind: str = "", vehicle_id: int | None = None, before: str = ""
) -> Timeline:
    """Return a page of what the actor may see, in two statements, however many kinds and items there are.

    Without a kind the quiet ones are left out. `before` is the key of the last item of the page before.
    """
    every = [one for one in timeline_kinds if whose.subject in one.of]
    asked = [one for one in every if one.code == kind] if kind else [one for one in every if not one.quiet]
    counts = _counts(every, whose, actor)
    items = _page(asked, whose, actor, vehicle_id, before) if asked else []
    kinds, cars = Counter[str](), Counter[int]()
    for (code, car), number in counts.items():
        if vehicle_id in {None, car}:
            kinds[code] += number
        if car is not None and (code == kind if kind else not timeline_kinds[code].quiet):
            cars[car] += number
    return Timeline(items[:PAGE], len(items) > PAGE, kinds, cars)


def timeline_item(whose: Whose, *, actor: Actor, kind: str, row_id: int) -> TimelineItem | None:
    """Return one item, None where there is none or the actor does not see it."""
    if kind not in timeline_kinds or whose.subject not in timeline_kinds[kind].of:
        return None
    one = timeline_kinds[kind]
    rows = f"SELECT * FROM ({_rows([one], whose.subject)}) one WHERE id = %(row)s"  # noqa: S608 - declared by us
    values = {**_values(whose, actor), **_place(None, "", 1), "row": row_id}
    found = _fetched(_page_sql((one,), rows), values, actor)
    return found[0] if found else None


def _page(
    kinds: Sequence[TimelineKind], whose: Whose, actor: Actor, vehicle_id: int | None, before: str
) -> list[TimelineItem]:
    sql = _page_sql(tuple(kinds), _rows(kinds, whose.subject))
    return _fetched(sql, {**_values(whose, actor), **_place(vehicle_id, before, PAGE + 1)}, actor)


@cache
def _page_sql(kinds: tuple[TimelineKind, ...], rows: str) -> str:
    facts = " ".join(f"WHEN '{one.code}' THEN ({one.facts})" for one in kinds)
    return _PAGE.format(rows=rows, facts=facts)


def _rows(kinds: Sequence[TimelineKind], subject: Subject) -> str:
    return " UNION ALL ".join(
        _ROWS.format(
            code=one.code,
            id=one.id,
            at=one.at,
            source=one.source,
            where=one.where,
            subject=subject,
            vehicle="t.vehicle_id" if "vehicle" in one.of else "NULL::bigint",
            # A customer whom the actor sees is asked for; of a car's people he may see some.
            visible=_VISIBLE[one.scope] if one.scope == "branch" or subject == "vehicle" else _VISIBLE["all"],
        )
        for one in kinds
    )


def _counts(kinds: Sequence[TimelineKind], whose: Whose, actor: Actor) -> dict[tuple[str, int | None], int]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(rows=_rows(kinds, whose.subject)), _values(whose, actor))
        return {(code, car): number for code, car, number in cursor.fetchall()}


def _values(whose: Whose, actor: Actor) -> dict[str, Any]:
    return {
        "subject": whose.id,
        "people": sorted(whose.people),
        "whole": actor.branch_ids is None,
        "branches": sorted(actor.branch_ids or ()),
        "zone": settings.TIME_ZONE,
    }


def _place(vehicle_id: int | None, before: str, limit: int) -> dict[str, Any]:
    at, _bar, rest = before.partition("|")
    kind, _bar, row = rest.partition("|")
    try:
        place = {"before": datetime.fromisoformat(at), "before_kind": kind, "before_id": int(row)}
    except ValueError:
        place = {"before": None, "before_kind": "", "before_id": 0}
    return {"vehicle": vehicle_id, "limit": limit, **place}


def _fetched(sql: str, values: Mapping[str, Any], actor: Actor) -> list[TimelineItem]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    return [_item(timeline_kinds[code], row_id, at, _read(facts), actor) for code, row_id, at, facts in rows]


def _item(kind: TimelineKind, row_id: int, at: datetime, facts: Facts, actor: Actor) -> TimelineItem:
    told = kind.told(facts)
    zone = ZoneInfo(told.zone or settings.TIME_ZONE)
    return TimelineItem(kind, row_id, at.astimezone(zone), _to_whom(actor, told))


def _read(facts: Any) -> Any:  # noqa: ANN401 - jsonb
    return json.loads(facts) if isinstance(facts, str) else facts


def _to_whom(actor: Actor, item: Told) -> Told:
    """Take numbers and addresses that the actor is not shown out of what people wrote."""
    return replace(
        item,
        title=sensitive.told(actor, item.title),
        text=sensitive.told(actor, item.text),
        details=[(title, sensitive.told(actor, words)) for title, words in item.details],
    )
