"""200 operators at the queue, on the database that Django is set up for.

Arrivals are an open stream (2 a second for five minutes, latency counted from the planned moment) and then
one burst of all operators at once. Each arrival saves the call before and takes the next customer, through
the operations that the desk calls, on as many threads as a web process has connections.
"""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from threading import Lock
from typing import Any
from uuid import uuid4

from django.db import connection
from django.db.models import Max, Min, QuerySet

from benchmarks import base
from vernost.accounts.models import Branch, User
from vernost.calls import operations
from vernost.calls.operations import CallResult
from vernost.calls.queries import search
from vernost.contacts.rules import Outcome
from vernost.core.actor import Actor, Role, system
from vernost.customers.models import ContactAddress, Customer
from vernost.invitations.models import Invitation
from vernost.vehicles.models import Vehicle

OPERATORS = 200
ARRIVALS_PER_SECOND = 2
ARRIVAL_SECONDS = 300
CONNECTIONS = 12
SEARCHES = 400
# Noon in Moscow on the day of the night: calls are allowed almost everywhere.
STARTS_AT = datetime(base.LAST_DAY.year, base.LAST_DAY.month, base.LAST_DAY.day, 9, tzinfo=UTC)
NEXT_P95_MS = 150
SEARCH_P95_MS = 150


@dataclass
class Run:
    """What was taken, by whom, and how long each step took, in seconds."""

    taken: list[tuple[int, int]] = field(default_factory=list)
    nexts: list[float] = field(default_factory=list)
    saves: list[float] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)


def measure(*, tell: base.Tell, seconds: int = ARRIVAL_SECONDS) -> dict[str, Any]:
    """Measure on the database that Django is set up for; its queue is filled."""
    operations.place_in_zones(only_new=False)
    operations.wake_retries(now=STARTS_AT)
    actors = _operators()
    waiting = Invitation.objects.filter(state="queued").count()
    tell("%(waiting)d customers wait, %(operators)d operators come", waiting=waiting, operators=len(actors))
    calm, burst = Run(), Run()
    _first_customers(actors, calm)
    _arrivals(actors, calm, seconds)
    in_burst = _burst(actors, burst)
    taken = [*calm.taken, *burst.taken]
    invitations = [invitation_id for invitation_id, _customer_id in taken]
    people = [customer_id for _invitation_id, customer_id in taken]
    search = _searches(tell)
    return {
        "waiting": waiting,
        "operators": len(actors),
        "arrivals": _figures(calm.nexts),
        "saves": _figures(calm.saves),
        "burst": {**_figures(burst.nexts), "seconds": round(in_burst, 2), "connections": CONNECTIONS},
        "search": search,
        "taken": len(taken),
        "invitations_twice": len(invitations) - len(set(invitations)),
        "customers_twice": len(people) - len(set(people)),
        "passed": {
            "next_p95": _p95(calm.nexts) * 1000 <= NEXT_P95_MS,
            "search_p95": max(each["p95_ms"] for each in search.values()) <= SEARCH_P95_MS,
            "nobody_twice": len(set(invitations)) == len(invitations) and len(set(people)) == len(people),
        },
    }


def _operators() -> list[Actor]:
    """Make the staff: nine of ten see one to three branches, the tenth sees the group."""
    chance = random.Random(base.SEED)  # noqa: S311 - the same staff for the same base
    branches = list(Branch.objects.order_by("pk"))
    actors = []
    for number in range(OPERATORS):
        whole = number % 10 == 0 or not branches
        user, _made = User.objects.get_or_create(
            username=f"bench-{number}", defaults={"role": Role.OPERATOR, "all_branches": whole}
        )
        if not whole:
            user.branches.set(chance.sample(branches, k=min(len(branches), chance.randint(1, 3))))
        actors.append(user.as_actor())
    return actors


def _first_customers(actors: Sequence[Actor], run: Run) -> None:
    for actor in actors:
        _take(actor, STARTS_AT, run, timed=False)


def _arrivals(actors: Sequence[Actor], run: Run, seconds: int) -> None:
    """Let operators come at planned moments, whether the ones before have been served or not."""
    chance = random.Random(base.SEED)  # noqa: S311 - the same order each time
    order = chance.choices(range(len(actors)), k=seconds * ARRIVALS_PER_SECOND)
    started = time.perf_counter()
    busy: dict[int, Future[None]] = {}
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        futures = []
        for place, number in enumerate(order):
            planned = started + place / ARRIVALS_PER_SECOND
            time.sleep(max(0.0, planned - time.perf_counter()))
            before = busy.get(number)
            if before is not None and not before.done():
                continue
            moment = STARTS_AT + timedelta(seconds=place / ARRIVALS_PER_SECOND)
            busy[number] = pool.submit(_arrive, actors[number], moment, planned, run)
            futures.append(busy[number])
        for future in futures:
            future.result()
        _close_connections(pool)


