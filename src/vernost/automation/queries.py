"""What the system does by itself, and whether it does."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Q
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker

from vernost.automation.models import NightRun

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
class Database:
    """The server of the data: PostgreSQL's version and the bytes on disk."""

    version: str
    size: int


def database() -> Database:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
        version, size = cursor.fetchone()
    return Database(version=version.split()[0], size=size)
