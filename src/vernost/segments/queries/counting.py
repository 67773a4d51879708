"""Who is in a saved segment on a day: numbers for the nightly count."""

from datetime import date

from vernost.core.actor import Actor
from vernost.segments.models import Segment
from vernost.segments.queries import saved as segments
from vernost.segments.queries.ground import grounds


def people(segment: Segment, as_of: date) -> list[int]:
    """Return the ids of everybody in a segment on the day, as its owner sees the base."""
    scope = None if segment.branch_ids is None else frozenset(segment.branch_ids)
    standing = grounds.newest(Actor(code="system:segments", branch_ids=scope), as_of)
    saved = segments.catalogue()
    found: list[int] = standing.ids(standing.people_of(segments.one(segment.code, saved), saved)).tolist()
    return found
