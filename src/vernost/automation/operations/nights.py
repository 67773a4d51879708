"""What the system does by itself: the night."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import connection, transaction

from vernost import facts
from vernost.automation.events import NightDecided
from vernost.automation.models import NightRun
from vernost.automation.operations.following import settle_visits
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.events import publish
from vernost.core.i18n import _
from vernost.facts import operations as mirror
from vernost.invitations.operations.night import write_night
from vernost.invitations.queries import decisions, rules
from vernost.invitations.queries.decisions import ProgrammeCounts

logger = logging.getLogger("vernost.automation")

MEMORY_LIMIT = "1200MB"
# Any number that no other advisory lock of the product uses.
_LOCK = 0x4E49_4748


class NightBeforeNewest(DomainError):
    code = "night_before_newest"
    text = _("The night of %(newest)s has been decided already: ask an earlier day with --dry-run")


@dataclass(frozen=True, slots=True)
class Night:
    """A night of the whole group, as `vernost night` prints it."""

    as_of: date
    programmes: tuple[ProgrammeCounts, ...]
    seconds: float


def run_night(*, as_of: date, actor: Actor, now: datetime) -> Night:
    """Decide a day for everybody and write it. The same day again adds only what is missing.

    Two at once: the second waits, and finds it done. Broken off at any moment it has written nothing.
    """
    started = time.monotonic()
    with _alone():
        _refuse_the_past(as_of)
        settle_visits(day=as_of, actor=actor, now=now)
        mirror.refresh(now=now)
        con = facts.connect(memory_limit=MEMORY_LIMIT)
        decision = decisions.decide(con, rules.question(as_of))
        counts = tuple(decisions.counts(decision))
        with transaction.atomic():
            written = write_night(con=con, decision=decision, as_of=as_of, actor=actor, now=now)
            _remember(as_of, counts, actor, now)
    logger.info("night of %s: %s", as_of, asdict(written))
    return Night(as_of, counts, time.monotonic() - started)


def count_night(*, as_of: date, now: datetime) -> Night:
    """Decide a day, any day, and write nothing but a fresh mirror."""
    started = time.monotonic()
    mirror.refresh(now=now)
    decision = decisions.decide(facts.connect(memory_limit=MEMORY_LIMIT), rules.question(as_of))
    return Night(as_of, tuple(decisions.counts(decision)), time.monotonic() - started)


def _refuse_the_past(as_of: date) -> None:
    newest = NightRun.objects.order_by("-as_of").values_list("as_of", flat=True).first()
    if newest is not None and as_of < newest:
        raise NightBeforeNewest(newest=newest.isoformat())


def _remember(as_of: date, counts: tuple[ProgrammeCounts, ...], actor: Actor, now: datetime) -> None:
    result = {"programmes": [asdict(programme) for programme in counts]}
    told = NightDecided(as_of, sum(each.candidates for each in counts), sum(each.invited for each in counts))
    run, made = NightRun.objects.get_or_create(
        as_of=as_of, defaults={"started_at": now, "finished_at": now, "actor": actor.code, "result": result}
    )
    if not made and run.result != result:
        run.result, run.finished_at = result, now
        run.save(update_fields=["result", "finished_at"])
        publish(told)
    elif made:
        publish(told)


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
