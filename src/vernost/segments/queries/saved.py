"""Saved segments as pages and commands read them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from vernost.core.actor import Actor
from vernost.core.errors import BadRequest
from vernost.core.i18n import _
from vernost.segments.models import Segment, SegmentMember, SegmentNotice, SegmentSize
from vernost.segments.queries.known import known_attributes
from vernost.segments.ready import ready
from vernost.segments.rules import tree
from vernost.segments.rules.limits import Limits
from vernost.segments.rules.tree import Group, Lineage

HISTORY_DAYS = 90
NEWS = timedelta(days=14)


class UnknownSegment(BadRequest):
    code = "unknown_segment"
    text = _("There is no segment “%(code)s”")


@dataclass(frozen=True, slots=True)
class Saved:
    """What evaluation needs of a saved segment. `rule` None: it is frozen, its people are in the database."""

    id: int
    code: str
    title: str
    rule: Group | None
    stamp: str
    """Changes whenever the rule or the people of a frozen one do."""


@dataclass(frozen=True, slots=True)
class SizeOn:
    on: date
    size: int
    came: int
    left: int


def visible_to(actor: Actor) -> QuerySet[Segment]:
    """Return the actor's own segments and those shared with everybody; a part of the system sees all."""
    if actor.user_id is None:
        return Segment.objects.all()
    return Segment.objects.filter(Q(owner_id=actor.user_id) | Q(shared=True) | Q(owner=None))


def catalogue() -> dict[str, Saved]:
    """Return all segments by code, for evaluation: what one is made of need not be seen by who asks for it."""
    known = known_attributes()
    return {
        row.code: Saved(
            row.pk,
            row.code,
            row.title,
            None if row.frozen else tree.read(row.rule, known),
            f"{row.changed_at.isoformat()}/{row.counted_for if row.frozen else ''}",
        )
        for row in Segment.objects.all()
    }


def one(code: str, saved: Mapping[str, Saved]) -> Saved:
    """Return a saved segment, else one of those to begin from."""
    if code in saved:
        return saved[code]
    start = ready(code)
    if start is None:
        raise UnknownSegment(code=code)
    return Saved(0, code, start.title, tree.read(start.rule, known_attributes()), stamp="")


def lineage() -> Lineage:
    return Lineage(dict(Segment.objects.values_list("code", "parents")))


@dataclass(frozen=True, slots=True)
class Notice:
    """A segment of the reader's that has left its limits and is outside still."""

    segment_id: int
    title: str
    on: date
    size: int
    least: int | None
    most: int | None


def notices(actor: Actor, *, on: date) -> list[Notice]:
    """Return the notices of the last days to the owner, of each segment the newest."""
    rows = (
        SegmentNotice.objects.filter(segment__owner_id=actor.user_id, on__gt=on - NEWS, on__lte=on)
        .select_related("segment")
        .order_by("segment_id", "-on")
        .distinct("segment_id")
    )
    outside = (row for row in rows if not Limits(row.segment.least, row.segment.most).holds(row.segment.size or 0))
    return [
        Notice(row.segment_id, row.segment.title, row.on, row.segment.size or 0, row.segment.least, row.segment.most)
        for row in outside
    ]


def children_of(code: str) -> list[Segment]:
    """Return the segments that are made of this one."""
    return list(Segment.objects.filter(parents__contains=[code]).order_by("title", "pk"))


def history(segment_id: int) -> list[SizeOn]:
    """Return the sizes of the last days counted, oldest first."""
    rows = SegmentSize.objects.filter(segment_id=segment_id).order_by("-on")[:HISTORY_DAYS]
    return [SizeOn(row.on, row.size, row.came, row.left) for row in reversed(rows)]


def histories(segment_ids: Collection[int]) -> dict[int, list[SizeOn]]:
    """Return the last sizes of several segments, oldest first."""
    found: dict[int, list[SizeOn]] = {}
    rows = SegmentSize.objects.filter(segment_id__in=segment_ids).order_by("segment_id", "on")
    for row in rows:
        found.setdefault(row.segment_id, []).append(SizeOn(row.on, row.size, row.came, row.left))
    return {segment_id: sizes[-HISTORY_DAYS:] for segment_id, sizes in found.items()}


def stored_people(segment_id: int) -> list[int]:
    rows = SegmentMember.objects.filter(segment_id=segment_id).order_by("customer_id")
    return list(rows.values_list("customer_id", flat=True))
