"""The funnel of a period as the page shows it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from vernost import facts
from vernost.accounts.queries import rule_settings
from vernost.core.actor import Actor
from vernost.core.period import add_months
from vernost.reports import rules
from vernost.reports.catalogue.funnel import Funnel, funnel_tables, held_out_pairs
from vernost.reports.facts import STAGES, FunnelBy, Slice, funnel, paths, sliced
from vernost.reports.queries.plans import plan_of
from vernost.reports.queries.source import Source, branch_names, open_source, programme_titles, user_names
from vernost.reports.rules import WeakStage

MONEY = ("revenue", "margin")
EVERYTHING = Slice()
FIGURES = (*STAGES, "attempts", "talk_seconds", *MONEY)


@dataclass(frozen=True, slots=True)
class FunnelFilter:
    """The period by target dates, the last day whose attempts and orders count, what of it, cut how."""

    start: date
    end: date
    as_of: date
    slice: Slice = EVERYTHING
    by: FunnelBy = "programme"

    @property
    def params(self) -> Funnel.Params:
        return Funnel.Params(from_=self.start, to=self.end, by=self.by)


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """A row of the cut, or all of them together. `key` is as `Slice` takes it; money in roubles."""

    key: str | int | date | None
    title: str | date | None
    counts: Mapping[str, int]
    attempts: int
    revenue: Decimal
    margin: Decimal
    cost: Decimal
    held_out: int

    @property
    def conversions(self) -> dict[str, float]:
        return rules.conversions(self.counts)

    def share(self, stage: str) -> float:
        """Return the share of a stage in the target group."""
        return self.counts[stage] / self.counts["targeted"] if self.counts["targeted"] else 0.0


@dataclass(frozen=True, slots=True)
class FunnelPage:
    """A funnel with what it is compared with. `plan` is empty where a month has none; `weak` None: no stage is behind.

    `against` says what `weak` was measured by: `plan`, `previous`, or nothing where there is neither.
    """

    refreshed_at: datetime
    total: FunnelRow
    rows: list[FunnelRow]
    previous: FunnelRow
    plan: Mapping[str, Decimal]
    weak: WeakStage | None
    against: str
    operators: Mapping[int, str]
    branches: Mapping[int, str]
    programmes: Mapping[str, str]


def funnel_page(actor: Actor, chosen: FunnelFilter, *, today: date) -> FunnelPage:
    source, cost = open_source(), rule_settings().attempt_cost
    programmes, branches = programme_titles(), branch_names(actor)
    operators = _operators(source, actor)
    titles: dict[FunnelBy, Callable[[Any], Any]] = {
        "programme": lambda key: programmes.get(key, key),
        "branch": branches.get,
        "operator": operators.get,
        "month": lambda key: key,
    }
    counted = _counted(source, actor, chosen)
    held_out = held_out_pairs(source.con, actor, chosen.params, chosen.slice)
    keys = sorted({*counted, *held_out}, key=lambda key: _place(titles[chosen.by](key)))
    rows = [
        _row(key, titles[chosen.by](key), counted.get(key, {}), held_out=held_out.get(key, 0), cost=cost)
        for key in keys
    ]
    total, previous = _together(rows), _previous(source, actor, chosen, today=today, cost=cost)
    plan = plan_of(actor, chosen.slice, months=rules.months_of(chosen.start, chosen.end))
    expected, against = _expected(plan, previous)
    return FunnelPage(
        refreshed_at=source.refreshed_at,
        total=total,
        rows=rows,
        previous=previous,
        plan=plan,
        weak=rules.weak_stage(total.counts, expected, revenue=int(total.revenue * 100)),
        against=against,
        operators=operators,
        branches=branches,
        programmes=programmes,
    )


@dataclass(frozen=True, slots=True)
class MonthFunnel:
    """The present month for a home page: counts by stage, revenue in roubles, the plan where there is one."""

    start: date
    end: date
    refreshed_at: datetime
    counts: Mapping[str, int]
    revenue: Decimal
    plan: Mapping[str, Decimal]


def month_funnel(actor: Actor, today: date) -> MonthFunnel:
    """Return the funnel of the month of `today`; `mirror.MirrorMissing` before the first import."""
    start, end = month_of(today)
    chosen = FunnelFilter(start, end, as_of=end)
    source = open_source()
    total = _together(
        [_row(key, None, row, held_out=0, cost=0) for key, row in _counted(source, actor, chosen).items()]
    )
    plan = plan_of(actor, EVERYTHING, months=[start])
    return MonthFunnel(start, end, source.refreshed_at, total.counts, total.revenue, plan)


def month_of(day: date) -> tuple[date, date]:
    """Return the first and the last day of a month."""
    first = day.replace(day=1)
    return first, date.fromordinal(add_months(first, 1).toordinal() - 1)


def _counted(source: Source, actor: Actor, chosen: FunnelFilter) -> dict[Any, dict[str, int]]:
    tables = funnel_tables(source.con, actor)
    walked = sliced(paths(tables, start=chosen.start, end=chosen.end, as_of=chosen.as_of), chosen.slice)
    return {row["key"]: row for row in source.rows(funnel(walked, by=chosen.by))}


def _previous(source: Source, actor: Actor, chosen: FunnelFilter, *, today: date, cost: int) -> FunnelRow:
    start, end = rules.period_before(chosen.start, chosen.end, today)
    known_longer = chosen.as_of - chosen.end
    of_slice = Slice(chosen.slice.programme, chosen.slice.branch_id, chosen.slice.operator_id)
    earlier = FunnelFilter(start, end, as_of=end + known_longer, slice=of_slice, by="programme")
    counted = _counted(source, actor, earlier)
    return _together([_row(key, None, row, held_out=0, cost=cost) for key, row in counted.items()])


def _operators(source: Source, actor: Actor) -> dict[int, str]:
    attempts = facts.table("attempts", source.con, actor=actor)
    ids = source.rows(attempts.filter(attempts.user_id.notnull()).select("user_id").distinct())
    return user_names([row["user_id"] for row in ids])


def _row(key: Any, title: Any, figures: Mapping[str, int], *, held_out: int, cost: int) -> FunnelRow:  # noqa: ANN401 - a key of any cut
    known = {figure: figures.get(figure, 0) for figure in FIGURES}
    return FunnelRow(
        key=key,
        title=title,
        counts={stage: known[stage] for stage in STAGES},
        attempts=known["attempts"],
        revenue=Decimal(known["revenue"]) / 100,
        margin=Decimal(known["margin"]) / 100,
        cost=Decimal(known["attempts"] * cost),
        held_out=held_out,
    )


def _together(rows: Iterable[FunnelRow]) -> FunnelRow:
    """Sum a cut: every invitation is in one of its rows."""
    listed = list(rows)
    return FunnelRow(
        key=None,
        title=None,
        counts={stage: sum(row.counts[stage] for row in listed) for stage in STAGES},
        attempts=sum(row.attempts for row in listed),
        revenue=sum((row.revenue for row in listed), Decimal(0)),
        margin=sum((row.margin for row in listed), Decimal(0)),
        cost=sum((row.cost for row in listed), Decimal(0)),
        held_out=sum(row.held_out for row in listed),
    )


def _place(title: str | date | None) -> tuple[bool, str]:
    """Order by title; what has none stands last."""
    return title is None, str(title or "").lower()


def _expected(plan: Mapping[str, Decimal], previous: FunnelRow) -> tuple[dict[str, float], str]:
    if by_plan := rules.conversions(plan):
        return by_plan, "plan"
    by_previous = rules.conversions(previous.counts, least=rules.WEAK_FROM)
    return by_previous, "previous" if by_previous else ""
