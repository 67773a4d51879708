"""What `benchmarks.metrics` measures, on the mirror of the database that Django is set up for."""

import os
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from django.utils import timezone
from ibis.backends.duckdb import Backend

from benchmarks import base, metrics_pandas, metrics_postgres
from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.facts import arrays, mirror, operations
from vernost.facts.arrays import Arrays
from vernost.facts.mirror import MirrorMissing
from vernost.segments import dense
from vernost.segments.rules import abc, cascade, lifecycle, rfm
from vernost.segments.rules.lifecycle import STATES

ROUNDS = 5
RULES = RuleSettings()
FIGURES = ("customer_id", "state", "r", "f", "m", "abc")
FLOWS = ("month", "branch_id", *cascade.FLOWS)
Answer = TypeVar("Answer")


def measure(*, tell: base.Tell) -> dict[str, Any]:
    try:
        mirror.current()
    except MirrorMissing:
        operations.refresh(now=timezone.now())
    con = facts.connect()
    tell("Laying out the arrays")
    laid_out, laid = _timed(arrays.of, rounds=1)
    load = os.getloadavg()[0]
    tell("Ours, %(count)d times", count=ROUNDS)
    refs = dense.refs_in(con)
    figures_seconds, found = _timed(lambda: dense.figures(laid, base.LAST_DAY, RULES, refs))
    codes_seconds, _codes = _timed(lambda: dense.dna_codes(laid, base.LAST_DAY, RULES))
    cascade_seconds, counts = _timed(lambda: _cascade(laid))
    answers, flows = _answers(laid, found), _flows(laid, counts)
    tell("The definitions on DuckDB")
    defined = _definitions(con, answers, flows)
    tell("pandas")
    by_pandas = _pandas(con, answers, flows, figures_seconds, cascade_seconds)
    tell("The same tables in PostgreSQL")
    by_postgres = _postgres(con, answers, flows, figures_seconds, cascade_seconds)
    return {
        "load_average": round(load, 1),
        "visits": len(laid.visits),
        "arrays_seconds": round(laid_out, 2),
        "figures": {"seconds": round(figures_seconds, 4), "customers": answers.num_rows},
        "dna_codes": {"seconds": round(codes_seconds, 4)},
        "cascade": {"seconds": round(cascade_seconds, 4), "months_and_branches": flows.num_rows},
        "definitions_on_duckdb": defined,
        "pandas": by_pandas,
        "postgres": by_postgres,
        "peak_mb": base.peak_mb(),
        "load_average_at_the_end": round(os.getloadavg()[0], 1),
    }


def _timed(what: Callable[[], Answer], rounds: int = ROUNDS) -> tuple[float, Answer]:
    """Return the median of seconds and the answer. The first of several rounds, which compiles, is left out."""
    seconds = []
    for turn in range(rounds + (rounds > 1)):
        started = time.perf_counter()
        answer = what()
        if turn or rounds == 1:
            seconds.append(time.perf_counter() - started)
    return statistics.median(seconds), answer


def _cascade(laid: Arrays) -> dense.Ints:
    return dense.cascade(laid, RULES, until=base.LAST_DAY, bucket_of=_months, by_branch=True)


def _months(days: dense.Ints) -> dense.Ints:
    months = days.astype("datetime64[M]").astype(np.int64)
    return months - months[0]


def _answers(laid: Arrays, found: dense.Figures) -> pa.Table:
    none = found.frequency == 0
    return pa.table(
        {
            "customer_id": laid.customers,
            "state": pa.array(STATES).take(pa.array(found.state)),
            **{axis: pa.array(getattr(found, axis).astype(np.int32), mask=none) for axis in ("r", "f", "m")},
            "abc": pa.array(dense.CLASSES).take(pa.array(found.abc)),
        }
    )


def _flows(laid: Arrays, counts: dense.Ints) -> pa.Table:
    """The months and branches with an event: FLOWS."""
    first = np.datetime64(int(laid.visits["day"].min()), "D").astype("datetime64[M]").astype(np.int64)
    branches = np.array([*laid.codes["branches"], cascade.NO_BRANCH], np.int64)
    month, place = np.nonzero(counts.any(axis=2))
    days = (first + month).astype("datetime64[M]").astype("datetime64[D]")
    kinds = {kind: counts[month, place, number] for number, kind in enumerate(cascade.FLOWS)}
    return pa.table({"month": pa.array(days, pa.date32()), "branch_id": branches[place], **kinds})


