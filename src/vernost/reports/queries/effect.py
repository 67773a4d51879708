"""What programmes brought against their control groups, as the page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from vernost import facts
from vernost.core.actor import Actor
from vernost.invitations.models import Cycle, Programme
from vernost.reports.catalogue import AsOf
from vernost.reports.catalogue.effect import Effect
from vernost.reports.facts import EFFECT_DAYS, outcomes
from vernost.reports.queries.people import People, listed
from vernost.reports.queries.source import Source, open_source, programme_titles
from vernost.reports.rules import PAIRS_NEEDED, VISITS_NEEDED, Interval


@dataclass(frozen=True, slots=True)
class ArmRow:
    """One arm; `waiting` are its pairs whose days are not over. Money in roubles."""

    pairs: int
    visits: int
    revenue: Decimal
    margin: Decimal
    waiting: int

    @property
    def share(self) -> float | None:
        return self.visits / self.pairs if self.pairs else None


@dataclass(frozen=True, slots=True)
class Missing:
    """What lacks to the least that says anything."""

    invited: int
    held_out: int
    visits: int


@dataclass(frozen=True, slots=True)
class ProgrammeEffect:
    """`uplift` in shares, `revenue` and `margin` in roubles a pair; None without enough data."""

    code: str
    title: str
    invited: ArmRow
    held_out: ArmRow
    uplift: Interval | None
    revenue: Interval | None
    margin: Interval | None
    verdict: str
    next_on: date | None
    """When the next pairs' days are over."""
    control_share: int
    """In basis points: what the coming nights hold out."""

    @property
    def is_compared(self) -> bool:
        """Tell whether there is or will be a control group; recalls have none."""
        return bool(self.control_share or self.held_out.pairs or self.held_out.waiting)

    @property
    def missing(self) -> Missing:
        visits = self.invited.visits + self.held_out.visits
        return Missing(
            max(0, PAIRS_NEEDED - self.invited.pairs),
            max(0, PAIRS_NEEDED - self.held_out.pairs),
            max(0, VISITS_NEEDED - visits),
        )

    def total(self, interval: Interval | None) -> Interval | None:
        """Return the money of all invited pairs together."""
        if interval is None:
            return None
        pairs = self.invited.pairs
        return Interval(interval.value * pairs, interval.low * pairs, interval.high * pairs)

    @property
    def revenue_total(self) -> Interval | None:
        return self.total(self.revenue)

    @property
    def margin_total(self) -> Interval | None:
        return self.total(self.margin)


@dataclass(frozen=True, slots=True)
class EffectPage:
    refreshed_at: datetime
    programmes: list[ProgrammeEffect]


def effect_page(actor: Actor, *, as_of: date) -> EffectPage:
    source, titles = open_source(), programme_titles()
    measured = {row["programme"]: row for row in Effect().rows(source.con, AsOf(as_of), actor=actor)}
    waiting = _waiting(source, actor, as_of)
    shares = dict(Programme.objects.values_list("code", "control_share"))
    found = [
        _effect(code, titles.get(code, code), measured.get(code, _NOTHING), waiting.get(code, {}), as_of, shares)
        for code in {*measured, *waiting}
    ]
    return EffectPage(source.refreshed_at, sorted(found, key=_place))


def _place(effect: ProgrammeEffect) -> tuple[bool, bool, str]:
    """Order what says something first, what cannot say anything last."""
    return effect.uplift is None, not effect.is_compared, effect.title.lower()


_NOTHING: Mapping[str, Any] = {**dict.fromkeys(Effect.columns), "verdict": "not_enough_data"}


def _effect(
    code: str,
    title: str,
    row: Mapping[str, Any],
    waiting: Mapping[bool, tuple[int, date]],
    as_of: date,
    shares: Mapping[str, int],
) -> ProgrammeEffect:
    first_days = [started_on for _pairs, started_on in waiting.values()]
    return ProgrammeEffect(
        code=code,
        title=title,
        invited=_arm(row, "invited", waiting.get(False)),
        held_out=_arm(row, "held_out", waiting.get(True)),
        uplift=_interval(row, "uplift"),
        revenue=_interval(row, "revenue_uplift"),
        margin=_interval(row, "margin_uplift"),
        verdict=row["verdict"],
        next_on=max(as_of, min(first_days) + timedelta(days=EFFECT_DAYS)) if first_days else None,
        control_share=shares.get(code, 0),
    )


def _arm(row: Mapping[str, Any], name: str, waiting: tuple[int, date] | None) -> ArmRow:
    return ArmRow(
        pairs=row[f"{name}_pairs"] or 0,
        visits=row[f"{name}_visits"] or 0,
        revenue=Decimal(row[f"{name}_revenue"] or 0),
        margin=Decimal(row[f"{name}_margin"] or 0),
        waiting=waiting[0] if waiting else 0,
    )


def _interval(row: Mapping[str, Any], name: str) -> Interval | None:
    if row[name] is None:
        return None
    return Interval(float(row[name]), float(row[f"{name}_from"]), float(row[f"{name}_to"]))


def _waiting(source: Source, actor: Actor, as_of: date) -> dict[str, dict[bool, tuple[int, date]]]:
    """Count the pairs whose days are not over, and tell the first night among them, by programme and arm."""
    cycles = facts.table("cycles", source.con, actor=actor)
    unripe = cycles.filter(cycles.started_on <= as_of, cycles.started_on > as_of - timedelta(days=EFFECT_DAYS))
    counted = unripe.group_by(["programme", "held_out"]).aggregate(pairs=unripe.count(), first=unripe.started_on.min())
    found: dict[str, dict[bool, tuple[int, date]]] = {}
    for row in source.rows(counted):
        found.setdefault(row["programme"], {})[row["held_out"]] = (row["pairs"], row["first"])
    return found


@dataclass(frozen=True, slots=True)
class ArmFilter:
    as_of: date
    programme: str
    held_out: bool
    came: bool


def effect_people(actor: Actor, chosen: ArmFilter, *, after: int | None, limit: int | None) -> People:
    """Return the pairs of an arm whose days are over, or those of them who came."""
    source = open_source()
    cycles = facts.table("cycles", source.con, actor=actor)
    pairs = outcomes(cycles, facts.table("vehicle_visits", source.con), as_of=chosen.as_of)
    arm = pairs.filter(pairs.programme == chosen.programme, pairs.held_out == chosen.held_out)
    found = arm.filter(arm.came) if chosen.came else arm
    return listed(source, found.rename(id="cycle_id"), Cycle, after=after, limit=limit)
