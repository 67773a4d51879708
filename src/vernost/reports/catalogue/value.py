"""How well the expected visits of a past day came true: predicted beside actual."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.reports.asked import Asked
from vernost.reports.catalogue import Report, number, reports

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from vernost.segments.rules.value.choice import Tested
    from vernost.segments.rules.value.holdout import HeldOut

_DIGITS = 6
ALL = "all"


@reports.register
class Value(Report):
    """Models fitted on what was known `holdout_days` before the day, and the visits since.

    A row for each model and number of visit days after the first (the last group: so many or more), means of a
    customer; then one with the sums of all, the mean error and the Brier score of "comes at all".
    """

    code = "value"
    title = _("Expected visits put to the test: predicted against what came")
    columns = (
        "model",
        "chosen",
        "frequency",
        "customers",
        "actual",
        "expected",
        "came",
        "expected_to_come",
        "mae",
        "brier",
        "reason",
    )

    @dataclass(frozen=True, slots=True)
    class Params:
        as_of: date
        holdout_days: int = number(365, 1, 3650)
        segment: str | None = None

    def rows(self, con: "Backend", params: "Value.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield the model that speaks first; one without an estimate has one row with the reason."""
        from vernost.segments.rules.value import base  # noqa: PLC0415 - a list of reports must not wait for scipy

        asked = Asked(con, actor, params.as_of, params.segment)
        fit = base.estimate(asked, params.as_of, holdout_days=max(1, params.holdout_days))
        if fit.kept is not None:
            yield from rows_of(fit.tests, of_segment(asked, fit.kept), chosen=fit.chosen.kind)


def rows_of(tests: "Mapping[str, Tested]", kept: "HeldOut", *, chosen: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of models that were fitted before what they are tested on, the chosen one first."""
    for kind in sorted(tests, key=lambda one: (one != chosen, one)):
        yield from _tested(kind, tests[kind], kept, is_chosen=kind == chosen)


def of_segment(asked: Asked, kept: "HeldOut") -> "HeldOut":
    """Leave the segment's customers; the models are those of all."""
    import numpy as np  # noqa: PLC0415 - as above

    from vernost.segments.rules.value.histories import Summary  # noqa: PLC0415 - as above
    from vernost.segments.rules.value.holdout import HeldOut  # noqa: PLC0415 - as above

    if asked.segment is None:
        return kept
    rows = asked.rows(asked.only(asked.table("customers").select("customer_id")))
    of = kept.known
    chosen = np.isin(of.customer, np.array([row["customer_id"] for row in rows], dtype=np.int64))
    known = Summary(
        of.customer[chosen], of.frequency[chosen], of.recency_days[chosen], of.age_days[chosen], of.mean[chosen]
    )
    return HeldOut(known, kept.actual[chosen], kept.until, kept.end)


def _tested(kind: str, tested: "Tested", kept: "HeldOut", *, is_chosen: bool) -> Iterator[dict[str, Any]]:
    from vernost.segments.rules.value.holdout import assess  # noqa: PLC0415 - as above
    from vernost.segments.rules.value.maximum import CannotBeEstimated  # noqa: PLC0415 - as above

    row = dict.fromkeys(Value.columns) | {"model": kind, "chosen": is_chosen, "frequency": ALL}
    if isinstance(tested.fitted, CannotBeEstimated):
        yield row | {"reason": tested.fitted.why}
        return
    found = assess(tested.fitted, kept)
    if found is None:
        return
    for group in found.groups:
        means = {name: round(getattr(group, name), _DIGITS) for name in _MEANS}
        yield row | {"frequency": str(group.frequency), "customers": group.customers, **means}
    came = int((kept.actual > 0).sum())
    yield row | {
        "customers": found.customers,
        "actual": found.actual,
        "expected": round(found.expected, 1),
        "came": came,
        "expected_to_come": round(sum(group.customers * group.expected_to_come for group in found.groups), 1),
        "mae": round(found.mae, _DIGITS),
        "brier": round(found.brier, _DIGITS),
    }


_MEANS = ("actual", "expected", "came", "expected_to_come")