def _definitions(con: Backend, answers: pa.Table, flows: pa.Table) -> dict[str, Any]:
    states = lifecycle.states(con, base.LAST_DAY, RULES)
    scores = rfm.scores(con, base.LAST_DAY, RULES).select(scored_id="customer_id", r="r", f="f", m="m")
    classes = abc.classes(abc.values(con, base.LAST_DAY, RULES, by="customer"), RULES).select("id", "abc")
    rows = states.left_join(scores, [("customer_id", "scored_id")]).join(classes, [("customer_id", "id")])
    figures_seconds, theirs = _timed(lambda: con.to_pyarrow(rows.select(*FIGURES)), rounds=1)
    events = cascade.events(con, RULES, until=base.LAST_DAY, places=cascade.Places(each=True))
    monthly = cascade.monthly(events, start=date(1900, 1, 1), by_branch=True)
    cascade_seconds, told = _timed(lambda: con.to_pyarrow(monthly.select(*FLOWS)), rounds=1)
    return {
        "figures_seconds": round(figures_seconds, 2),
        "cascade_seconds": round(cascade_seconds, 2),
        "equal_answers": _equal(con, answers, theirs, FIGURES, "the definitions"),
        "equal_flows": _equal(con, flows, told, FLOWS, "the definitions"),
    }


def _pandas(
    con: Backend, answers: pa.Table, flows: pa.Table, figures_seconds: float, cascade_seconds: float
) -> dict[str, Any]:
    frames = metrics_pandas.frames(con)
    seconds, theirs = _timed(lambda: metrics_pandas.figures(frames, base.LAST_DAY, RULES), rounds=1)
    snapshot_seconds, closings = _timed(lambda: metrics_pandas.snapshots(frames, base.LAST_DAY, RULES), rounds=1)
    return {
        "figures_seconds": round(seconds, 2),
        "figures_ratio": base.ratio(seconds, figures_seconds),
        "equal_answers": _equal(con, answers, theirs, FIGURES, "pandas"),
        "snapshots_seconds": round(snapshot_seconds, 2),
        "snapshots_ratio": base.ratio(snapshot_seconds, cascade_seconds),
        "equal_closings": _equal(con, _closings(con, flows), closings, metrics_pandas.CLOSINGS, "pandas"),
    }


def _closings(con: Backend, flows: pa.Table) -> pa.Table:
    """The base at the end of each month that is over, by branch: what snapshots can tell."""
    con.con.register("our_flows", flows)
    net = " + ".join(cascade.COMING) + " - " + " - ".join(cascade.LEAVING)
    statement = f"""
        WITH places AS (SELECT DISTINCT branch_id FROM our_flows),
             months AS (SELECT DISTINCT month FROM our_flows WHERE last_day(month) <= DATE '{base.LAST_DAY}'),
             closed AS (SELECT month, branch_id, sum(coalesce({net}, 0)) OVER (
                               PARTITION BY branch_id ORDER BY month)::BIGINT AS customers
                          FROM months CROSS JOIN places LEFT JOIN our_flows USING (month, branch_id))
        SELECT month, branch_id, customers FROM closed WHERE customers > 0
    """  # noqa: S608 - names of ours
    closings: pa.Table = con.con.sql(statement).to_arrow_table()
    return closings


def _postgres(
    con: Backend, answers: pa.Table, flows: pa.Table, figures_seconds: float, cascade_seconds: float
) -> dict[str, Any]:
    with metrics_postgres.laid_out(con):
        seconds, theirs = metrics_postgres.figures(base.LAST_DAY, RULES)
        event_seconds, told = metrics_postgres.cascade(base.LAST_DAY, RULES)
    return {
        "figures_seconds": round(seconds, 2),
        "figures_ratio": base.ratio(seconds, figures_seconds),
        "equal_answers": _equal(con, answers, theirs, FIGURES, "PostgreSQL"),
        "cascade_seconds": round(event_seconds, 2),
        "cascade_ratio": base.ratio(event_seconds, cascade_seconds),
        "equal_flows": _equal(con, flows, told, FLOWS, "PostgreSQL"),
    }


def _equal(con: Backend, ours: pa.Table, theirs: pa.Table, columns: tuple[str, ...], whose: str) -> int:
    """Return how many rows there are; raise where any differs."""
    con.con.register("our_answers", ours)
    con.con.register("their_answers", theirs)
    listed = ", ".join(columns)
    mine, others = f"SELECT {listed} FROM our_answers", f"SELECT {listed} FROM their_answers"  # noqa: S608 - names of ours
    different = f"({mine} EXCEPT ALL {others}) UNION ALL ({others} EXCEPT ALL {mine})"
    differ = con.con.sql(f"SELECT count(*) FROM ({different})").fetchall()[0][0]  # noqa: S608 - as above
    if differ:
        shown = con.con.sql(f"{different} ORDER BY ALL LIMIT 6").fetchall()
        raise AssertionError(f"{differ} answers of {whose} differ, for example {shown}")
    return int(ours.num_rows)
