"""What the definitions of states, money, scores and risks say of one customer: over his own rows of the mirror."""

from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from vernost.core.actor import Actor
from vernost.segments import score_borders

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from vernost.accounts.rules import RuleSettings
    from vernost.segments.own_base import Stand

_FITTED_LATELY: Final = 8
_SMALL: Final = 20_000


@dataclass(frozen=True, slots=True)
class Score:
    """RFM on a day of the night: the scores, with what they were given for. Money in kopecks."""

    r: int
    f: int
    m: int
    group: str
    recency_days: int
    frequency: int
    monetary: int


@dataclass(frozen=True, slots=True)
class CustomerFigures:
    """On `as_of`; money in kopecks.

    `recent` visit days lie within the window of loyalty, `returned_on` is the last return. `rfm` None: no visit in
    its window, or no borders yet; `abc` None: no borders. `p_alive` None: no model.
    """

    as_of: date
    state: str
    dna_code: str
    visits: int
    orders: int
    revenue: int
    margin: int
    cumulative_margin: int
    first_visit_on: date | None
    last_visit_on: date | None
    recent: int
    returned_on: date | None
    rfm: Score | None
    abc: str | None
    abc_revenue: int
    p_alive: float | None
    expected_visits: float | None
    expected_margin: int | None


@dataclass(frozen=True, slots=True)
class Risk:
    """A point of risk with its evidence; `amount` in kopecks."""

    code: str
    on: date
    vehicle_id: int | None
    order_ref: str | None
    before_ref: str | None
    amount: int | None
    number: int | None


@dataclass(frozen=True, slots=True)
class _OfBranches:
    """Tables of which documents are only those of some branches."""

    con: "Backend"
    branches: tuple[int, ...] | None

    def table(self, name: str, /) -> "Table":
        rows = self.con.table(name)
        if self.branches is None or "branch_id" not in rows.columns:
            return rows
        from vernost import facts  # noqa: PLC0415 - as below

        return facts.of_branches(name, rows, self.branches)


def figures_of(customer_id: int, *, on: date, ref: str, actor: Actor) -> CustomerFigures | None:
    """Return the figures on the day of the last scores (today, where there are none).

    States and scores are those of the whole group, money that of the actor's branches. None for one who came
    after the newest mirror.
    """
    from vernost.accounts import queries  # noqa: PLC0415 - a card without figures must not wait for Ibis
    from vernost.segments import own_base  # noqa: PLC0415 - as above

    borders = score_borders.newest(on) or _drawn(on)
    as_of, settings = borders.as_of if borders else on, queries.rule_settings()
    branches = None if actor.branch_ids is None else tuple(sorted(actor.branch_ids))
    base = own_base.mine()
    made = _definitions(as_of, settings, branches)
    asked = {
        name: base.statement((name, as_of, settings, branches, *more), make) for name, (make, *more) in made.items()
    }
    base.fill(asked.values(), customer_id)
    found = {name: base.rows(statement) for name, statement in asked.items()}
    if not found["lifecycle"]:
        return None
    state, money = found["lifecycle"][0], found["money"][0]
    rfm, abc, revenue = _scored(found["rfm"], found["abc"], borders, ref)
    value = next(iter(found.get("value", ())), {})
    return CustomerFigures(
        as_of=as_of,
        state=state["state"],
        dna_code=state["dna_code"],
        **{name: money[name] for name in ("visits", "orders", "revenue", "margin", "cumulative_margin")},
        first_visit_on=money["first_visit_on"],
        last_visit_on=money["last_visit_on"],
        **_signs([row["on"] for row in found["days"]], as_of, settings),
        rfm=rfm,
        abc=abc,
        abc_revenue=revenue,
        p_alive=value.get("p_alive"),
        expected_visits=value.get("expected_visits"),
        expected_margin=value.get("expected_margin"),
    )


_Made = tuple[Callable[["Backend"], "Table"], Hashable]
"""A definition, and what it is made with beside the day, the settings and the branches."""


