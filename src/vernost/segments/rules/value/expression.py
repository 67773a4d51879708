"""The predictions as expressions over histories, for any engine; `prediction` has the same for arrays."""

import ibis
import numpy as np
from ibis.expr.types import FloatingValue, Table

from vernost.segments.rules.value import simple, visits
from vernost.segments.rules.value.histories import DAYS_A_WEEK
from vernost.segments.rules.value.money import MoneyModel
from vernost.segments.rules.value.simple import SimpleAmount, SimpleRate
from vernost.segments.rules.value.visits import VisitModel


def expected(rows: Table, model: VisitModel | SimpleRate, amount: MoneyModel | SimpleAmount, days: int) -> Table:
    """Add p_alive, expected_visits and expected_margin (whole kopecks) of the next `days` to rows of `histories`."""
    weeks = days / DAYS_A_WEEK
    if isinstance(model, SimpleRate):
        told = rows.mutate(p_alive=ibis.null("float64"), expected_visits=_by_rate(rows, model, weeks))
    else:
        told = _by_model(rows, model, weeks)
    margin = told.expected_visits * _amount(told, amount)
    told = told.mutate(expected_margin=margin.round().cast("int64"))
    return told.select("customer_id", "p_alive", "expected_visits", "expected_margin")


def _by_rate(rows: Table, rate: SimpleRate, weeks: float) -> FloatingValue:
    own = rows.frequency.cast("float64") + rate.per_week * simple.PRIOR_WEEKS
    visits_then: FloatingValue = own / (rows.age_days.cast("float64") / DAYS_A_WEEK + simple.PRIOR_WEEKS) * weeks
    return visits_then


def _by_model(rows: Table, model: VisitModel, weeks: float) -> Table:
    """P(alive) is an expression; visits of who is alive are a sum of a series, so they come as a table by history."""
    frequency = rows.frequency.cast("float64")
    longer = (rows.age_days.cast("float64") / DAYS_A_WEEK + model.alpha).ln()
    shorter = (rows.recency_days.cast("float64") / DAYS_A_WEEK + model.alpha).ln()
    chances = frequency + visits.CHANCES[model.kind]
    gone = (model.a / (chances + (model.b - 1))) * ((frequency + model.r) * (longer - shorter)).exp()
    alive = (chances > 0).ifelse(1.0 / (1.0 + gone), 1.0)
    distinct = rows.select("frequency", "age_days").distinct().to_pyarrow()
    x = distinct["frequency"].to_numpy().astype(np.int64)
    age_days = distinct["age_days"].to_numpy().astype(np.int64)
    then = visits.visits_if_alive(model, x, age_days / DAYS_A_WEEK, weeks)
    table = ibis.memtable(
        {"of_frequency": x, "of_age": age_days, "if_alive": then},
        schema={"of_frequency": "int64", "of_age": "int64", "if_alive": "float64"},
    )
    told = rows.mutate(p_alive=alive).left_join(table, [("frequency", "of_frequency"), ("age_days", "of_age")])
    return told.mutate(expected_visits=told.p_alive * told.if_alive)


def _amount(rows: Table, amount: MoneyModel | SimpleAmount) -> FloatingValue:
    frequency = rows.frequency.cast("float64")
    if isinstance(amount, SimpleAmount):
        drawn = frequency * rows.mean + simple.PRIOR_PURCHASES * amount.mean
        own: FloatingValue = ibis.greatest(drawn / (frequency + simple.PRIOR_PURCHASES), 0.0)
        return own
    total = frequency * ibis.greatest(rows.mean, 0.0) + amount.gamma
    expected_amount: FloatingValue = amount.p * total / (frequency * amount.p + (amount.q - 1))
    return expected_amount
