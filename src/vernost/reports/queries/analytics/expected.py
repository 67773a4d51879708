"""The expected visits put to the test: models that were fitted in the background, on whom a look shows."""

from datetime import date
from typing import TYPE_CHECKING

from vernost.reports import expectations
from vernost.reports.catalogue import value
from vernost.reports.expectations import Kept
from vernost.reports.queries.analytics.look import Base, Row

if TYPE_CHECKING:
    from ibis.expr.types import Table


def rows(base: Base, kept: Kept) -> list[Row]:
    """Return rows of the report `value`: the models of the whole group, each figure of the customers of the look."""
    return list(base.kept("expected", lambda: _counted(base, kept), kept.as_of))


def _counted(base: Base, kept: Kept) -> list[Row]:
    from vernost.segments.rules.value import base as bases  # noqa: PLC0415 - an office page must not wait for scipy
    from vernost.segments.rules.value import plain  # noqa: PLC0415 - as above

    tests = plain.tested(kept.tests)
    found = bases.held_out(base.asked, kept.as_of, holdout_days=bases.HORIZON_DAYS, every=kept.every)
    return list(value.rows_of(tests, value.of_segment(base.asked, found), chosen=next(iter(tests), "")))


def people(base: Base, fitted_on: date, *, before: str, of: str) -> "Table":
    """Return customer_id and on of whom the models were tested on; `before`: visits without the first, empty: any.

    `of`: empty for everybody (`on` is null), `came` for who came in the year since, on his first day of it, `visits`
    for each of its days.
    """
    import ibis  # noqa: PLC0415 - an office page must not wait for Ibis

    from vernost.segments.rules.value import base as bases  # noqa: PLC0415 - as above
    from vernost.segments.rules.value.holdout import LAST_GROUP  # noqa: PLC0415 - as above

    kept = expectations.kept()
    every = kept.every if kept else 1
    known, came = bases.tested_on(base.asked, fitted_on, holdout_days=bases.HORIZON_DAYS, every=every)
    if before:
        times = int(before)
        known = known.filter(known.frequency >= times if times == LAST_GROUP else known.frequency == times)
    known = base.asked.only(known)
    if not of:
        return known.select("customer_id", on=ibis.null("date"))
    came = came.semi_join(known, "customer_id")
    return came.group_by("customer_id").aggregate(on=came.on.min()) if of == "came" else came
