"""The phases of a night, and equal answers before any ratio, on the database that Django is set up for."""

import os
import time
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.utils import timezone
from ibis.backends.duckdb import Backend

from benchmarks import base, night_postgres
from vernost import facts
from vernost.automation.operations import MEMORY_LIMIT, run_night
from vernost.core.actor import system
from vernost.facts import operations as mirror
from vernost.invitations.operations.night import write_night
from vernost.invitations.queries import decisions, rules
from vernost.invitations.queries.decisions import kept


def measure(*, tell: base.Tell) -> dict[str, Any]:
    """Decide the night before where nobody has, then measure the last day's; what it writes is rolled back."""
    now = timezone.now()
    load = round(os.getloadavg()[0], 1)
    tell("The night before")
    run_night(as_of=base.LAST_DAY - timedelta(days=1), actor=system("bench"), now=now)
    tell("The night")
    refreshed = mirror.refresh(now=now)
    con = facts.connect(memory_limit=MEMORY_LIMIT)
    question = rules.question(base.LAST_DAY)
    started, cpu = time.perf_counter(), time.process_time()
    decision = decisions.decide(con, question)
    decided, cpu = time.perf_counter() - started, time.process_time() - cpu
    writing = _write(con, decision, now)
    peak = base.peak_mb()
    tell("The same decision by PostgreSQL")
    with night_postgres.laid_out(con, question):
        seconds, theirs = night_postgres.decide(question)
    equal = _equal(con, theirs)
    return {
        "load_average": load,
        "refresh": {"kind": refreshed.kind, "seconds": round(refreshed.seconds, 2)},
        "decision": {"seconds": round(decided, 2), "cpu_seconds": round(cpu, 2)},
        "writing_seconds": round(writing, 2),
        "peak_mb": peak,
        "postgres": {"seconds": round(seconds, 2), "equal_answers": equal, "ratio": base.ratio(seconds, decided)},
    }


def _write(con: Backend, decision: decisions.Decision, now: datetime) -> float:
    started = time.perf_counter()
    with transaction.atomic():
        write_night(con=con, decision=decision, as_of=base.LAST_DAY, actor=system("bench"), now=now)
        transaction.set_rollback(True)
    return time.perf_counter() - started


def _equal(con: Backend, theirs: pa.Table) -> int:
    """Return how many candidates there are; raise where any answer differs."""
    listed = ", ".join(night_postgres.COLUMNS)
    con.con.register("their_answers", theirs)
    ours, others = f"SELECT {listed} FROM {kept('answers')}", f"SELECT {listed} FROM their_answers"  # noqa: S608 - names of ours
    different = f"({ours} EXCEPT ALL {others}) UNION ALL ({others} EXCEPT ALL {ours})"
    rows = con.con.sql(f"SELECT count(*), (SELECT count(*) FROM ({different})) FROM ({ours})").fetchall()[0]  # noqa: S608 - names of ours
    assert rows[1] == 0, f"{rows[1]} answers differ"
    return int(rows[0])
