"""The phases of a night, and equal answers before any ratio, on the database that Django is set up for."""

import os
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import pyarrow as pa
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from ibis.backends.duckdb import Backend

from benchmarks import base, import_daily, import_rows, night_pandas, night_postgres, night_rows, refresh_run
from benchmarks.import_ import imported
from vernost import facts
from vernost.automation.models import NightRun
from vernost.automation.operations.following import follow_import
from vernost.automation.operations.nights import MEMORY_LIMIT
from vernost.core.actor import system
from vernost.facts import operations as mirror
from vernost.invitations.operations.night import write_night
from vernost.invitations.queries import decisions, rules
from vernost.invitations.queries.decisions import Question, kept

ROUNDS = 3
# The day's file has a fifth as many orders as there are customers; half of them are known.
_KNOWN_SHARE = 10


def measure(*, customers: int, tell: base.Tell) -> dict[str, Any]:
    """Decide the night before once for the base, import a day's orders, then measure the last day's night.

    What the measured night writes is rolled back; the day's orders stay, so each run imports others.
    """
    load = os.getloadavg()[0]
    _night_before(tell)
    daily = _daily_file(customers, tell)
    tell("The minute that follows the day's changes, in the worker's process")
    minute = base.aside(refresh_run.job)
    tell("The night, in a process of its own")
    night, question = base.aside(_night), rules.question(base.LAST_DAY)
    tell("The decision of ours and of pandas, %(count)d times", count=ROUNDS)
    rounds = []
    for _turn in range(ROUNDS):
        con = _connect()
        rounds.append(_round(con, question))
    ours = statistics.median(one.ours for one in rounds)
    by_pandas = statistics.median(one.pandas for one in rounds)
    return {
        "load_average": round(load, 1),
        "daily_file": daily,
        "minute": minute,
        "night": night,
        "decision": {
            "candidates": rounds[0].equal,
            "seconds": round(ours, 2),
            "cpu_seconds": round(statistics.median(one.ours_cpu for one in rounds), 2),
            "rounds": [round(one.ours, 2) for one in rounds],
        },
        "pandas": {
            "seconds": round(by_pandas, 2),
            "rounds": [round(one.pandas, 2) for one in rounds],
            "equal_answers": rounds[0].equal,
            "ratio": base.ratio(by_pandas, ours),
        },
        **_in_postgres(con, question, ours, tell),
        "load_average_at_the_end": round(os.getloadavg()[0], 1),
    }


def _night_before(tell: base.Tell) -> None:
    mark = base.folder() / "night-before"
    if not mark.exists():
        tell("The night before")
        base.vernost("night", "--as-of", f"{base.LAST_DAY - timedelta(days=1)}")
        mark.touch()


