"""Fitted models as plain values, and back: so they are kept in files."""

from collections.abc import Mapping
from typing import Any

from vernost.segments.rules.value.choice import Fit, Tested
from vernost.segments.rules.value.maximum import CannotBeEstimated
from vernost.segments.rules.value.money import MoneyModel
from vernost.segments.rules.value.simple import SimpleAmount, SimpleRate
from vernost.segments.rules.value.visits import VisitModel

Speaking = tuple[VisitModel | SimpleRate, MoneyModel | SimpleAmount]


def written(fit: Fit) -> dict[str, Any]:
    """Return the models that speak, which `speaking` takes back."""
    return {"customers": fit.simple_rate.customers, "visits": _values(fit.chosen), "money": _values(fit.amount)}


def speaking(stored: Mapping[str, Any]) -> Speaking:
    visits, money = stored["visits"], stored["money"]
    return _visits(visits), MoneyModel(**money) if "gamma" in money else SimpleAmount(**money)


def written_tests(fit: Fit) -> dict[str, Any]:
    """Return what was fitted on the earlier part, by kind, the speaking kind first; `tested` takes it back."""
    kinds = sorted(fit.tests, key=lambda kind: (kind != fit.chosen.kind, kind))
    return {kind: _values(fit.tests[kind].fitted) for kind in kinds}


def tested(stored: Mapping[str, Any]) -> dict[str, Tested]:
    """Return the models of a test without what came of it."""
    return {kind: Tested(CannotBeEstimated(**one) if "why" in one else _visits(one)) for kind, one in stored.items()}


def _values(model: VisitModel | MoneyModel | SimpleRate | SimpleAmount | CannotBeEstimated) -> dict[str, Any]:
    return {name: getattr(model, name) for name in model.__slots__}


def _visits(values: Mapping[str, Any]) -> VisitModel | SimpleRate:
    return SimpleRate(**values) if values["kind"] == "simple_rate" else VisitModel(**values)
