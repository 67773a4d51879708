"""Reads of segments: who is in one on a day, and which segments a person sees."""

from datetime import date
from typing import TYPE_CHECKING

from vernost.core.actor import Actor

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table


def members(con: "Backend", code: str, as_of: date, *, actor: Actor | None = None) -> "Table":
    """Return `customer_id` of everybody in the saved segment on the day; a frozen one is the same on every day.

    `actor`: as he sees the base; None is the whole group.
    """
    from vernost.segments.queries import membership  # noqa: PLC0415 - a page that lists segments must not wait for Ibis

    return membership.members(con, code, as_of, actor=actor)