def _definitions(as_of: date, settings: "RuleSettings", branches: tuple[int, ...] | None) -> dict[str, _Made]:
    from vernost.segments import metrics  # noqa: PLC0415 - as above
    from vernost.segments.rules import abc, lifecycle, rfm  # noqa: PLC0415 - as above
    from vernost.segments.rules.value import base, expression, kept, plain  # noqa: PLC0415 - as above

    known = metrics.discover()
    made: dict[str, _Made] = {
        "lifecycle": (lambda con: known["lifecycle"].of(con, as_of, settings), None),
        "money": (lambda con: known["money"].of(_OfBranches(con, branches), as_of, settings), None),
        "days": (lambda con: lifecycle.visit_days(con, as_of), None),
        "rfm": (lambda con: rfm.figures(con, as_of, settings), None),
        "abc": (lambda con: abc.values(con, as_of, settings, by="customer"), None),
    }
    days = (as_of - timedelta(days=back) for back in range(_FITTED_LATELY))
    stored = next((fit for day in days if (fit := kept.of(day)) is not None), None)
    if stored is not None:
        fits = plain.speaking(stored)
        made["value"] = (
            lambda con: expression.expected(base.histories(con, as_of), *fits, base.HORIZON_DAYS),
            repr(fits),
        )
    return made


def _drawn(on: date) -> score_borders.Borders | None:
    """Of a small base the borders are found at once; of a large one by the night."""
    from vernost import facts  # noqa: PLC0415 - as above

    customers = facts.connect().con.execute("SELECT count(*) FROM customers").fetchall()[0][0]
    return score_borders.draw(as_of=on) if customers <= _SMALL else None


def _signs(came: Iterable[date], as_of: date, settings: "RuleSettings") -> dict[str, Any]:
    """What a state is made of, beside the first and the last visit."""
    days = sorted(came)
    loyal_from = as_of - timedelta(days=settings.loyal_window_days)
    back = [day for before, day in pairwise(days) if (day - before).days >= settings.sleep_after_days + 2]
    return {"recent": sum(day >= loyal_from for day in days), "returned_on": max(back, default=None)}


_Rows = list[dict[str, Any]]


def _scored(
    came: _Rows, values: _Rows, borders: score_borders.Borders | None, ref: str
) -> tuple[Score | None, str | None, int]:
    revenue = int(values[0]["value"] or 0) if values else 0
    if borders is None:
        return None, None, revenue
    if not came:
        return None, borders.abc(revenue, ref), revenue
    own = came[0]
    values_of = {"r": own["recency_days"], "f": own["frequency"], "m": own["monetary"]}
    scores = {axis: borders.score(axis, value) for axis, value in values_of.items()}
    score = Score(
        **scores,
        group=_group(**scores),
        recency_days=own["recency_days"],
        frequency=own["frequency"],
        monetary=own["monetary"],
    )
    return score, borders.abc(revenue, ref), revenue


@cache
def _group(r: int, f: int, m: int) -> str:
    import ibis  # noqa: PLC0415 - as above
    import pyarrow as pa  # noqa: PLC0415 - as above

    from vernost.segments.rules import rfm  # noqa: PLC0415 - as above

    rows = ibis.memtable(pa.Table.from_pylist([{"r": r, "f": f, "m": m}]))
    return str(rows.select(group=rfm.group(rows)).to_pyarrow().to_pylist()[0]["group"])


def risks_of(customer_id: int, *, vehicle_ids: Collection[int], on: date) -> list[Risk]:
    """Return what stands open today, the latest first.

    `vehicle_ids` are the cars that he owns or has brought: what of them is another owner's is left out.
    """
    from vernost.accounts import queries  # noqa: PLC0415 - as above
    from vernost.segments import own_base  # noqa: PLC0415 - as above
    from vernost.segments.rules import risks  # noqa: PLC0415 - as above

    base, settings = own_base.mine(), queries.rule_settings()

    def events(con: "Backend") -> "Table":
        return risks.events(con, on, settings, stand=con.table(own_base.STAND))

    statement = base.statement(("risks", on, settings), events)
    base.fill([statement], customer_id, vehicle_ids, stand=(stand := _stand(vehicle_ids)))
    if not base.holds(on):
        statement = base.made_again(events)
        base.fill([statement], customer_id, vehicle_ids, stand=stand)
    rows = [row for row in base.rows(statement) if row["customer_id"] == customer_id]
    found = [Risk(**{name: row[name] for name in Risk.__slots__}) for row in rows]
    return sorted(found, key=lambda risk: (risk.on, risk.code), reverse=True)


def _stand(vehicle_ids: Collection[int]) -> "list[Stand]":
    """Return what the odometers of the cars say: kept since the mirror was made, so no model's median is asked."""
    from vernost.facts.models import VehicleState  # noqa: PLC0415 - as above
    from vernost.segments.rules import days  # noqa: PLC0415 - as above

    states = VehicleState.objects.filter(pk__in=vehicle_ids, last_reading_on__isnull=False)
    return [
        (
            state.pk,
            state.last_reading_km,
            days.number_of(state.last_reading_on) if state.last_reading_on else None,
            state.rate_m_per_day,
        )
        for state in states
    ]
