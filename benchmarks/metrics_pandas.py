"""The same figures in vectorised pandas, and the base at each month's end by snapshots, as they are usually made."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from ibis.backends.duckdb import Backend

from vernost.accounts.rules import RuleSettings
from vernost.segments.rules.rfm import SCORES

CLOSINGS = ("month", "branch_id", "customers")


@dataclass(frozen=True)
class Frames:
    """Visits in time (customer_id, on, branch_id, revenue) and customers (customer_id, ref, block)."""

    visits: Any
    customers: Any


def frames(con: Backend) -> Frames:
    visits = con.con.sql("""
        SELECT customer_id, "on"::TIMESTAMP_S AS "on", coalesce(branch_id, 0) AS branch_id, revenue FROM visits
         WHERE customer_id IS NOT NULL ORDER BY customer_id, "on", closed_second, ref
    """).df()
    customers = con.con.sql("""
        SELECT customer_id, ref,
               CASE WHEN coalesce(blocked, blocked_on IS NOT NULL)
                    THEN coalesce(blocked_on, DATE '1900-01-01') END::TIMESTAMP_S AS block
          FROM customers ORDER BY ref
    """).df()
    return Frames(visits, customers)


def figures(given: Frames, as_of: date, rules: RuleSettings) -> pa.Table:
    """Return customer_id, state, r, f, m, abc."""
    on = pd.Timestamp(as_of)
    visits = given.visits[given.visits.on <= on]
    days = visits.groupby(["customer_id", "on"], as_index=False, sort=False).revenue.sum()
    awake_from = on - pd.Timedelta(days=rules.sleep_after_days)
    loyal_from = on - pd.Timedelta(days=rules.loyal_window_days)
    recent = days[days.on >= awake_from].groupby("customer_id").on.min()
    before = days[days.on < awake_from].groupby("customer_id").on.max()
    loyal = days[days.on >= loyal_from].groupby("customer_id").size()
    rows = given.customers.set_index("customer_id")
    everything = days.groupby("customer_id").on.agg(["min", "max"])
    rows = rows.join(everything)
    rows["gap"] = (recent - before).dt.days
    rows["loyal"] = loyal
    rows["state"] = np.select(
        [
            rows.block <= on,
            rows["max"].isna(),
            rows["max"] < awake_from,
            rows["min"] >= awake_from,
            rows.gap >= rules.sleep_after_days + 2,
            rows.loyal >= rules.loyal_visits,
        ],
        ["blocked", "prospect", "sleeping", "new", "returned", "loyal"],
        "active",
    )
    window = days[days.on > on - pd.Timedelta(days=rules.rfm_window_days)]
    seen = window.groupby("customer_id").agg(last=("on", "max"), often=("on", "size"), much=("revenue", "sum"))
    for score, column in (("r", "last"), ("f", "often"), ("m", "much")):
        better = seen[column].rank(method="min", ascending=False) - 1
        rows[score] = (1 + SCORES * better // len(seen)).astype("Int32")
    year = visits[visits.on > on - pd.Timedelta(days=rules.abc_window_days)]
    rows["value"] = year.groupby("customer_id").revenue.sum()
    rows["value"] = rows.value.fillna(0).astype("int64")
    # The rows lie in the order of ids, and the sort keeps it.
    ordered = rows.sort_values("value", ascending=False, kind="stable")
    positive = ordered.value.clip(lower=0)
    share = (positive.cumsum() - positive) * 100
    a, b = (percent * positive.sum() for percent in (rules.abc_a_percent, rules.abc_b_percent))
    rows["abc"] = pd.Series(
        np.select([ordered.value <= 0, share < a, share < b], ["C", "A", "B"], "C"), index=ordered.index
    )
    return pa.Table.from_pandas(
        rows.reset_index()[["customer_id", "state", "r", "f", "m", "abc"]], preserve_index=False
    )


def snapshots(given: Frames, as_of: date, rules: RuleSettings) -> pa.Table:
    """Return the active base at the end of every month that is over, by the branch of the last visit: CLOSINGS."""
    blocks = given.customers.set_index("customer_id").block
    visits = given.visits
    found = []
    for month in pd.period_range(visits.on.min(), pd.Timestamp(as_of), freq="M"):
        end = month.end_time.normalize()
        if end > pd.Timestamp(as_of):
            break
        last = visits[visits.on <= end].drop_duplicates("customer_id", keep="last")
        awake = last[last.on >= end - pd.Timedelta(days=rules.sleep_after_days)]
        base = awake[~(awake.customer_id.map(blocks) <= end)]
        counted = base.groupby("branch_id").size().rename("customers").reset_index()
        found.append(counted.assign(month=month.start_time.date()))
    rows = pd.concat(found)[list(CLOSINGS)]
    return pa.Table.from_pandas(rows, preserve_index=False)
