"""The table `readings`: what orders and people say of an odometer, judged."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from vernost.facts import build, chains, shelf
from vernost.facts.build import Workbench
from vernost.facts.facts import READINGS
from vernost.facts.mirror import Mirror, Stored

# The columns that are read of a table with many rows.
READS = {
    "orders": ("vehicle_id", "opened_on", "mileage_km", "ref", "status"),
    "told_readings": ("vehicle_id", "on", "km"),
}

_ORDER = ("vehicle_id", "day", "km")
_TOLD = """
    SELECT vehicle_id, "on" - DATE '1970-01-01' AS day, km, NULL::VARCHAR AS ref FROM all_told_readings
"""
_SAID = f"""
    SELECT vehicle_id, opened_on - DATE '1970-01-01' AS day, mileage_km AS km, ref
      FROM all_orders WHERE vehicle_id IS NOT NULL AND mileage_km > 0 AND status <> 'cancelled'
     UNION ALL {_TOLD} ORDER BY {", ".join(_ORDER)}
"""  # noqa: S608 - names of ours
_JUDGED = build.typed(READINGS, "FROM judged")
_BATCH = 500_000
_NOTHING_SAID = pa.schema(
    [("vehicle_id", pa.int64()), ("day", pa.int64()), ("km", pa.int32()), ("ref", pa.string())]
).empty_table()


def whole(bench: Workbench, mirror: Mirror) -> Stored:
    """Judge and write the readings of every vehicle; the shelf of the orders has them in order."""
    bench.show("all_told_readings", mirror.select("told_readings"))
    told = bench.con.sql(f"{_TOLD} ORDER BY {', '.join(_ORDER)}").to_arrow_table()
    said = _with_told(_whole_vehicles(_told_by_orders(mirror)), told)
    with _shown(bench, said):
        return build.whole_table(bench, READINGS, "vehicle_id", _JUDGED, is_sorted=True)


def changed(bench: Workbench, old: Mirror, orders: str, told: str) -> Stored:
    """Judge again the touched vehicles, of which `orders` and `told` are all rows."""
    build.keep_keys(bench, READINGS.name, "SELECT key FROM touched_vehicle_id")
    bench.show("all_orders", f"FROM {orders}")
    bench.show("all_told_readings", f"FROM {told}")
    with bench.con.cursor() as said:
        some = _whole_vehicles(said.sql(_SAID).to_arrow_reader(_BATCH))
        with _shown(bench, some):
            stored = build.changed_table(bench, READINGS, _JUDGED, "readings", old)
    bench.remade.add(READINGS.name)
    return stored


def judge_all(con: DuckDBPyConnection) -> None:
    """Judge the rows of a table `readings` in the connection's memory."""
    con.execute(
        """CREATE OR REPLACE TEMP TABLE told AS SELECT DISTINCT vehicle_id, "on", km, order_ids FROM readings"""
    )
    rough = con.sql("""SELECT DISTINCT vehicle_id, "on", km FROM told ORDER BY ALL""").to_arrow_table()
    con.register("judged", chains.judge(rough))
    rows = """SELECT * FROM judged JOIN told USING (vehicle_id, "on", km)"""
    con.execute(f"CREATE OR REPLACE TABLE readings AS {build.typed(READINGS, rows)}")
    con.unregister("judged")


@contextmanager
def _shown(bench: Workbench, said: Iterable[pa.Table]) -> Iterator[None]:
    """Show the judged readings as `judged`, once: they come in a stream."""
    batches = (batch for table in said for batch in judged(table).to_batches())
    bench.con.register("judged", pa.RecordBatchReader.from_batches(judged(_NOTHING_SAID).schema, batches))
    yield
    bench.con.unregister("judged")


def _told_by_orders(mirror: Mirror) -> Iterator[pa.RecordBatch]:
    name = mirror.tables["orders"].shelf
    assert name is not None  # noqa: S101 - a full build has laid the orders on their shelf
    for batch in shelf.batches(mirror.folder, name, ("vehicle_id", "opened_on", "mileage_km", "ref", "status")):
        counts = pc.and_(pc.greater(batch["mileage_km"], 0), pc.not_equal(batch["status"], "cancelled"))
        some = batch.select(["vehicle_id", "opened_on", "mileage_km", "ref"]).filter(counts)
        day = some["opened_on"].cast(pa.int32()).cast(pa.int64())
        yield pa.RecordBatch.from_arrays(
            [some["vehicle_id"], day, some["mileage_km"], some["ref"]], schema=_NOTHING_SAID.schema
        )


