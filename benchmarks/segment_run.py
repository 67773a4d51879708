"""What `benchmarks.segment` measures, on the database that Django is set up for."""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks import base
from vernost.core.actor import system
from vernost.core.period import add_months
from vernost.facts import arrays, mirror, operations
from vernost.facts.mirror import MirrorMissing
from vernost.segments import attributes
from vernost.segments.queries.ground import grounds
from vernost.segments.queries.preview import preview
from vernost.segments.rules import tree

STATEMENT = (Path(__file__).parent / "segment.sql").read_text(encoding="utf-8")
ACTOR = system("bench")
TODAY = base.LAST_DAY
ROUNDS = 6
MANAGERS = 5
EDITS_OF_A_MANAGER = 40
# A manager thinks and types; the page itself waits so long after the last key.
PAUSE = 0.35
BASELINE_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Criteria:
    """Eight criteria; an edit changes one of them."""

    kind: str = "person"
    makes: tuple[str, ...] = ("haval", "lada", "chery")
    age: int = 9
    visits: int = 2
    visits_months: int = 36
    revenue: int = 15_000
    revenue_months: int = 48
    bought: tuple[str, ...] = ("brakes",)
    bought_months: int = 48
    shunned: tuple[str, ...] = ("battery",)
    shunned_months: int = 24
    away_months: int = 2

    def rule(self) -> tree.Group:
        document = {
            "all": [
                _one("customer_kind", "in", [self.kind]),
                _one("car_make", "in", list(self.makes)),
                _one("car_age", "at_most", self.age),
                _one("visits", "at_least", self.visits, within={"months": self.visits_months}),
                _one("revenue", "at_least", self.revenue, within={"months": self.revenue_months}),
                _one("bought", "yes", within={"months": self.bought_months}, category=list(self.bought)),
                {"not": [_one("bought", "yes", within={"months": self.shunned_months}, category=list(self.shunned))]},
                _one("last_visit_on", "before_last", {"months": self.away_months}),
            ]
        }
        return tree.read(document, attributes.discover())

    def bound(self) -> dict[str, Any]:
        return {
            "today": TODAY,
            "kind": self.kind,
            "makes": list(self.makes),
            "age": self.age,
            "visits": self.visits,
            "visits_since": add_months(TODAY, -self.visits_months),
            "revenue": self.revenue,
            "revenue_since": add_months(TODAY, -self.revenue_months),
            "bought": list(self.bought),
            "bought_since": add_months(TODAY, -self.bought_months),
            "shunned": list(self.shunned),
            "shunned_since": add_months(TODAY, -self.shunned_months),
            "away": add_months(TODAY, -self.away_months),
        }


def _one(attribute: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"attribute": attribute, "operator": operator, "value": value, **more}


def edits(start: int = 0) -> Iterator[Criteria]:
    """Yield the criteria after each of eight successive edits, and again with other values in the next round."""
    now = Criteria()
    for turn in cycle(range(start, start + 1000)):
        changes: tuple[dict[str, Any], ...] = (
            {"visits": 1 + turn % 4},
            {"makes": (("haval", "lada"), ("kia", "chery", "geely"), ("lada",))[turn % 3]},
            {"revenue": 10_000 + 1_000 * (turn % 17)},
            {"age": 4 + turn % 9},
            {"away_months": 1 + turn % 6},
            {"bought": (("brakes",), ("suspension",), ("brakes", "engine"))[turn % 3]},
            {"bought_months": 36 + turn % 12},
            {"shunned_months": 12 + turn % 24},
        )
        for change in changes:
            now = replace(now, **change)
            yield now


