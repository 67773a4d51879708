"""Which model speaks for a base.

The rule: MBG/NBD, unless BG/NBD tells who of the held-out period's customers come at all clearly better, its Brier
score being lower by more than two standard errors of the difference. BG/NBD says of everybody who came once that he is
ours for ever, so in a base of one-visit customers a draw is decided against it. A model that cannot be estimated does
not stand; where neither can, a simple rate speaks.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from vernost.segments.rules.value import money, simple, visits
from vernost.segments.rules.value.histories import Summary
from vernost.segments.rules.value.holdout import Assessment, HeldOut, assess, squared_errors
from vernost.segments.rules.value.maximum import CannotBeEstimated
from vernost.segments.rules.value.money import MoneyModel
from vernost.segments.rules.value.prediction import predict
from vernost.segments.rules.value.simple import SimpleAmount, SimpleRate
from vernost.segments.rules.value.visits import Kind, VisitModel

_CLEARLY: Final = 2.0
KINDS: Final[tuple[Kind, Kind]] = ("bg_nbd", "mbg_nbd")


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of a model on the held-out period, fitted on what was known before it."""

    fitted: VisitModel | CannotBeEstimated | SimpleRate
    assessment: Assessment | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """Everything known of a base: both models, the one that speaks, money, and the test on a held-out period."""

    bg_nbd: VisitModel | CannotBeEstimated
    mbg_nbd: VisitModel | CannotBeEstimated
    chosen: VisitModel | SimpleRate
    gamma_gamma: MoneyModel | CannotBeEstimated
    amount: MoneyModel | SimpleAmount
    simple_rate: SimpleRate
    tests: dict[str, Tested]
    kept: HeldOut | None

    @property
    def test(self) -> Assessment | None:
        """Return how the chosen model did; of a simple rate, how that did."""
        tested = self.tests.get(self.chosen.kind)
        return tested.assessment if tested else None


def fit_all(known: Summary, kept: HeldOut | None) -> Fit:
    """Fit on `known`; choose by what fits on the earlier part foretold of `kept`."""
    tests = _tests(kept) if kept else {}
    # Where the held-out period begins behind what is known, the fits that were tested are those of all.
    fitted = _tested(tests) if kept and kept.known is known else _fitted(known, tests)
    rate = simple.rate_of(known)
    gamma_gamma = money.fit(known.frequency, known.mean)
    amount = simple.amount_of(known) if isinstance(gamma_gamma, CannotBeEstimated) else gamma_gamma
    chosen = _choose(fitted, tests, kept)
    return Fit(fitted["bg_nbd"], fitted["mbg_nbd"], chosen or rate, gamma_gamma, amount, rate, tests, kept)


def _fitted(known: Summary, tests: dict[str, Tested]) -> dict[Kind, VisitModel | CannotBeEstimated]:
    whole = known.histories()
    near = {kind: tests[kind].fitted if tests else None for kind in KINDS}
    return {
        kind: visits.fit(kind, whole, near=model if isinstance(model, VisitModel) else None)
        for kind, model in near.items()
    }


def _tested(tests: dict[str, Tested]) -> dict[Kind, VisitModel | CannotBeEstimated]:
    fitted = {kind: tests[kind].fitted for kind in KINDS}
    return {kind: model for kind, model in fitted.items() if not isinstance(model, SimpleRate)}


def _tests(kept: HeldOut) -> dict[str, Tested]:
    before = kept.known.histories()
    rate = simple.rate_of(kept.known)
    tests: dict[str, Tested] = {rate.kind: Tested(rate, assess(rate, kept))}
    for kind in KINDS:
        model = visits.fit(kind, before)
        tests[kind] = Tested(model, None if isinstance(model, CannotBeEstimated) else assess(model, kept))
    return tests


def _choose(
    fitted: dict[Kind, VisitModel | CannotBeEstimated], tests: dict[str, Tested], kept: HeldOut | None
) -> VisitModel | None:
    bg, mbg = fitted["bg_nbd"], fitted["mbg_nbd"]
    if isinstance(mbg, CannotBeEstimated):
        return None if isinstance(bg, CannotBeEstimated) else bg
    if isinstance(bg, CannotBeEstimated) or kept is None:
        return mbg
    before = [tests[kind].fitted for kind in KINDS]
    if any(not isinstance(each, VisitModel) for each in before):
        return mbg
    errors = [
        squared_errors(predict(each, kept.known, kept.weeks), kept) for each in before if isinstance(each, VisitModel)
    ]
    difference = errors[1] - errors[0]
    if len(difference) < 2:  # noqa: PLR2004 - a standard error needs two
        return mbg
    noise = float(difference.std(ddof=1)) / np.sqrt(len(difference))
    return bg if float(difference.mean()) > _CLEARLY * noise else mbg
