"""What the definitions of states, money, scores and risks say of one customer: over his own rows of the mirror."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from vernost.core.actor import Actor
from vernost.segments import score_borders

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from vernost.accounts.rules import RuleSettings

# Of these tables the customer's rows matter, whatever car they name.
_OF_CUSTOMERS: Final = frozenset({"visits", "visit_days"})
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


@dataclass(frozen=True)
class _Own:
    """The rows of a customer and of some cars; `branches`: of documents only theirs."""

    whole: "Backend"
    customer_id: int
    vehicle_ids: tuple[int, ...] = ()
    branches: tuple[int, ...] | None = None

    def table(self, name: str, /) -> "Table":
        rows = self.whole.table(name)
        his = [rows.customer_id == self.customer_id] if "customer_id" in rows.columns else []
        if "vehicle_id" in rows.columns and name not in _OF_CUSTOMERS:
            his.append(rows.vehicle_id.isin(list(self.vehicle_ids)) if self.vehicle_ids else rows.vehicle_id < 0)
        if self.branches is not None and "branch_id" in rows.columns:
            rows = rows.filter(rows.branch_id.isin(list(self.branches)) if self.branches else rows.branch_id < 0)
        if not his:
            return rows
        return rows.filter(his[0] | his[1] if len(his) > 1 else his[0])


@dataclass(frozen=True)
class _Asked:
    con: "Backend"
    own: _Own
    as_of: date
    settings: "RuleSettings"

    def one(self, rows: "Table", key: str = "customer_id") -> Mapping[str, Any]:
        found = self.con.to_pyarrow(rows.filter(rows[key] == self.own.customer_id)).to_pylist()
        return found[0] if found else {}

    @cached_property
    def days(self) -> list[date]:
        from vernost.segments.rules import lifecycle  # noqa: PLC0415 - a card without figures must not wait for Ibis

        came = lifecycle.visit_days(self.own, self.as_of)
        return sorted(row["on"] for row in self.con.to_pyarrow(came).to_pylist())


def figures_of(customer_id: int, *, on: date, ref: str, actor: Actor) -> CustomerFigures | None:
    """Return the figures on the day of the last scores (today, where there are none).

    States and scores are those of the whole group, money that of the actor's branches. None for one who came
    after the newest mirror.
    """
    from vernost import facts  # noqa: PLC0415 - as above
    from vernost.accounts import queries  # noqa: PLC0415 - as above
    from vernost.segments import metrics  # noqa: PLC0415 - as above

    con = facts.connect()
    borders = score_borders.newest(on) or _drawn(con, on)
    asked = _Asked(con, _Own(con, customer_id), borders.as_of if borders else on, queries.rule_settings())
    known = metrics.discover()
    state = asked.one(known["lifecycle"].of(asked.own, asked.as_of, asked.settings))
    if not state:
        return None
    branches = None if actor.branch_ids is None else tuple(sorted(actor.branch_ids))
    money = asked.one(known["money"].of(replace(asked.own, branches=branches), asked.as_of, asked.settings))
    rfm, abc, revenue = _scored(asked, borders, ref)
    return CustomerFigures(
        as_of=asked.as_of,
        state=state["state"],
        dna_code=state["dna_code"],
        **{name: money[name] for name in ("visits", "orders", "revenue", "margin", "cumulative_margin")},
        first_visit_on=money["first_visit_on"],
        last_visit_on=money["last_visit_on"],
        **_signs(asked),
        rfm=rfm,
        abc=abc,
        abc_revenue=revenue,
        **_value(asked),
    )


def _drawn(con: "Backend", on: date) -> score_borders.Borders | None:
    """Of a small base the borders are found at once; of a large one by the night."""
    customers = con.con.execute("SELECT count(*) FROM customers").fetchall()[0][0]
    return score_borders.draw(as_of=on) if customers <= _SMALL else None


def _signs(asked: _Asked) -> dict[str, Any]:
    """What a state is made of, beside the first and the last visit."""
    loyal_from = asked.as_of - timedelta(days=asked.settings.loyal_window_days)
    pairs = zip(asked.days, asked.days[1:], strict=False)
    back = [day for before, day in pairs if (day - before).days >= asked.settings.sleep_after_days + 2]
    return {"recent": sum(day >= loyal_from for day in asked.days), "returned_on": max(back, default=None)}


def _scored(asked: _Asked, borders: score_borders.Borders | None, ref: str) -> tuple[Score | None, str | None, int]:
    from vernost.segments.rules import abc, rfm  # noqa: PLC0415 - as above

    own = asked.one(rfm.figures(asked.own, asked.as_of, asked.settings))
    values = abc.values(asked.own, asked.as_of, asked.settings, by="customer")
    revenue = int(asked.one(values, "id").get("value") or 0)
    if borders is None:
        return None, None, revenue
    if not own:
        return None, borders.abc(revenue, ref), revenue
    values_of = {"r": own["recency_days"], "f": own["frequency"], "m": own["monetary"]}
    scores = {axis: borders.score(axis, value) for axis, value in values_of.items()}
    score = Score(
        **scores,
        group=_group(scores),
        recency_days=own["recency_days"],
        frequency=own["frequency"],
        monetary=own["monetary"],
    )
    return score, borders.abc(revenue, ref), revenue


def _group(scores: Mapping[str, int]) -> str:
    import ibis  # noqa: PLC0415 - as above
    import pyarrow as pa  # noqa: PLC0415 - as above

    from vernost.segments.rules import rfm  # noqa: PLC0415 - as above

    rows = ibis.memtable(pa.Table.from_pylist([dict(scores)]))
    return str(rows.select(group=rfm.group(rows)).to_pyarrow().to_pylist()[0]["group"])


def _value(asked: _Asked) -> dict[str, Any]:
    from vernost.segments.rules.value import base, expression, kept  # noqa: PLC0415 - as above

    days = (asked.as_of - timedelta(days=back) for back in range(_FITTED_LATELY))
    stored = next((fit for day in days if (fit := kept.of(day)) is not None), None)
    found: Mapping[str, Any] = {}
    if stored is not None:
        told = base.histories(asked.own, asked.as_of)
        found = asked.one(expression.expected(told, *base.read(stored), base.HORIZON_DAYS))
    return {name: found.get(name) for name in ("p_alive", "expected_visits", "expected_margin")}


def risks_of(customer_id: int, *, vehicle_ids: Collection[int], on: date) -> list[Risk]:
    """Return what stands open today, the latest first.

    `vehicle_ids` are the cars that he owns or has brought: what of them is another owner's is left out.
    """
    from vernost import facts  # noqa: PLC0415 - as above
    from vernost.accounts import queries  # noqa: PLC0415 - as above
    from vernost.segments.rules import risks  # noqa: PLC0415 - as above

    con = facts.connect()
    own = _Own(con, customer_id, tuple(sorted(vehicle_ids)))
    events = risks.events(own, on, queries.rule_settings(), stand=_stand(vehicle_ids))
    rows = con.to_pyarrow(events.filter(events.customer_id == customer_id)).to_pylist()
    found = [Risk(**{name: row[name] for name in Risk.__slots__}) for row in rows]
    return sorted(found, key=lambda risk: (risk.on, risk.code), reverse=True)


def _stand(vehicle_ids: Collection[int]) -> "Table":
    """Return what the odometers of the cars say: kept since the mirror was made, so no model's median is asked."""
    import ibis  # noqa: PLC0415 - as above
    import pyarrow as pa  # noqa: PLC0415 - as above

    from vernost.facts.models import VehicleState  # noqa: PLC0415 - as above
    from vernost.segments.rules import days  # noqa: PLC0415 - as above

    states = VehicleState.objects.filter(pk__in=vehicle_ids, last_reading_on__isnull=False)
    rows = [
        {
            "vehicle_id": state.pk,
            "last_km": state.last_reading_km,
            "last_day": days.number_of(state.last_reading_on) if state.last_reading_on else None,
            "rate_m_per_day": state.rate_m_per_day,
        }
        for state in states
    ]
    schema = {"vehicle_id": pa.int64(), "last_km": pa.int64(), "last_day": pa.int32(), "rate_m_per_day": pa.int64()}
    return ibis.memtable(pa.Table.from_pylist(rows, schema=pa.schema(schema)))
