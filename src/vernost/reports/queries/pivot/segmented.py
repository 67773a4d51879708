"""Saved segments as a dimension of the pivot: a customer may be in several, so each is counted by itself.

A row (or column) of a segment is the pivot of its customers; the last one is of those who are in none of the segments
named, and of orders without a customer. What is above the dimension, totals among it, counts everybody once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.reports.queries.pivot.engine import Counts, Grid
from vernost.reports.queries.pivot.plan import Scope
from vernost.reports.rules.pivot import Filter, PivotRefused, Request
from vernost.reports.rules.pivot.dimensions import SEGMENT, Key
from vernost.segments.queries import saved

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

MOST_SEGMENTS = 6
Ids = NDArray[np.int64]
MembersOf = Callable[[str], Ids]
"""Returns the sorted ids of a segment's customers."""


@dataclass(frozen=True, slots=True)
class One:
    """One key of the dimension: a segment's code, or None: in none of `named`."""

    key: str | None
    named: tuple[str, ...]


def filters(request: Request) -> list[Filter]:
    return [one for one in request.filters if one.dimension.code == SEGMENT and one.keys]


def named(actor: Actor, request: Request) -> tuple[str, ...]:
    """Return the segments that a request is about: those of its filters, without any all that the actor sees."""
    visible = list(saved.visible_to(actor).order_by("title", "code").values_list("code", flat=True))
    chosen = [str(key) for one in filters(request) for key in one.keys if key is not None]
    unknown = [code for code in chosen if code not in visible]
    if unknown:
        raise PivotRefused(_("There is no segment “%(code)s”"), code=unknown[0])
    whole = not any(not one.without and any(key is not None for key in one.keys) for one in filters(request))
    return tuple(dict.fromkeys(visible if whole else chosen))


def keys(actor: Actor, request: Request) -> tuple[Key, ...]:
    """Return the keys of the dimension, None the last; `PivotRefused` where they are too many to be read."""
    found: list[Key] = [*named(actor, request), None]
    for one in filters(request):
        found = [key for key in found if (key in one.keys) != one.without]
    if len(found) > MOST_SEGMENTS + 1:
        raise PivotRefused(_("Choose up to %(most)s segments by a filter"), most=MOST_SEGMENTS)
    return tuple(found)


def scope(actor: Actor, request: Request, one: One | None, members_of: MembersOf) -> Scope:
    """Return whose orders count: what the request's segment and filters leave, and of it one key."""
    if filters(request):
        named(actor, request)  # refuses what the actor does not see
    inside: list[Ids] = [members_of(request.segment)] if request.segment else []
    outside: list[Ids] = []
    for chosen in filters(request):
        codes = [str(key) for key in chosen.keys if key is not None]
        none = len(codes) < len(chosen.keys)
        if chosen.without:
            outside.append(_any(codes, members_of))
            # Not those who are in none of all: somebody of a segment.
            inside += [_any(named(actor, request), members_of)] if none else []
        elif not none:
            inside.append(_any(codes, members_of))
        elif not codes:
            outside.append(_any(named(actor, request), members_of))
    if one is not None and one.key is not None:
        inside.append(members_of(one.key))
    elif one is not None:
        outside.append(_any(one.named, members_of))
    customers = reduce(_both, inside) if inside else None
    return Scope(actor.branch_ids, customers, np.unique(np.concatenate(outside)) if outside else None)


def _both(one: Ids, other: Ids) -> Ids:
    return np.intersect1d(one, other, assume_unique=True)


def _any(codes: Sequence[str], members_of: MembersOf) -> Ids:
    return np.unique(np.concatenate([members_of(code) for code in codes])) if codes else np.zeros(0, np.int64)


def without_dimension(request: Request) -> Request:
    return replace(
        request,
        rows=tuple(one for one in request.rows if one.code != SEGMENT),
        columns=tuple(one for one in request.columns if one.code != SEGMENT),
    )


def stacked(request: Request, found: Sequence[Key], whole: Grid, each: Sequence[Grid]) -> Grid:
    """Put the grids of the keys side by side as a level; `whole` is what stands above it."""
    of_rows = any(one.code == SEGMENT for one in request.rows)
    shelf = request.rows if of_rows else request.columns
    level = next(place for place, one in enumerate(shelf) if one.code == SEGMENT)
    figures: dict[str, dict[tuple[int, int], Counts]] = {}
    for code, sets in whole.figures.items():
        figures[code] = {}
        for i in range(len(request.rows) + 1):
            for j in range(len(request.columns) + 1):
                here = i if of_rows else j
                if here <= level:
                    figures[code][i, j] = sets[i, j]
                    continue
                below = (i - 1, j) if of_rows else (i, j - 1)
                axis = level if of_rows else i + level
                figures[code][i, j] = np.stack([grid.figures[code][below] for grid in each], axis=axis)
    rows, columns = list(whole.rows), list(whole.columns)
    (rows if of_rows else columns).insert(level, found)
    return Grid(tuple(rows), tuple(columns), figures)


def members_in(con: "Backend", code: str, request: Request, actor: Actor) -> Ids:
    from vernost.segments import queries  # noqa: PLC0415 - segments load the engine

    people = queries.members(con, code, request.as_of, actor=actor).to_pyarrow()["customer_id"].to_numpy()
    return np.unique(people).astype(np.int64)
