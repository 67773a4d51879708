"""The service funnel of the invitations whose target date falls in a period."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from vernost import facts
from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.core.money import roubles
from vernost.reports.asked import Asked
from vernost.reports.catalogue import Report, in_order, reports
from vernost.reports.facts import (
    KEY_COLUMNS,
    STAGES,
    FunnelBy,
    FunnelTables,
    Slice,
    funnel,
    held_out,
    paths,
    sliced,
)

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table


@reports.register
class Funnel(Report):
    """Each stage counts the invitations that got at least that far, so counts never grow along a row."""

    code = "funnel"
    title = _("Service funnel")
    columns = ("key", *STAGES, "attempts", "talk_seconds", "revenue", "margin", "held_out")

    @dataclass(frozen=True, slots=True)
    class Params:
        from_: date
        to: date
        by: FunnelBy | None = None
        segment: str | None = None

    def as_of(self, params: "Funnel.Params") -> date:
        return params.to

    def rows(self, con: "Backend", params: "Funnel.Params", *, actor: Actor) -> Iterable[Mapping[str, Any]]:
        """Yield a row for each value of `by`, else one row; the key is the source's id, code, login or month."""
        in_order(params.from_, params.to)
        asked = Asked(con, actor, params.to, params.segment)
        walked = paths(funnel_tables(con, actor, asked), start=params.from_, end=params.to)
        names = key_names(con, params.by)
        held_out = held_out_pairs(con, actor, params)
        counted = con.to_pyarrow(funnel(walked, by=params.by)).to_pylist()
        keys = {row.get("key") for row in counted}
        unseen = [
            {"key": key} | dict.fromkeys((*STAGES, "attempts", "talk_seconds", "revenue", "margin"), 0)
            for key in held_out
            if key not in keys
        ]
        for row in [*counted, *unseen]:
            key = row.get("key")
            yield {
                "key": None if params.by is None else names.get(key, _month(key)),
                **{column: row[column] for column in (*STAGES, "attempts", "talk_seconds")},
                "revenue": roubles(row["revenue"]),
                "margin": roubles(row["margin"]),
                "held_out": held_out.get(key, 0),
            }


def funnel_tables(con: "Backend", actor: Actor, asked: Asked | None = None) -> FunnelTables:
    """Return the tables of the funnel as far as the actor sees them, of the segment that is asked for."""

    def table(name: str) -> "Table":
        return facts.table(name, con, actor=actor)

    invitations, attempts = table("invitations"), table("attempts")
    if asked is not None and asked.segment is not None:
        invitations = asked.only(invitations)
        attempts = attempts.semi_join(invitations, "invitation_id")
    return FunnelTables(
        invitations=invitations,
        attempts=attempts,
        attributions=table("attributions"),
        # An invitation's order may have been made at another branch: its money is the invitation's all the same.
        orders=facts.table("orders", con),
        appointments=facts.table("appointments", con),
    )


def key_names(con: "Backend", by: FunnelBy | None) -> dict[Any, str | None]:
    """Map the inner keys of a cut to what people call them; no branch and no operator are None."""
    if by == "branch":
        branches = con.table("branches")
        return {None: None} | {r["branch_id"]: r["ref"] for r in _rows(con, branches.select("branch_id", "ref"))}
    if by == "operator":
        users = con.table("users")
        return {None: None} | {r["user_id"]: r["username"] for r in _rows(con, users.select("user_id", "username"))}
    return {}


def held_out_pairs(con: "Backend", actor: Actor, params: Funnel.Params, chosen: Slice | None = None) -> dict[Any, int]:
    """Count the pairs of the control group whose target date is in the period, by the same key; nobody called them."""
    cycles = Asked(con, actor, params.to, params.segment).only(facts.table("cycles", con, actor=actor))
    kept = held_out(cycles, start=params.from_, end=params.to)
    kept = sliced(kept, chosen or Slice())
    if params.by is None:
        return {None: int(con.to_pyarrow(kept.count()).as_py())}
    counted = kept.group_by(key=kept[KEY_COLUMNS[params.by]]).aggregate(pairs=kept.count())
    return {row["key"]: row["pairs"] for row in _rows(con, counted)}


def _rows(con: "Backend", table: "Table") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = con.to_pyarrow(table).to_pylist()
    return rows


def _month(key: Any) -> Any:  # noqa: ANN401 - a programme's code or the first day of a month
    return f"{key:%Y-%m}" if isinstance(key, date) else key
