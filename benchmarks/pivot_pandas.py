"""The same pivots with vectorised pandas: what a good analyst would write over the mirror's tables.

It reads only the columns and rows that a pivot needs, keeps texts as categories, and loops over no row.
"""

import time
from collections.abc import Sequence
from datetime import date
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from ibis.backends.duckdb import Backend

from vernost.core.money import VAT_RATES
from vernost.reports.rules.pivot import Request

# pandas brings no types along.
Frame: TypeAlias = Any
Sets = dict[tuple[int, int], Frame]

_PERIODS = {"year": "Y", "quarter": "Q", "month": "M"}
_OF_CARS = {"make": "make_key", "model": "model_key"}
_SUMS = {"revenue": "revenue", "margin": "margin", "labour_hours": "labour"}
_DISTINCT = {"visits": "visit", "customers": "customer_id", "vehicles": "vehicle_id", "orders": "order_id"}


def answer(con: Backend, request: Request) -> tuple[float, float, Sets]:
    """Return the seconds of reading, of counting, and a frame of measures for every level of rows and columns."""
    started = time.perf_counter()
    rows = _lines(con, request) if request.of_lines else _orders(con, request)
    read = time.perf_counter() - started
    started = time.perf_counter()
    frame = rows.joined()
    codes = [shown.measure.code for shown in request.measures]
    found = {
        (i, j): _grouped(frame, [one.code for one in (*request.rows[:i], *request.columns[:j])], codes)
        for i in range(len(request.rows) + 1)
        for j in range(len(request.columns) + 1)
    }
    return read, time.perf_counter() - started, found


def _grouped(frame: Frame, keys: Sequence[str], codes: Sequence[str]) -> Frame:
    wanted = {code: (_SUMS[code], "sum") if code in _SUMS else (_DISTINCT[code], "nunique") for code in codes}
    if keys:
        return frame.groupby(list(keys), observed=True, sort=False, dropna=False).agg(**wanted)
    return pd.DataFrame({code: [getattr(frame[column], how)()] for code, (column, how) in wanted.items()})


class _Rows:
    """What was read, to be joined: the clock of reading stops in between."""

    def __init__(self, rows: Frame, request: Request, cars: Frame | None, orders: Frame | None = None) -> None:
        self.rows, self.request, self.cars, self.orders = rows, request, cars, orders

    def joined(self) -> Frame:
        frame = self.rows if self.orders is None else _with_remainders(self.rows, self.orders)
        if self.cars is not None:
            frame = frame.merge(self.cars, on="vehicle_id", how="left")
        for one in self.request.dimensions:
            if one.is_date:
                frame[one.code] = frame["on"].astype("datetime64[s]").dt.to_period(_PERIODS[one.code])
            elif one.code == "branch":
                frame["branch"] = frame["branch_id"]
            elif one.code == "category":
                frame["category"] = frame["category_key"]
        if "visits" in {shown.measure.code for shown in self.request.measures}:
            frame["visit"] = _visit(frame)
        return frame


def _read(con: Backend, select: str) -> Frame:
    frame = con.con.sql(select).to_arrow_table().to_pandas()
    for name in frame.columns:
        if frame[name].dtype == object or str(frame[name].dtype).startswith("str"):
            frame[name] = frame[name].astype("category")
    return frame


def _cars(con: Backend, request: Request) -> Frame | None:
    columns = [f"{_OF_CARS[one.code]} AS {one.code}" for one in request.dimensions if one.code in _OF_CARS]
    return _read(con, f"SELECT vehicle_id, {', '.join(columns)} FROM vehicles") if columns else None  # noqa: S608 - names of ours


def _period(request: Request) -> str:
    return f"\"on\" BETWEEN DATE '{request.start}' AND DATE '{request.end_known}'"


def _orders(con: Backend, request: Request) -> _Rows:
    columns = '"on", order_id, customer_id, vehicle_id, branch_id, revenue, margin'
    rows = _read(con, f"SELECT {columns} FROM visits WHERE {_period(request)}")  # noqa: S608 - as above
    if any(shown.measure.code == "labour_hours" for shown in request.measures):
        select = f"""
            SELECT order_id, sum(round(coalesce(quantity, 0) * 100))::BIGINT AS labour FROM lines
             WHERE kind = 'labour' AND NOT declined AND {_period(request)} GROUP BY 1
        """  # noqa: S608 - as above
        rows = rows.merge(_read(con, select), on="order_id", how="left")
        rows["labour"] = rows["labour"].fillna(0).astype("int64")
    return _Rows(rows, request, _cars(con, request))