def _arrive(actor: Actor, moment: datetime, planned: float, run: Run) -> None:
    started = time.perf_counter()
    _save(actor, moment)
    saved = time.perf_counter()
    _take(actor, moment, run, timed=True, waited=started - planned)
    with run.lock:
        run.saves.append(saved - started)


def _burst(actors: Sequence[Actor], run: Run) -> float:
    """Let all operators ask at once, after a break; return the seconds until the last one has a customer."""
    moment = STARTS_AT + timedelta(minutes=10)
    for actor in actors:
        _save(actor, moment)
    operations.wake_retries(now=moment)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        started = time.perf_counter()
        futures = [pool.submit(_in_burst, actor, moment, started, run) for actor in actors]
        for future in futures:
            future.result()
        seconds = time.perf_counter() - started
        _close_connections(pool)
    return seconds


def _in_burst(actor: Actor, moment: datetime, started: float, run: Run) -> None:
    _take(actor, moment, run, timed=True, waited=time.perf_counter() - started)


def _save(actor: Actor, moment: datetime) -> None:
    """Write "no answer" down for whomever the operator has: the customer is not tried again in this run."""
    if held := operations.held_by(actor, moment):
        result = CallResult(Outcome.NO_ANSWER)
        operations.record_outcome(invitation_id=held.pk, result=result, key=uuid4(), actor=actor, now=moment)


def _take(actor: Actor, moment: datetime, run: Run, *, timed: bool, waited: float = 0.0) -> None:

    started = time.perf_counter()
    invitation = operations.next_customer(actor=actor, now=moment)
    seconds = time.perf_counter() - started
    with run.lock:
        if invitation is not None:
            run.taken.append((invitation.pk, invitation.customer_id))
        if timed:
            run.nexts.append(waited + seconds)


def _close_connections(pool: ThreadPoolExecutor) -> None:

    for _thread in range(CONNECTIONS):
        pool.submit(connection.close)


def _searches(tell: base.Tell) -> dict[str, dict[str, float]]:
    """Measure finding by each kind of words, by somebody who sees the group and by somebody of one branch."""
    tell("Searching")
    branch = Branch.objects.order_by("pk").first()
    scoped = Actor("bench", frozenset({branch.pk}) if branch else frozenset(), Role.OPERATOR)
    chance = random.Random(base.SEED)  # noqa: S311 - the same words each time
    phones = _some(ContactAddress.objects.filter(kind="phone"), "value", chance)
    names = _some(Customer.objects.exclude(sort_key=""), "sort_key", chance)
    plates = _some(Vehicle.objects.exclude(plate=""), "plate", chance)
    vins = _some(Vehicle.objects.exclude(vin=""), "vin", chance)
    words: dict[str, Callable[[int], str]] = {
        "phone": lambda place: phones[place],
        "last_digits": lambda place: phones[place][-4:],
        "plate": lambda place: plates[place][:6],
        "vin": lambda place: vins[place][-6:],
        "surname": lambda place: names[place].split()[0],
        "beginning": lambda place: names[place][:4],
    }
    figures = {}
    for kind, text in words.items():
        seconds = []
        for place in range(SEARCHES // len(words)):
            started = time.perf_counter()
            search.find(text(place), actor=scoped if place % 2 else system("bench"), limit=8)
            seconds.append(time.perf_counter() - started)
        figures[kind] = _figures(seconds)
    return figures


def _some(rows: QuerySet[Any], column: str, chance: random.Random) -> list[str]:
    ids = rows.aggregate(first=Min("pk"), last=Max("pk"))
    found: list[str] = []
    while len(found) < SEARCHES:
        pk = chance.randint(ids["first"], ids["last"])
        found += rows.filter(pk__gte=pk).order_by("pk").values_list(column, flat=True)[:1]
    return found


def _p95(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=20)[18]


def _figures(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "count": len(ordered),
        "p50_ms": round(ordered[len(ordered) // 2] * 1000, 1),
        "p95_ms": round(_p95(ordered) * 1000, 1),
        "max_ms": round(ordered[-1] * 1000, 1),
    }
