"""What the system does by itself, and whether it does."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Count, Q
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker

from vernost.automation import catalogue
from vernost.automation.catalogue import Invariant
from vernost.automation.models import NightRun
from vernost.customers.queries import duplicates as customers

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from vernost.invitations.queries.why import Why

# The worker says every ten seconds that it lives.
SILENT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class NightProgramme:
    """What a night decided of one programme; `code` of the programme."""

    code: str
    candidates: int
    invited: int
    suppressed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Night:
    """A night of the whole group. `finished_at` None: at work, or broken off."""

    as_of: date
    started_at: datetime
    finished_at: datetime | None
    programmes: tuple[NightProgramme, ...]

    @property
    def invited(self) -> int:
        return sum(programme.invited for programme in self.programmes)

    @property
    def candidates(self) -> int:
        return sum(programme.candidates for programme in self.programmes)

    @property
    def suppressed(self) -> Mapping[str, int]:
        total: Counter[str] = Counter()
        for programme in self.programmes:
            total.update(programme.suppressed)
        return total


def last_night() -> Night | None:
    """Return the newest night, or None before the first one."""
    run = NightRun.objects.order_by("-as_of").first()
    return _night(run) if run else None


def _night(run: NightRun) -> Night:
    rows: list[dict[str, Any]] = run.result.get("programmes", [])
    return Night(
        as_of=run.as_of,
        started_at=run.started_at,
        finished_at=run.finished_at,
        programmes=tuple(
            NightProgramme(row["programme"], row["candidates"], row["invited"], row["suppressed"]) for row in rows
        ),
    )


def why(customer_id: int, *, as_of: date) -> "list[Why]":
    """Say why a customer is (not) invited on a day: every programme, every car. Reads the current mirror."""
    from vernost import facts  # noqa: PLC0415 - Ibis is half a second that a web process spends when asked

    return _why(facts.connect(), customer_id, as_of)


def why_of_reference(customer: str, *, as_of: date) -> "list[Why]":
    """Say the same of a customer named by the id of the source, as reports print it."""
    from vernost import facts  # noqa: PLC0415 - as above

    return _why(facts.connect(), customers.standing(customer), as_of)


def _why(con: "Backend", customer_id: int, as_of: date) -> "list[Why]":
    from vernost.invitations.queries import rules  # noqa: PLC0415 - as above
    from vernost.invitations.queries.why import why as answer  # noqa: PLC0415 - as above

    recorded = NightRun.objects.filter(as_of=as_of).exists()
    return answer(con, rules.question(as_of), customer_id, recorded=recorded)


@dataclass(frozen=True, slots=True)
class Work:
    """The queue of jobs: is there a worker, how many jobs wait since long, how many failed in a day."""

    last_heartbeat: datetime | None
    alive: bool
    waiting: int
    failed: int


def work(now: datetime) -> Work:
    heartbeat = ProcrastinateWorker.objects.order_by("-last_heartbeat").values_list("last_heartbeat", flat=True).first()
    due = Q(status="todo") & (Q(scheduled_at=None) | Q(scheduled_at__lte=now))
    since = now - timedelta(days=1)
    failed = Q(status="failed", procrastinateevent__type="failed", procrastinateevent__at__gte=since)
    jobs = ProcrastinateJob.objects.aggregate(
        waiting=Count("pk", filter=due, distinct=True), failed=Count("pk", filter=failed, distinct=True)
    )
    alive = heartbeat is not None and now - heartbeat < SILENT
    return Work(last_heartbeat=heartbeat, alive=alive, **jobs)


@dataclass(frozen=True, slots=True)
class Breach:
    """An invariant that does not hold: how many rows break it, and the first of them."""

    invariant: str
    title: str
    count: int
    rows: list[dict[str, Any]]


SHOWN_ROWS = 20


def breaches() -> list[Breach]:
    """Ask every invariant of the data; an empty list: all hold."""
    found = (_breach(invariant) for invariant in catalogue.discover())
    return [breach for breach in found if breach is not None]


def _breach(invariant: Invariant) -> Breach | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT *, count(*) OVER () FROM ({invariant.sql}) breach LIMIT {SHOWN_ROWS}")  # noqa: S608 - of the catalogue
        rows = cursor.fetchall()
        names = [column.name for column in cursor.description or ()][:-1]
    if not rows:
        return None
    return Breach(invariant.code, invariant.title, rows[0][-1], [dict(zip(names, row, strict=False)) for row in rows])


@dataclass(frozen=True, slots=True)
class Database:
    """The server of the data: PostgreSQL's version and the bytes on disk."""

    version: str
    size: int


def database() -> Database:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
        version, size = cursor.fetchone()
    return Database(version=version.split()[0], size=size)