def _whole_vehicles(said: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Cut the stream between vehicles."""
    kept = _NOTHING_SAID
    for batch in said:
        rows = pa.concat_tables([kept, pa.Table.from_batches([batch])])
        vehicle = rows["vehicle_id"].to_numpy()
        last = int(np.searchsorted(vehicle, vehicle[-1])) if len(vehicle) else 0
        if last:
            yield rows.slice(0, last)
        kept = rows.slice(last)
    yield kept


def _with_told(orders: Iterable[pa.Table], told: pa.Table) -> Iterator[pa.Table]:
    """Put what people say, in order too, between what orders say of the same vehicles."""
    vehicle, taken = told["vehicle_id"].to_numpy(), 0
    for rows in orders:
        end = int(np.searchsorted(vehicle, rows["vehicle_id"][-1].as_py(), side="right")) if len(rows) else taken
        both = pa.concat_tables([rows, told.slice(taken, end - taken)])
        yield rows if end == taken else both.sort_by([(column, "ascending") for column in _ORDER])
        taken = end
    yield told.slice(taken)


def judged(said: pa.Table) -> pa.Table:
    """Judge what is said (vehicle_id, day, km, ref), sorted by all but the last: the columns of `READINGS`, in order.

    Only vehicles with an impossible step go through the kernels.
    """
    told = _distinct(said)
    vehicle, day, km = (told[name].to_numpy() for name in ("vehicle_id", "day", "km"))
    before = np.arange(-1, len(vehicle) - 1, dtype=np.int64)
    first = np.ones(len(vehicle), np.bool_)
    first[1:] = vehicle[1:] != vehicle[:-1]
    before[first] = 0
    days, driven = day - day[before], km - km[before]
    impossible = ~first & ((driven < 0) | (driven > chains.MAX_KM_A_DAY * np.maximum(days, 1)))
    rough = np.isin(vehicle, vehicle[impossible])
    judgement = chains.judge(told.filter(pa.array(rough)))
    columns = {
        "accepted": _put(np.ones(len(vehicle), np.bool_), rough, judgement["accepted"], fill=False),
        "chain": _put(np.zeros(len(vehicle), np.int32), rough, judgement["chain"]),
        "in_last_chain": _put(np.ones(len(vehicle), np.bool_), rough, judgement["in_last_chain"], fill=False),
        "previous_day": _put(day[before], rough, judgement["previous_day"], first),
        "previous_km": _put(km[before], rough, judgement["previous_km"], first),
    }
    reasons = np.zeros(len(vehicle), np.int8)
    named = judgement["suspect_reason"].combine_chunks().dictionary_encode()
    reasons[rough] = 1 + named.indices.to_numpy()
    texts = pa.array(["", *named.dictionary], pa.string())
    columns["suspect_reason"] = pa.DictionaryArray.from_arrays(pa.array(reasons), texts).cast(pa.string())
    for name, values in columns.items():
        told = told.append_column(name, values)
    return told.select(list(READINGS.columns))


def _put(
    smooth: NDArray[Any],
    rough: NDArray[np.bool_],
    judged: pa.ChunkedArray,
    missing: NDArray[np.bool_] | None = None,
    *,
    fill: bool | int = 0,
) -> pa.Array:
    """Put the judged values in their places; `missing` are those that the smooth vehicles do not have."""
    nothing = np.zeros(len(smooth), np.bool_) if missing is None else missing.copy()
    nothing[rough] = judged.is_null().to_numpy()
    smooth[rough] = judged.fill_null(fill).to_numpy()
    return pa.array(smooth, mask=nothing)


def _distinct(said: pa.Table) -> pa.Table:
    """Make one reading of those of equal vehicle, day and km, with the refs of all: `on` and order_ids too."""
    vehicle, day, km = (said[name].to_numpy() for name in ("vehicle_id", "day", "km"))
    new = np.ones(len(vehicle), np.bool_)
    new[1:] = (vehicle[1:] != vehicle[:-1]) | (day[1:] != day[:-1]) | (km[1:] != km[:-1])
    told = said if new.all() else said.filter(pa.array(new))
    refs = told["ref"].combine_chunks().fill_null("")
    several = np.diff(np.append(np.flatnonzero(new), len(new))) > 1
    if several.any():
        refs = pc.replace_with_mask(refs, pa.array(several), pa.array(_joined(said, new, several), pa.string()))
    on = told["day"].cast(pa.int32()).cast(pa.date32())
    return told.drop_columns("ref").append_column("on", on).append_column("order_ids", refs)


def _joined(said: pa.Table, new: NDArray[np.bool_], several: NDArray[np.bool_]) -> list[str]:
    """Join the refs of readings that are told more than once. Text is gathered only there, which is rare."""
    reading = np.cumsum(new) - 1
    again = several[reading]
    refs: dict[int, list[str]] = {number: [] for number in np.flatnonzero(several).tolist()}
    for number, ref in zip(reading[again].tolist(), said["ref"].filter(pa.array(again)).to_pylist(), strict=True):
        if ref is not None:
            refs[number].append(ref)
    return [",".join(sorted(each)) for each in refs.values()]