def _daily_file(customers: int, tell: base.Tell) -> dict[str, Any]:
    """Import a day's orders that the base has not had; return what came of them."""
    tell("The day's orders")
    place = base.folder() / "daily"
    turn = len(list(place.glob("*")))
    known = import_rows.known_orders(customers // _KNOWN_SHARE, turn=turn)
    files = base.files(customers, tell)
    written = base.aside(partial(import_daily.write, files, place / str(turn), known, sample=0, turn=turn))
    day = imported(written.path)
    written.path.unlink()
    return {"orders": written.size, **day.counts, "seconds": day.seconds}


def _connect() -> Backend:
    return facts.connect(memory_limit=MEMORY_LIMIT)


def _undecided() -> date:
    """Return the day of the next night: what a decided one would write stands already."""
    newest = NightRun.objects.aggregate(day=Max("as_of"))["day"]
    return base.LAST_DAY if newest is None or newest < base.LAST_DAY else newest + timedelta(days=1)


def _night() -> dict[str, Any]:
    """Do what `run_night` does, by phases; what it writes is checked against the foreign keys and rolled back."""
    clock, now, day, laps = base.Clock(), timezone.now(), _undecided(), {}
    follow_import(actor=system("bench"), now=now)
    laps["settling_visits"] = clock.lap()
    refreshed = mirror.refresh(now=now)
    laps["refresh"] = clock.lap()
    con = _connect()
    decision = decisions.decide(con, rules.question(day))
    laps["decision"] = clock.lap()
    with transaction.atomic():
        written = write_night(con=con, decision=decision, as_of=day, actor=system("bench"), now=now)
        laps["writing"] = clock.lap()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        laps["foreign_keys"] = clock.lap()
        transaction.set_rollback(True)
    total = round(sum(lap["seconds"] for lap in laps.values()), 2)
    changed = {"kind": refreshed.kind, "keys": refreshed.keys}
    told = {"as_of": day.isoformat(), **laps, "refreshed": changed, "written": asdict(written)}
    return {**told, "seconds": total, "peak_mb": base.peak_mb()}


@dataclass(frozen=True, slots=True)
class _Round:
    ours: float
    ours_cpu: float
    pandas: float
    equal: int


def _round(con: Backend, question: Question) -> _Round:
    """Decide by ours and by pandas over one fresh connection; opening it is counted to neither."""
    clock = base.Clock()
    decisions.decide(con, question)
    ours = clock.lap()
    seconds, theirs = night_pandas.decide(con, question)
    return _Round(ours["seconds"], ours["cpu_seconds"], seconds, _equal(con, theirs, "pandas"))


def _in_postgres(con: Backend, question: Question, ours: float, tell: base.Tell) -> dict[str, Any]:
    """Ask one statement and then car by car, over the same tables with the same indexes."""
    tell("The same tables in PostgreSQL")
    with night_postgres.laid_out(con, question):
        tell("The same decision by one statement of PostgreSQL")
        seconds, theirs = night_postgres.decide(question)
        equal = _equal(con, theirs, "PostgreSQL")
        tell("The same decision car by car, for %(count)d cars", count=night_rows.SAMPLE)
        by_row = night_rows.decide(question)
    extrapolated = by_row.seconds_a_vehicle * by_row.vehicles
    return {
        "postgres": {"seconds": round(seconds, 2), "equal_answers": equal, "ratio": base.ratio(seconds, ours)},
        "row_by_row": {
            "sample_vehicles": len(by_row.sample),
            "sample_seconds": round(by_row.seconds_a_vehicle * len(by_row.sample), 2),
            "equal_answers": _equal_sample(con, by_row),
            "vehicles": by_row.vehicles,
            "seconds_extrapolated": round(extrapolated, 1),
            "ratio_extrapolated": base.ratio(extrapolated, ours),
        },
    }


def _equal(con: Backend, theirs: pa.Table, whose: str) -> int:
    """Return how many candidates there are; raise where any answer differs."""
    return _compared(con, f"FROM {kept('answers')}", night_postgres.COLUMNS, theirs, whose)


def _equal_sample(con: Backend, by_row: night_rows.Rows) -> int:
    """Compare the cars of the sample, with their customers' value; who had no room is asked as if he had."""
    types = con.con.sql(f"SELECT {', '.join(night_rows.COLUMNS)} FROM {kept('answers')}").to_arrow_table().schema  # noqa: S608 - names of ours
    columns = zip(*by_row.answers, strict=True) if by_row.answers else [[]] * len(types)
    theirs = pa.table(
        [pa.array(list(column), type=field.type) for column, field in zip(columns, types, strict=True)], types
    )
    con.con.register("sample", pa.table({"vehicle_id": by_row.sample}))
    ours = f"""FROM (SELECT * REPLACE (CASE WHEN reason <> 'over_capacity' THEN reason
                                       WHEN held_out THEN 'held_out' ELSE '' END AS reason)
                     FROM {kept("answers")} SEMI JOIN sample USING (vehicle_id))"""  # noqa: S608 - names of ours
    return _compared(con, ours, night_rows.COLUMNS, theirs, "the loop")


def _compared(con: Backend, source: str, columns: Sequence[str], theirs: pa.Table, whose: str) -> int:
    con.con.register("their_answers", theirs)
    listed = ", ".join(columns)
    ours, others = f"SELECT {listed} {source}", f"SELECT {listed} FROM their_answers"  # noqa: S608 - names of ours
    different = f"({ours} EXCEPT ALL {others}) UNION ALL ({others} EXCEPT ALL {ours})"
    count = f"SELECT count(*), (SELECT count(*) FROM ({different})) FROM ({ours})"  # noqa: S608 - as above
    candidates, differ = con.con.sql(count).fetchall()[0]
    if differ:
        shown = con.con.sql(f"{different} ORDER BY ALL LIMIT 6").fetchall()
        raise AssertionError(f"{differ} answers of {whose} differ, for example {shown}")
    return int(candidates)
