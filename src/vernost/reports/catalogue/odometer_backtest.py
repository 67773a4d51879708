"""How good the predicted dates have been, beside the two rules that people use."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.reports.asked import Asked
from vernost.reports.catalogue import AsOf, Report, reports

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


@reports.register
class OdometerBacktest(Report):
    """No row where the base is too young: the ranges need some three years of history, their test five."""

    code = "odometer-backtest"
    title = _("Odometer backtest: predicted dates of maintenance against the visits that came")
    columns = (
        "group",
        "rule",
        "cases",
        "mae_days",
        "median_error_days",
        "within_range",
        "below_range",
        "above_range",
        "range_days",
    )

    def rows(self, con: "Backend", params: AsOf, *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        from vernost.facts import backtest  # noqa: PLC0415 - a list of reports must not wait for Ibis

        asked = Asked(con, actor, params.as_of, params.segment)
        cars = None
        if params.segment is not None:
            cars = con.to_pyarrow(asked.only_owned(con.table("vehicles").select("vehicle_id")))["vehicle_id"]
        yield from map(asdict, backtest.results(con, params.as_of, vehicle_ids=cars))
