"""Who was in a segment at its last count, within what the actor sees."""

from django.db.models import Count, QuerySet

from vernost.core.actor import Actor
from vernost.customers.queries import whose_customer_is_visible_to
from vernost.segments.models import Segment, SegmentMember
from vernost.segments.queries.saved import visible_to


def sizes(actor: Actor) -> list[tuple[Segment, int | None]]:
    """Return the segments by title with how many of their people the actor sees; None before the first count."""
    segments = list(visible_to(actor).order_by("title", "pk"))
    if actor.branch_ids is None:
        return [(segment, segment.size) for segment in segments]
    seen = SegmentMember.objects.filter(whose_customer_is_visible_to(actor), segment__in=segments)
    counts = dict(seen.values_list("segment_id").annotate(people=Count("customer_id")))
    return [(each, None if each.counted_for is None else counts.get(each.pk, 0)) for each in segments]


def size_of(actor: Actor, code: str) -> tuple[Segment, int | None]:
    """Return one segment; `Segment.DoesNotExist` for one that the actor does not see."""
    segment = visible_to(actor).get(code=code)
    if actor.branch_ids is None or segment.counted_for is None:
        return segment, segment.size
    return segment, _members(actor, segment).count()


def members(actor: Actor, code: str, *, after: int, limit: int) -> list[SegmentMember]:
    """Return people with a number above `after`, in the order of their numbers."""
    rows = _members(actor, visible_to(actor).get(code=code)).filter(customer_id__gt=after)
    return list(rows.select_related("customer").order_by("customer_id")[:limit])


def _members(actor: Actor, segment: Segment) -> "QuerySet[SegmentMember]":
    found = SegmentMember.objects.filter(segment=segment)
    return found if actor.branch_ids is None else found.filter(whose_customer_is_visible_to(actor))
