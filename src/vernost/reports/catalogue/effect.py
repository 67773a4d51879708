"""What each programme brought against its control group."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from vernost import facts
from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.core.money import roubles
from vernost.reports import rules
from vernost.reports.asked import Asked
from vernost.reports.catalogue import AsOf, Report, reports
from vernost.reports.facts import outcomes
from vernost.reports.rules import Arm, Interval

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

_MONEY = ("revenue", "margin")
_ARM_FIGURES = ("pairs", "visits", *_MONEY)


@reports.register
class Effect(Report):
    """Both arms over the pairs whose 60 days are over; an interval only where there is enough data."""

    code = "effect"
    title = _("Effect of programmes")
    columns = (
        "programme",
        *(f"invited_{figure}" for figure in _ARM_FIGURES),
        *(f"held_out_{figure}" for figure in _ARM_FIGURES),
        "uplift",
        "uplift_from",
        "uplift_to",
        "revenue_uplift",
        "revenue_uplift_from",
        "revenue_uplift_to",
        "margin_uplift",
        "margin_uplift_from",
        "margin_uplift_to",
        "verdict",
    )

    def rows(self, con: "Backend", params: AsOf, *, actor: Actor) -> Iterable[Mapping[str, Any]]:
        """Yield a row a programme; uplifts are shares and roubles a pair, None with `not_enough_data`."""
        cycles = Asked(con, actor, params.as_of, params.segment).only(facts.table("cycles", con, actor=actor))
        pairs = outcomes(cycles, facts.table("vehicle_visits", con), as_of=params.as_of)
        counted = pairs.group_by(["programme", "held_out"]).aggregate(
            pairs=pairs.count(),
            visits=pairs.came.sum().cast("int64"),
            revenue=pairs.revenue.sum().cast("int64"),
            margin=pairs.margin.sum().cast("int64"),
        )
        arms: dict[str, dict[bool, dict[str, int]]] = defaultdict(dict)
        for row in con.to_pyarrow(counted).to_pylist():
            arms[row["programme"]][row["held_out"]] = row
        paid = (
            pairs.filter(pairs.came)
            .select("programme", "held_out", "revenue", "margin", "cycle_id")
            .order_by("cycle_id")
        )
        money: dict[tuple[str, bool, str], list[int]] = defaultdict(list)
        for row in con.to_pyarrow(paid).to_pylist():
            for figure in _MONEY:
                if row[figure]:
                    money[row["programme"], row["held_out"], figure].append(row[figure])
        ids = con.to_pyarrow(cycles.select("programme", "programme_id").distinct()).to_pylist()
        seeds = {row["programme"]: row["programme_id"] for row in ids}
        for programme in sorted(arms):
            yield effect_row(programme, arms[programme], money, seed=seeds[programme])


def effect_row(
    programme: str,
    arms: Mapping[bool, Mapping[str, int]],
    money: Mapping[tuple[str, bool, str], list[int]],
    *,
    seed: int,
) -> dict[str, Any]:
    """Return one programme's row: both arms, and the uplifts where the data say anything."""
    nothing = dict.fromkeys(_ARM_FIGURES, 0)
    invited, held_out = arms.get(False, nothing), arms.get(True, nothing)
    first, second = (Arm(pairs=arm["pairs"], visits=arm["visits"]) for arm in (invited, held_out))
    row: dict[str, Any] = {"programme": programme}
    for name, arm in (("invited", invited), ("held_out", held_out)):
        row |= {f"{name}_{figure}": arm[figure] for figure in ("pairs", "visits")}
        row |= {f"{name}_{figure}": roubles(arm[figure]) for figure in _MONEY}
    if not rules.enough_data(first, second):
        return row | dict.fromkeys(Effect.columns[9:-1]) | {"verdict": "not_enough_data"}
    visits = rules.uplift(first, second)
    row |= {name: round(end, 6) for name, end in _ends("uplift", visits)}
    for figure in _MONEY:
        sums = {arm: money.get((programme, arm, figure), []) for arm in (False, True)}
        interval = rules.money_uplift(sums[False], first.pairs, sums[True], second.pairs, seed=seed)
        row |= {name: roubles(round(kopecks)) for name, kopecks in _ends(f"{figure}_uplift", interval)}
    return row | {"verdict": _verdict(visits)}


def _ends(name: str, interval: Interval) -> tuple[tuple[str, float], ...]:
    return (name, interval.value), (f"{name}_from", interval.low), (f"{name}_to", interval.high)


def _verdict(interval: Interval) -> str:
    if not interval.excludes_zero:
        return "no_proof"
    return "works" if interval.value > 0 else "harms"