def _lines(con: Backend, request: Request) -> _Rows:
    columns = """ "on", order_id, line_no, customer_id, vehicle_id, branch_id, nullif(category_key, '') AS category_key,
                  order_kind, kind, amount, cost, paid, quantity """
    lines = _read(con, f"SELECT {columns} FROM lines WHERE NOT declined AND {_period(request)}")  # noqa: S608 - as above
    taxed = _read(con, "SELECT branch_id, pays_vat FROM branches")
    lines = lines.merge(taxed, on="branch_id", how="left")
    orders = _orders(con, request).rows
    return _Rows(lines, request, _cars(con, request), orders)


def _with_remainders(lines: Frame, orders: Frame) -> Frame:
    """Money of each line; what an order has beyond its lines is a row, kopecks of rounding are the first line's."""
    paid = lines["paid"].to_numpy(bool)
    lines["revenue"] = np.where(paid, lines["amount"], 0)
    cost = np.where(paid & (lines["order_kind"] != "warranty").to_numpy(), lines["cost"], 0)
    days = lines["on"].astype("datetime64[s]").to_numpy()
    rate = np.full(len(lines), VAT_RATES[0][1], np.int64)
    for start, percent in VAT_RATES[1:]:
        rate[days >= np.datetime64(start)] = percent
    rate[~lines["pays_vat"].fillna(value=True).to_numpy(bool)] = 0
    value = lines["revenue"].to_numpy()
    bare = (np.abs(value) * 200 + 100 + rate) // (2 * (100 + rate))
    lines["margin"] = np.where(value < 0, -bare, bare) - cost
    hours = np.where((lines["kind"] == "labour").to_numpy(), lines["quantity"].fillna(0) * 100, 0)
    lines["labour"] = np.round(hours).astype(np.int64)
    summed = lines.groupby("order_id", sort=False).agg(
        of_revenue=("revenue", "sum"), of_margin=("margin", "sum"), lines=("line_no", "size"), first=("line_no", "min")
    )
    whole = orders.merge(summed, on="order_id", how="left")
    revenue = whole["revenue"] - whole["of_revenue"].fillna(0)
    margin = whole["margin"] - whole["of_margin"].fillna(0)
    rounded = (revenue == 0) & (margin.abs() <= whole["lines"].fillna(0)) & whole["lines"].notna()
    kopecks = whole.assign(kopecks=margin).loc[rounded, ["order_id", "first", "kopecks"]]
    lines = lines.merge(kopecks, on="order_id", how="left")
    is_first = (lines["line_no"] == lines["first"]).to_numpy(bool)
    lines["margin"] += np.where(is_first, lines["kopecks"].fillna(0), 0).astype(np.int64)
    beyond = whole.assign(revenue=revenue.astype(np.int64), margin=margin.astype(np.int64), labour=0)
    columns = ["on", "order_id", "customer_id", "vehicle_id", "branch_id", "revenue", "margin", "labour"]
    apart = beyond.loc[~rounded, columns]
    kept = [*apart.columns, "category_key"]
    return pd.concat([lines[kept], apart], ignore_index=True)


def _visit(frame: Frame) -> Any:  # noqa: ANN401 - an array
    day = frame["on"].astype("datetime64[s]").to_numpy().astype("datetime64[D]").astype(np.int64)
    customer, vehicle = frame["customer_id"].to_numpy(float), frame["vehicle_id"].to_numpy(float)
    who = np.where(np.isnan(customer), np.where(np.isnan(vehicle), -1e9 - frame["order_id"], -vehicle), customer)
    return who * 100_000 + day


def path(key: Any, levels: int) -> tuple[Any, ...]:  # noqa: ANN401 - a label of an index
    """Return the label of a row as the keys of a cell."""
    labels = key if isinstance(key, tuple) else (key,)
    return tuple(_plain(label) for label in labels[:levels])


def _plain(label: Any) -> Any:  # noqa: ANN401 - as above
    if isinstance(label, pd.Period):
        first = label.start_time
        return date(first.year, first.month, first.day)
    if label is None or label != label:  # noqa: PLR0124 - not a number
        return None
    return int(label) if isinstance(label, float | np.integer | np.floating) else label
