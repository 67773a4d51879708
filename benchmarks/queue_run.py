"""200 operators at the desk of the served product, over HTTP.

Arrivals are an open stream (2 a second for five minutes): each saves the call before and takes the next
customer in one request, as Ctrl+Enter does; its latency counts from the planned moment to the last byte of the
page. Around it each operator's page does what a browser does with it: asks for the queue and the free places
of the new customer, for the queue each minute, says that it is open, keeps its stream of
news. Then one burst: everybody has been on a break and asks at the same moment.
"""

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import time as clock
from statistics import quantiles
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks import base, serving
from benchmarks.visitors import Answer, Visitor, signed_in
from vernost.accounts.models import Branch, CalendarDay, User
from vernost.calls import operations
from vernost.core.actor import Role
from vernost.invitations.models import Invitation, Programme

OPERATORS = 200
ARRIVALS_PER_SECOND = 2
ARRIVAL_SECONDS = 300
QUEUE_EVERY, ALIVE_EVERY = 60, 60
NEXT_P95_MS = 150
# What comes of a hundred calls, about as in life.
OUTCOMES = {"no_answer": 45, "call_back": 20, "declined": 20, "booked": 10, "busy": 5}
_IN_HAND = re.compile(r'action="/workplace/desk/(\d+)/save/"')
_KEY = re.compile(r'name="key" value="([^"]+)"')
_REASON = re.compile(r'value="([a-z_]+)" data-kind="reason"')
_FIELD = re.compile(r'<input type="hidden" name="(starts_at|key|monday|invitation)" value="([^"]*)"')
_BRANCH = re.compile(r'<option value="(\d+)" selected')


@dataclass
class Operator:
    """An operator's open page: whom it shows and what can be booked for him."""

    visitor: Visitor
    invitation_id: int | None = None
    key: str = ""
    reason: str = ""
    booking: dict[str, str] = field(default_factory=dict)
    busy: bool = False

    def shows(self, answer: Answer) -> None:
        found = _IN_HAND.search(answer.body)
        self.invitation_id = int(found[1]) if found else None
        key, reason = _KEY.search(answer.body), _REASON.search(answer.body)
        self.key = key[1] if key else ""
        self.reason = reason[1] if reason else ""
        self.booking = {}

    def may_book(self, answer: Answer) -> None:
        self.booking = dict(_FIELD.findall(answer.body))
        if found := _BRANCH.search(answer.body):
            self.booking["branch"] = found[1]


@dataclass
class Run:
    """Seconds by what was asked, and the answers that were no pages."""

    port: int
    chance: random.Random
    seconds: dict[str, list[float]] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    # Of the processor, while customers arrive: of which processes, and by how many answers.
    processor: dict[str, float] = field(default_factory=dict)
    begun: list[asyncio.Task[None]] = field(default_factory=list)

    def note(self, what: str, answer: Answer, *, late: float = 0.0) -> Answer:
        self.seconds.setdefault(what, []).append(answer.seconds + late)
        if answer.status not in {200, 204}:
            self.failures[f"{what} {answer.status}"] += 1
        return answer

    @property
    def answers(self) -> int:
        return sum(map(len, self.seconds.values()))

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        self.begun.append(asyncio.create_task(work))


def is_decided() -> bool:
    """Whether a night has filled the queue of this base already."""
    return Invitation.objects.filter(created_for=base.LAST_DAY).exists()


def prepare() -> list[Visitor]:
    """Make the staff, open the lines at any hour of the clock, and place everybody who waits in his zone."""
    Programme.objects.update(
        hours_from=clock(0), hours_to=clock(23, 59, 59), weekend_from=clock(0), weekend_to=clock(23, 59, 59)
    )
    CalendarDay.objects.filter(on__gte=timezone.localdate()).delete()
    operations.ensure_decline_reasons()
    operations.place_in_zones(only_new=False)
    operations.return_expired(now=timezone.now())
    operations.wake_retries(now=timezone.now())
    return [signed_in(user) for user in _staff()]


