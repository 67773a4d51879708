"""The people behind a figure: one row an invitation, or a pair of the control group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import F, Model

from vernost import facts
from vernost.core.actor import Actor
from vernost.invitations.models import Cycle, Invitation
from vernost.reports.catalogue.funnel import funnel_tables
from vernost.reports.facts import STAGES, held_out, paths, sliced
from vernost.reports.queries.funnel import FunnelFilter
from vernost.reports.queries.source import Source, open_source, user_names

if TYPE_CHECKING:
    from ibis.expr.types import Table

HELD_OUT, CAME, STAYED_AWAY = "held_out", "came", "stayed_away"
_NAMES = {
    "customer_pk": "customer__pk",
    "customer_name": "customer__full_name",
    "make": "vehicle__make",
    "model_name": "vehicle__model",
    "plate_text": "vehicle__plate",
    "programme_title": "programme__title",
    "branch_name": "branch__name",
}


@dataclass(frozen=True, slots=True)
class Person:
    """`id` is the key of the list; `stage` how far the invitation got, or whether the pair came; money in roubles.

    An attempt has no stage. `state` is the invitation's present one, in a list of attempts the outcome of the attempt.
    """

    id: int
    customer_id: int
    customer: str
    car: str
    plate: str
    programme: str
    branch: str
    on: date
    operator: str
    stage: str
    state: str
    attempts: int
    revenue: Decimal
    margin: Decimal


@dataclass(frozen=True, slots=True)
class People:
    """A page of a list and the sums of the whole of it, which are those of the cell that opened it."""

    refreshed_at: datetime
    rows: Sequence[Person]
    count: int
    attempts: int
    revenue: Decimal
    margin: Decimal


def people(
    actor: Actor, chosen: FunnelFilter, *, stage: str, stopped: bool, after: int | None, limit: int | None
) -> People:
    """Return those who got at least to the stage, or with `stopped` exactly so far; the newest first."""
    source = open_source()
    if stage == HELD_OUT:
        kept = held_out(facts.table("cycles", source.con, actor=actor), start=chosen.start, end=chosen.end)
        found = sliced(kept, chosen.slice).select("started_on", id="cycle_id")
        return listed(source, found, Cycle, after=after, limit=limit)
    tables = funnel_tables(source.con, actor)
    walked = sliced(paths(tables, start=chosen.start, end=chosen.end, as_of=chosen.as_of), chosen.slice)
    place = STAGES.index(stage)
    found = walked.filter(walked.furthest == place if stopped else walked.furthest >= place)
    return listed(source, found.rename(id="invitation_id"), Invitation, after=after, limit=limit)


def listed(
    source: Source, found: "Table", model: "type[Model]", *, after: int | None, limit: int | None, path: str = ""
) -> People:
    """Name a page of rows by their `id`, a key of the model; `path` leads from it to the invitation."""
    sums = {name: found[name].sum() for name in ("attempts", "revenue", "margin") if name in found.columns}
    (total,) = source.rows(found.aggregate(count=found.count(), **sums))
    page = found if after is None else found.filter(found.id < after)
    rows = source.rows(page.order_by(page.id.desc()).limit(limit))
    wanted = {alias: F(f"{path}{field}") for alias, field in _NAMES.items()}
    named = model._default_manager.filter(pk__in=[row["id"] for row in rows]).values("pk", **wanted)  # noqa: SLF001 - Django's public name
    names = {row["pk"]: row for row in named}
    operators = user_names({row["operator_id"] for row in rows if row.get("operator_id")})
    return People(
        refreshed_at=source.refreshed_at,
        # What was removed since the mirror was made has no name any more.
        rows=[_person(row, names[row["id"]], operators) for row in rows if row["id"] in names],
        count=total["count"],
        attempts=total.get("attempts") or 0,
        revenue=_roubles(total.get("revenue")),
        margin=_roubles(total.get("margin")),
    )


def _person(row: Mapping[str, Any], named: Mapping[str, Any], operators: Mapping[int, str]) -> Person:
    return Person(
        id=row["id"],
        customer_id=named["customer_pk"],
        customer=named["customer_name"],
        car=" ".join(filter(None, [named["make"], named["model_name"]])),
        plate=named["plate_text"] or "",
        programme=named["programme_title"],
        branch=named["branch_name"] or "",
        on=next(row[name] for name in ("on", "created_for", "started_on") if name in row),
        operator=operators.get(row.get("operator_id") or 0, ""),
        stage=_stage(row),
        state=row.get("state") or row.get("outcome") or "",
        attempts=row.get("attempts", 0),
        revenue=_roubles(row.get("revenue")),
        margin=_roubles(row.get("margin")),
    )


def _stage(row: Mapping[str, Any]) -> str:
    if "came" in row:
        return CAME if row["came"] else STAYED_AWAY
    if "outcome" in row:
        return ""
    return STAGES[row["furthest"]] if "furthest" in row else HELD_OUT


def _roubles(kopecks: int | None) -> Decimal:
    return Decimal(kopecks or 0) / 100
