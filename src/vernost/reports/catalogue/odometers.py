"""Every vehicle's odometer: readings that count, suspect ones with the reason, rate, predicted reading."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.reports.asked import Asked
from vernost.reports.catalogue import AsOf, Report, reports

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

_VEHICLES_AT_ONCE = 50_000


@reports.register
class Odometers(Report):
    code = "odometers"
    title = _("Odometers: accepted and suspect readings, kilometres a day, the reading of today")
    columns = ("vehicle_id", "accepted", "suspect", "rate_km_per_day", "predicted_km")

    def rows(self, con: "Backend", params: AsOf, *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield every vehicle in the order of its key; readings in the order of (on, km)."""
        readings = _Readings(con, params.as_of)
        for vehicles in _vehicles(Asked(con, actor, params.as_of, params.segment)):
            said = readings.of(vehicles[0]["vehicle_id"], vehicles[-1]["vehicle_id"])
            for vehicle in vehicles:
                rate, told = vehicle["rate_m_per_day"], said.get(vehicle["vehicle_id"], ())
                yield {
                    "vehicle_id": vehicle["ref"],
                    "accepted": [_shown(reading) for reading in told if reading["accepted"]],
                    "suspect": [_shown(reading) for reading in told if not reading["accepted"]],
                    "rate_km_per_day": f"{rate // 1000}.{rate % 1000:03d}",
                    "predicted_km": vehicle["predicted_km"],
                }


def _vehicles(asked: Asked) -> Iterator[list[dict[str, Any]]]:
    from vernost.facts import odometer  # noqa: PLC0415 - a list of reports must not wait for Ibis

    state = odometer.state(asked.con, asked.as_of).select("vehicle_id", "rate_m_per_day", "predicted_km")
    named = asked.only_owned(asked.table("vehicles").select("vehicle_id", "ref"))
    rows = asked.con.to_pyarrow(named.join(state, "vehicle_id").order_by("vehicle_id"))
    for start in range(0, rows.num_rows, _VEHICLES_AT_ONCE):
        yield rows.slice(start, _VEHICLES_AT_ONCE).to_pylist()


class _Readings:
    """The judged readings, asked for in runs of vehicles: of a million cars they are too many at once."""

    def __init__(self, con: "Backend", as_of: date) -> None:
        from vernost.facts import odometer  # noqa: PLC0415 - as above

        self._con = con
        self._judged = odometer.accepted_readings(con, as_of).select(
            "vehicle_id", "on", "km", "order_ids", "accepted", "suspect_reason"
        )

    def of(self, first: int, last: int) -> dict[int, list[dict[str, Any]]]:
        run = self._judged.filter(self._judged.vehicle_id.between(first, last)).order_by("vehicle_id", "on", "km")
        rows = self._con.to_pyarrow(run).to_pylist()
        return {vehicle: list(said) for vehicle, said in groupby(rows, key=itemgetter("vehicle_id"))}


def _shown(reading: Mapping[str, Any]) -> dict[str, Any]:
    orders = reading["order_ids"]
    return {
        "on": reading["on"].isoformat(),
        "km": reading["km"],
        "order_ids": orders.split(",") if orders else [],
        "reason": reading["suspect_reason"],
    }
