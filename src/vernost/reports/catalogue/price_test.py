"""What a trial price of the norm-hour did: both arms, and the effect on each figure of a car."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.reports.asked import Asked
from vernost.reports.catalogue import Report, reports
from vernost.reports.rules import price_test as rules
from vernost.reports.rules.price_test import CONTROL, SUMS, TEST, Draw, Sample, Trial

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

_DIGITS = 4
_BASIS_POINTS = 100


class UnknownBranch(DomainError):
    code = "unknown_branch"
    text = _("There is no branch “%(ref)s”")


@dataclass(frozen=True, slots=True)
class PriceTestParams:
    """`test` and `control` are ids of branches in the source, with commas between them.

    Without `control` the customers of `test` are drawn: `share` per cent of them, by a hash of `code`.
    """

    as_of: date
    start: date
    end: date
    test: str
    control: str = ""
    share: int = 50
    code: str = "1"
    make: str = ""
    model: str = ""
    age_from: int | None = None
    age_to: int | None = None
    guardrail: int = rules.GUARDRAIL_PERCENT
    segment: str | None = None


@reports.register
class PriceTest(Report):
    """Figures of a car of each arm, whatever it paid; an effect only where there is enough data."""

    code = "price-test"
    title = _("Test of the norm-hour's price")
    columns = (
        "figure",
        "test",
        "control",
        "test_before",
        "control_before",
        "effect",
        "effect_from",
        "effect_to",
        "effect_percent",
        "verdict",
    )
    Params: ClassVar[type[Any]] = PriceTestParams

    def rows(self, con: "Backend", params: PriceTestParams, *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield a row a figure, of a car: visits, hours, roubles; the verdict is of the margin."""
        asked = Asked(con, actor, params.as_of, params.segment)
        trial = _trial(params, asked.branch_refs())
        arms = samples(asked, trial)
        test, control = arms[TEST], arms[CONTROL]
        is_enough = rules.enough_data(test, control)
        differenced = trial.compares_with_before
        effects = {
            figure: rules.effect(test, control, figure, compares_with_before=differenced) if is_enough else None
            for figure in rules.FIGURES
        }
        verdict = rules.verdict(test, control, effects["margin"], guardrail=Decimal(params.guardrail))
        for figure, effect in effects.items():
            interval = effect.a_car if effect else None
            unit = 1 if figure == "visits" else _BASIS_POINTS
            ends = (interval.value, interval.low, interval.high) if interval else (None, None, None)
            values = (
                *(arm.a_car(figure) for arm in (test, control)),
                *(arm.a_car(figure, before=True) for arm in (test, control)),
                *ends,
            )
            shown = [None if value is None else round(value / unit, _DIGITS) for value in values]
            percent = None if effect is None or effect.percent is None else round(effect.percent, _DIGITS)
            name = figure.replace("labour_hundredths", "labour_hours")
            yield dict(zip(self.columns, (name, *shown, percent, verdict.value), strict=True))


def _trial(params: PriceTestParams, refs: Mapping[int | None, str]) -> Trial:
    ids = {ref: branch_id for branch_id, ref in refs.items() if branch_id is not None}

    def named(words: str) -> frozenset[int]:
        wanted = [ref.strip() for ref in words.split(",") if ref.strip()]
        for ref in wanted:
            if ref not in ids:
                raise UnknownBranch(ref=ref)
        return frozenset(ids[ref] for ref in wanted)

    control = named(params.control)
    return Trial(
        code=params.code,
        start=params.start,
        end=params.end,
        draw=Draw.BRANCHES if control else Draw.CUSTOMERS,
        test_branches=named(params.test),
        control_branches=control,
        share=params.share * _BASIS_POINTS,
        make=folded(params.make),
        model=folded(params.model),
        age_from=params.age_from,
        age_to=params.age_to,
    )


def folded(text: str) -> str:
    """Write a make or a model as the mirror's keys are written."""
    return text.strip().lower()


def cohort(asked: Asked, trial: Trial) -> "Table":
    """Return the cars of the test. A segment is what it was on the eve."""
    people = None
    if asked.segment is not None:
        eve = min(asked.as_of, trial.start - timedelta(days=1))
        then = Asked(asked.con, asked.actor, eve, asked.segment)
        people = then.only(then.table("customers").select("customer_id"))
    return rules.cohort(asked, trial, people=people)


def samples(asked: Asked, trial: Trial) -> dict[str, Sample]:
    """Return what the customers of both arms brought by the day that is asked, and in the period a year before."""
    cars = cohort(asked, trial)
    now = rules.brought(asked, cars, *trial.period(asked.as_of))
    before = rules.brought(asked, cars, *trial.period_before(asked.as_of))
    earlier = {f"{name}_before": before[name] for name in SUMS}
    rows = now.inner_join(before.select(who="customer_id", **earlier), [("customer_id", "who")]).drop("who")
    table = asked.con.to_pyarrow(rows.order_by("customer_id"))
    columns = {name: table[name].to_numpy() for name in table.column_names}
    return {arm: _sample(columns, columns["arm"] == arm) for arm in (TEST, CONTROL)}


def _sample(columns: Mapping[str, Any], chosen: Any) -> Sample:  # noqa: ANN401 - a mask of numpy
    def of(name: str) -> rules.Floats:
        return np.asarray(columns[name][chosen], dtype=np.float64)

    return Sample(
        cars=of("cars"),
        now={name: of(name) for name in SUMS},
        before={name: of(f"{name}_before") for name in SUMS},
    )
