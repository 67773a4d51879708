"""Saved segments: how large they are, who is in them as of the last count."""

from datetime import date, datetime

from ninja import Router, Schema
from ninja.params.functions import Query

from vernost.accounts import source_ids
from vernost.accounts.tokens import Scope
from vernost.api.access import ApiRequest, Needs
from vernost.api.pages import USUAL, Page
from vernost.api.types import Cursor, Limit, Ref
from vernost.segments.models import Segment
from vernost.segments.queries import stored

router = Router(tags=["segments"])


class SegmentOut(Schema):
    """`size` counts whom the key sees, as of the night of `counted_for`; null before the first count."""

    code: str
    title: str
    about: str
    frozen: bool
    size: int | None
    counted_for: date | None
    changed_at: datetime


class MemberOut(Schema):
    customer_id: str
    since: date


def _of(segment: Segment, size: int | None) -> SegmentOut:
    return SegmentOut(
        code=segment.code,
        title=segment.title,
        about=segment.about,
        frozen=segment.frozen,
        size=size,
        counted_for=segment.counted_for,
        changed_at=segment.changed_at,
    )


@router.get("/segments", response=list[SegmentOut], auth=Needs(Scope.SEGMENTS), summary="Segments")
def list_segments(request: ApiRequest) -> list[SegmentOut]:
    return [_of(segment, size) for segment, size in stored.sizes(request.actor)]


@router.get("/segments/{code}", response=SegmentOut, auth=Needs(Scope.SEGMENTS), summary="One segment")
def get_segment(request: ApiRequest, code: Ref) -> SegmentOut:
    return _of(*stored.size_of(request.actor, code))


@router.get(
    "/segments/{code}/members", response=Page[MemberOut], auth=Needs(Scope.SEGMENTS), summary="Who is in a segment"
)
def list_members(
    request: ApiRequest, code: Ref, cursor: Cursor = Query(None), limit: Limit = Query(USUAL)
) -> Page[MemberOut]:
    refs = source_ids.load()
    rows = stored.members(request.actor, code, after=int(cursor or 0), limit=limit + 1)
    items = [MemberOut(customer_id=refs.of(row.customer), since=row.since) for row in rows[:limit]]
    return Page[MemberOut](items=items, next=str(rows[limit - 1].customer_id) if len(rows) > limit else None)