def _staff() -> list[User]:
    """Make the operators: nine of ten see one to three branches, the tenth sees the group."""
    chance = random.Random(base.SEED)  # noqa: S311 - the same staff for the same base
    branches = list(Branch.objects.order_by("pk"))
    staff = []
    for number in range(OPERATORS):
        whole = number % 10 == 0 or not branches
        user, _made = User.objects.get_or_create(
            username=f"bench-{number}", defaults={"role": Role.OPERATOR, "all_branches": whole}
        )
        if not whole:
            user.branches.set(chance.sample(branches, k=min(len(branches), chance.randint(1, 3))))
        staff.append(user)
    return staff


def measure(
    visitors: Sequence[Visitor], *, port: int, tell: base.Tell, seconds: int = ARRIVAL_SECONDS
) -> dict[str, Any]:
    """Measure the served product; its queue is filled."""
    began = timezone.now()
    waiting = Invitation.objects.filter(state="queued").count()
    tell("%(waiting)d customers wait, %(operators)d operators come", waiting=waiting, operators=len(visitors))
    operators = [Operator(visitor) for visitor in visitors]
    run = Run(port, random.Random(base.SEED))  # noqa: S311 - the same order each time
    in_burst = asyncio.run(_day(operators, run, seconds))
    burst, calm = run.seconds.pop("burst"), run.seconds.pop("next")
    taken, twice = _taken(began)
    return {
        "waiting": waiting,
        "operators": len(visitors),
        "next_customer": figures(calm),
        "burst": {**figures(burst), "seconds": round(in_burst, 2)},
        "processor_ms_per_answer": {what: round(taken * 1000, 1) for what, taken in run.processor.items()},
        "beside": {what: figures(each) for what, each in sorted(run.seconds.items())},
        "failures": dict(run.failures),
        "taken": taken,
        "held_by_two": twice,
    }


async def _day(operators: Sequence[Operator], run: Run, seconds: int) -> float:
    for operator in operators:
        await _take(operator, run, "first")
    visitors = [operator.visitor.another_connection() for operator in operators]
    pages = [asyncio.create_task(_open_page(visitor, run, turn)) for turn, visitor in enumerate(visitors)]
    pages += [asyncio.create_task(operator.visitor.listen(run.port)) for operator in operators]
    await asyncio.sleep(2)
    before, answers = serving.processor_seconds(), run.answers
    await _arrivals(operators, run, seconds)
    run.processor = {
        what: (taken - before.get(what, 0.0)) / (run.answers - answers)
        for what, taken in serving.processor_seconds().items()
    }
    for page in pages:
        page.cancel()
    await asyncio.gather(*pages, return_exceptions=True)
    return await _burst(operators, run)


async def _arrivals(operators: Sequence[Operator], run: Run, seconds: int) -> None:
    """Let operators finish their calls at planned moments, whether the ones before have been served or not."""
    order = run.chance.choices(range(len(operators)), k=seconds * ARRIVALS_PER_SECOND)
    started = time.perf_counter()
    for place, number in enumerate(order):
        planned = started + place / ARRIVALS_PER_SECOND
        await asyncio.sleep(max(0.0, planned - time.perf_counter()))
        operator = operators[number]
        if not operator.busy:
            run.begin(_finish_call(operator, run, planned))
    await asyncio.gather(*run.begun)


async def _finish_call(operator: Operator, run: Run, planned: float) -> None:
    operator.busy = True
    late = time.perf_counter() - planned
    if operator.invitation_id is None:
        await _take(operator, run, "next", late=late)
    else:
        started = time.perf_counter()
        fields = await _outcome(operator, run)
        # The booking before is a press of its own.
        late += 0.0 if fields["outcome"] != "booked" else planned - started
        late = max(late, 0.0)
        answer = await operator.visitor.post(run.port, f"/workplace/desk/{operator.invitation_id}/save/", fields)
        operator.shows(run.note("next", answer, late=late))
    await _look_around(operator, run)
    operator.busy = False