def measure(*, tell: base.Tell) -> dict[str, Any]:
    try:
        mirror.current()
    except MirrorMissing:
        operations.refresh(now=timezone.now())
    tell("Laying out the arrays")
    started = time.perf_counter()
    arrays.of()
    laid_out = time.perf_counter() - started
    load = os.getloadavg()[0]
    tell("The first answer, then eight edits, %(count)d times", count=ROUNDS)
    started = time.perf_counter()
    first = preview(Criteria().rule(), actor=ACTOR, on=TODAY)
    opening = time.perf_counter() - started
    seconds = _edits()
    tell("The same people in PostgreSQL")
    baseline = _postgres()
    tell("%(count)d managers during a refresh", count=MANAGERS)
    return {
        "load_average": round(load, 1),
        "arrays_seconds": round(laid_out, 2),
        "opening_ms": _ms(opening),
        "found": first.total,
        "edit": _figures(seconds),
        "postgres": {
            **_figures(baseline),
            "ratio": base.ratio(statistics.median(baseline), statistics.median(seconds)),
        },
        "managers_during_a_refresh": _managers(),
        "peak_mb": base.peak_mb(),
        "load_average_at_the_end": round(os.getloadavg()[0], 1),
    }


def _edits() -> list[float]:
    seconds = []
    asked = edits()
    for _edit in range(8 * ROUNDS):
        rule = next(asked).rule()
        started = time.perf_counter()
        preview(rule, actor=ACTOR, on=TODAY)
        seconds.append(time.perf_counter() - started)
    return seconds


def _postgres() -> list[float]:
    """Prove that both find the same people, then time the query: count and rows as one answer."""
    seconds = []
    asked = edits()
    for turn in range(8 * BASELINE_ROUNDS):
        criteria = next(asked)
        if turn % 8 not in {0, 5}:
            continue
        started = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '256MB'" if connection.in_atomic_block else "SET work_mem = '256MB'")
            cursor.execute(STATEMENT, criteria.bound())
            found = [row[0] for row in cursor.fetchall()]
        seconds.append(time.perf_counter() - started)
        standing = grounds.newest(ACTOR, TODAY)
        ours = standing.ids(standing.bits(criteria.rule(), {})).tolist()
        if ours != found:
            message = f"PostgreSQL finds {len(found)} people, we find {len(ours)}: {criteria}"
            raise AssertionError(message)
    return seconds


def _managers() -> Mapping[str, Any]:
    """Change a thousandth of the orders and refresh in a process of its own, while managers edit here."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE workshop_repairorder SET amount = amount + 1 WHERE id %% 1000 = 7", [])
        changed = cursor.rowcount
    before = mirror.current().version
    seconds: list[float] = []
    managers = [threading.Thread(target=_manage, args=(number, seconds)) for number in range(MANAGERS)]
    for manager in managers:
        manager.start()
    started = time.perf_counter()
    rule = json.dumps(_one("visits", "at_least", 1))
    subprocess.run(
        [sys.executable, "-m", "vernost", "segment", "count", "-"],
        input=rule.encode(),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    refreshed = time.perf_counter() - started
    for manager in managers:
        manager.join()
    grounds.wait()
    preview(Criteria().rule(), actor=ACTOR, on=TODAY)
    followed = grounds.of(ACTOR, TODAY).mirror.version
    if followed == before:
        message = "no newer version was answered from"
        raise AssertionError(message)
    return {"orders_changed": changed, "refresh_seconds": round(refreshed, 2), **_figures(seconds)}


def _manage(number: int, seconds: list[float]) -> None:
    try:
        asked = edits(start=number * 7)
        for _edit in range(EDITS_OF_A_MANAGER):
            rule = next(asked).rule()
            started = time.perf_counter()
            preview(rule, actor=ACTOR, on=TODAY)
            seconds.append(time.perf_counter() - started)
            time.sleep(PAUSE)
    finally:
        connection.close()


def _figures(seconds: list[float]) -> dict[str, Any]:
    ordered = sorted(seconds)
    return {
        "edits": len(ordered),
        "median_ms": _ms(statistics.median(ordered)),
        "p95_ms": _ms(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]),
        "worst_ms": _ms(ordered[-1]),
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
