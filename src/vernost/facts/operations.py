"""Keeping the mirror fresh."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
from django.db import connection, transaction
from django.utils import timezone

from vernost.core.fact_table import fact_groups
from vernost.facts import changes, checking, pull, vehicle_states, whole
from vernost.facts import mirror as mirrors
from vernost.facts.changes import Changed
from vernost.facts.mirror import Mirror, MirrorMissing
from vernost.facts.pull import EVERYTHING, Snapshot

logger = logging.getLogger("vernost.facts")

# Any number that no other advisory lock of the product uses.
_LOCK = 0x4D49_5252
MANY_KEYS = 200_000


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did: `kind` is `full`, `changes` or `nothing`; `keys` counts the touched ones by group.

    `vehicle_states` is the number of rows of that table that differed.
    """

    mirror: Mirror
    kind: str
    keys: dict[str, int]
    vehicle_states: int
    seconds: float


def refresh(*, now: datetime) -> Refreshed:
    """Bring the mirror up to everything that is committed; full where changes alone cannot.

    A second refresher waits for the first. Killed in the middle, it leaves the version before.
    """
    started = time.monotonic()
    with _alone(), pull.snapshot() as snapshot:
        before, keys = _current(), snapshot.note_keys()
        fresh = _by_changes(snapshot, keys, before, now)
        kind = "full" if fresh is None else "changes" if keys else "nothing"
        fresh = fresh or Changed(whole.version(snapshot, now), None, None)
        differed = _publish(snapshot, fresh, before)
    return Refreshed(fresh.mirror, kind, keys, differed, time.monotonic() - started)


def rebuild(*, now: datetime) -> Refreshed:
    """Build everything from scratch; tell the log where the changes had led elsewhere."""
    started = time.monotonic()
    with _alone(), pull.snapshot() as snapshot:
        before, keys = _current(), snapshot.note_keys()
        by_changes = _by_changes(snapshot, keys, before, now)
        fresh = whole.version(snapshot, now)
        if by_changes is not None:
            for difference in checking.differences(by_changes.mirror, fresh):
                logger.warning("the mirror had drifted: %s", difference)
        differed = _publish(snapshot, Changed(fresh, None, None), before)
    return Refreshed(fresh, "full", keys, differed, time.monotonic() - started)


def forget_the_past(*, now: datetime) -> bool:
    """Build everything anew and keep no version but that one; return whether no older one is left.

    Files of a version go on in later ones: only what is built from scratch has nothing of who was erased.
    """
    rebuild(now=now)
    with _alone():
        mirrors.remove_old(keep=1)
        return len([path for path in mirrors.root().iterdir() if path.is_dir()]) == 1


def _current() -> Mirror | None:
    try:
        return mirrors.current()
    except MirrorMissing:
        return None


def _by_changes(snapshot: Snapshot, keys: dict[str, int], old: Mirror | None, now: datetime) -> Changed | None:
    """Return what a refresh would give, or None where it would build everything."""
    if old is None or EVERYTHING in keys or _too_many(keys, old):
        return None
    if not keys:
        return Changed(replace(old, refreshed_at=now), pa.table({"vehicle_id": pa.array([], pa.int64())}), None)
    return changes.version(snapshot, keys, old, now)


def _too_many(keys: dict[str, int], old: Mirror) -> bool:
    """Tell whether so much has changed that building everything is quicker."""
    rows = {group.code: max(old.tables[table.name].rows for table in group.tables) for group in fact_groups}
    return any(count > max(MANY_KEYS, rows[code] / 3) for code, count in keys.items())


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    try:
        mirrors.remove_old()
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _publish(snapshot: Snapshot, fresh: Changed, before: Mirror | None) -> int:
    """Switch to the version and forget the changes that it holds: exactly those of its snapshot.

    The vehicles' states follow; returns how many of them differed.
    """
    mirror = fresh.mirror
    new = before is None or mirror.version != before.version
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(f"SET TRANSACTION SNAPSHOT '{snapshot.exported}'")
        if new:
            cursor.execute("DELETE FROM facts_factchange")
        # Before the commit: a kill between the two repeats the changes, which changes nothing.
        mirrors.switch_to(mirror)
    as_of = timezone.localdate(mirror.refreshed_at)
    differed = vehicle_states.follow(snapshot, mirror, before, as_of, fresh.cars, fresh.states)
    if new:
        mirrors.remove_old()
    return differed
