"""The timeline of a customer or a car, as a page shows it: with months, addresses and what it may be narrowed by."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from vernost.core import formats
from vernost.core.actor import Actor
from vernost.core.timeline import timeline_kinds
from vernost.customers.queries.timeline import Timeline, TimelineItem, Whose, timeline

# Things that have cards of their own.
CARDS = {"order": "office:order", "vehicle": "office:vehicle", "customer": "office:customer"}
CARS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the timeline; `month` is filled in where a new month begins."""

    kind: str
    day: date
    icon: str
    at: str
    title: str
    note: str = ""
    amount: str = ""
    url: str = ""
    month: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """What the timeline may be narrowed by; `count` of items."""

    title: str
    count: int
    query: str
    on: bool


@dataclass(frozen=True, slots=True)
class ShownTimeline:
    """`rest`: the query of the next page, empty on the last one."""

    events: Sequence[Event]
    kinds: Sequence[Chip]
    cars: Sequence[Chip]
    everything: str
    rest: str
    is_narrowed: bool


def shown(whose: Whose, *, actor: Actor, asked: QueryDict, cars: Mapping[int, str]) -> ShownTimeline:
    """Read and show a page of the timeline. `cars` are names by id: those that may be chosen."""
    show, car = asked.get("show", ""), asked.get("car", "")
    vehicle_id = int(car) if car.isdecimal() and int(car) in cars else None
    found = timeline(whose, actor=actor, kind=show, vehicle_id=vehicle_id, before=asked.get("before", ""))
    chosen = {"show": show, "car": str(vehicle_id or "")}
    return ShownTimeline(
        events=list(_with_months(_event(whose, item) for item in found.items)),
        kinds=_kinds(found, chosen),
        cars=_cars(found, chosen, cars),
        everything=_query(chosen, show=""),
        rest=_query(chosen, before=found.items[-1].key) if found.more else "",
        is_narrowed=bool(show or vehicle_id),
    )


def _kinds(found: Timeline, chosen: Mapping[str, str]) -> list[Chip]:
    return [
        Chip(kind.title, found.kinds[kind.code], _query(chosen, show=kind.code), on=chosen["show"] == kind.code)
        for kind in timeline_kinds
        if found.kinds.get(kind.code) or chosen["show"] == kind.code
    ]


def _cars(found: Timeline, chosen: Mapping[str, str], names: Mapping[int, str]) -> list[Chip]:
    """Return the cars most is known of; one car is no choice."""
    known = sorted((car for car in found.cars if car in names), key=lambda car: (-found.cars[car], car))[:CARS_SHOWN]
    if len(known) + bool(chosen["car"]) < 2:  # noqa: PLR2004 - as above
        return []
    chips = [
        Chip(names[car], found.cars[car], _query(chosen, car=str(car)), on=chosen["car"] == str(car)) for car in known
    ]
    return [chip if not chip.on else replace(chip, query=_query(chosen, car="")) for chip in chips]


def _query(chosen: Mapping[str, str], **changes: str) -> str:
    return "?" + urlencode({name: value for name, value in {**chosen, **changes}.items() if value})


def _event(whose: Whose, item: TimelineItem) -> Event:
    told = item.told
    return Event(
        kind=item.kind.code,
        day=item.at.date(),
        icon=told.icon or item.kind.icon,
        at=formats.moment(item.at) if told.has_time else formats.day_short(item.at.date()),
        title=told.title,
        note=told.text,
        amount=told.amount,
        url=_address(whose, item),
    )


def _address(whose: Whose, item: TimelineItem) -> str:
    """Every item opens its source: the card of a thing, else a page of the item itself."""
    if not item.kind.fields and (url := thing_url(whose, item)):
        return url
    return reverse(f"office:{whose.subject}-item", args=[whose.id, item.kind.code, item.id])


def thing_url(whose: Whose, item: TimelineItem) -> str:
    """Return the address of the card of what an item is about, empty where that is the card that one comes from."""
    if not item.told.opens or item.told.opens == (whose.subject, whose.id):
        return ""
    name, pk = item.told.opens
    return reverse(CARDS[name], args=[pk])


def _with_months(events: Iterable[Event]) -> Iterator[Event]:
    last = ""
    for event in events:
        month = formats.month(event.day)
        yield replace(event, month=month) if month != last else event
        last = month
