"""Readings of vehicles with an impossible step, judged by the kernels."""

import numpy as np
import pyarrow as pa

MAX_KM_A_DAY = 1000

JUDGED = (
    "vehicle_id",
    "on",
    "day",
    "km",
    "order_ids",
    "accepted",
    "chain",
    "in_last_chain",
    "previous_day",
    "previous_km",
    "suspect_reason",
)


def judge(readings: pa.Table) -> pa.Table:
    """Judge readings (vehicle_id, on, km), sorted by these and without repeats: `JUDGED` without the order ids."""
    from vernost.facts import kernels  # noqa: PLC0415 - numba takes a third of a second to import

    vehicle = readings["vehicle_id"].to_numpy()
    days = readings["on"].cast(pa.int32()).to_numpy()
    km = readings["km"].cast(pa.int64()).to_numpy()
    borders = np.flatnonzero(np.diff(vehicle)) + 1
    starts = np.concatenate(([0], borders, [len(vehicle)])) if len(vehicle) else np.zeros(1, np.int64)
    before, chain = kernels.accept(starts, days, km, MAX_KM_A_DAY)
    reasons = kernels.why_suspect(starts, days, km, before, MAX_KM_A_DAY)
    last_chain = np.maximum.reduceat(chain, starts[:-1]) if len(vehicle) else chain
    accepted = chain >= 0
    first = before < 0
    previous = np.where(first, 0, before)
    return pa.table(
        {
            "vehicle_id": readings["vehicle_id"],
            "on": readings["on"],
            "day": pa.array(days),
            "km": readings["km"],
            "accepted": pa.array(accepted),
            "chain": pa.array(chain, mask=~accepted),
            "in_last_chain": pa.array(accepted & (chain == np.repeat(last_chain, np.diff(starts)))),
            "previous_day": pa.array(days[previous], mask=first),
            "previous_km": pa.array(km[previous].astype(np.int32), mask=first),
            "suspect_reason": pa.array(np.array(kernels.REASONS, dtype=object)[reasons], pa.string()),
        }
    )