async def _outcome(operator: Operator, run: Run) -> dict[str, str]:
    outcome = run.chance.choices(list(OUTCOMES), weights=list(OUTCOMES.values()))[0]
    fields = {"key": operator.key, "outcome": outcome, "note": "Говорили недолго"}
    if outcome == "booked":
        booked = operator.booking.get("starts_at") and await _book(operator, run)
        fields["outcome"] = "booked" if booked else "no_answer"
    if outcome == "declined":
        fields["decline_reason"] = operator.reason
    if outcome == "call_back":
        fields["when"] = "tomorrow"
    return fields


async def _book(operator: Operator, run: Run) -> bool:
    answer = await operator.visitor.post(run.port, "/workplace/slots/book/", operator.booking)
    return "slots__booked" in run.note("book", answer).body


async def _look_around(operator: Operator, run: Run) -> None:
    """What the page asks for when a customer has come."""
    run.note("queue", await operator.visitor.get(run.port, "/workplace/desk/queue/?tab=all"))
    if operator.invitation_id is not None:
        slots = f"/workplace/slots/?invitation={operator.invitation_id}"
        operator.may_book(run.note("slots", await operator.visitor.get(run.port, slots)))


async def _open_page(visitor: Visitor, run: Run, turn: int) -> None:
    """What an open page asks for by its own clock; a browser has more connections than one."""
    try:
        await asyncio.sleep(turn * QUEUE_EVERY / OPERATORS)
        while True:
            run.note("queue", await visitor.get(run.port, "/workplace/desk/queue/?tab=all"))
            if turn % (ALIVE_EVERY // QUEUE_EVERY) == 0:
                run.note("alive", await visitor.post(run.port, "/workplace/desk/alive/", {"has": "1"}))
            turn += 1
            await asyncio.sleep(QUEUE_EVERY)
    finally:
        visitor.leave()


async def _take(operator: Operator, run: Run, what: str, *, late: float = 0.0) -> None:
    operator.shows(run.note(what, await operator.visitor.post(run.port, "/workplace/desk/next/"), late=late))


async def _burst(operators: Sequence[Operator], run: Run) -> float:
    """Let all operators ask at once, after a break; return the seconds until the last one has a customer."""
    for operator in operators:
        await operator.visitor.post(run.port, "/workplace/desk/presence/", {"state": "break"})
    started = time.perf_counter()
    await asyncio.gather(*(_take(operator, run, "burst") for operator in operators))
    seconds = time.perf_counter() - started
    for operator in operators:
        operator.visitor.leave()
    return seconds


# Leases one after another; a customer's next one must not begin before the last has ended.
_LEASES = """
SELECT count(*), count(*) FILTER (WHERE at < before_ended)
FROM (
    SELECT event.at, max(coalesce(ended.at, 'infinity')) OVER (
               PARTITION BY invitation.customer_id ORDER BY event.at, event.id
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_ended
    FROM invitations_invitationevent event
    JOIN invitations_invitation invitation ON invitation.id = event.invitation_id
    LEFT JOIN LATERAL (
        SELECT at FROM invitations_invitationevent later
        WHERE later.invitation_id = event.invitation_id AND later.id > event.id ORDER BY later.id LIMIT 1
    ) ended ON true
    WHERE event.to_state = 'in_progress' AND event.at >= %s
) leases
"""


def _taken(since: Any) -> tuple[int, int]:  # noqa: ANN401 - a moment
    """Return how many leases were given, and how many while another operator had the same customer."""
    with connection.cursor() as cursor:
        cursor.execute(_LEASES, [since])
        taken, twice = cursor.fetchone()
    return taken, twice


def p95(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=20)[18] if len(seconds) > 1 else seconds[0]


def figures(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "count": len(ordered),
        "p50_ms": round(ordered[len(ordered) // 2] * 1000, 1),
        "p95_ms": round(p95(ordered) * 1000, 1),
        "max_ms": round(ordered[-1] * 1000, 1),
    }
