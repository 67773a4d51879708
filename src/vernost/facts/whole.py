"""Building a version of the mirror from scratch.

Everything is pulled from one moment by two sessions, the largest tables first, while DuckDB writes what has been
pulled: PostgreSQL, the receivers and DuckDB keep both processors of a small machine at work.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, datetime
from queue import SimpleQueue

from django.utils import timezone

from vernost.core.fact_table import FactGroup, Pull, fact_groups
from vernost.facts import build, calibration, pull, readings, shelf, states
from vernost.facts import mirror as mirrors
from vernost.facts.build import Kept, Workbench
from vernost.facts.connection import unpublished
from vernost.facts.facts import CARS
from vernost.facts.mirror import Mirror, Stored
from vernost.facts.pull import Snapshot
from vernost.facts.threads import Threads

_SESSIONS = 2
# What a million customers' visits are sorted in without the disk.
_MEMORY_LIMIT = "1100MB"


def version(snapshot: Snapshot, now: datetime) -> Mirror:
    """Write a version of everything that the snapshot sees."""
    with build.workbench(mirrors.next_folder(), _MEMORY_LIMIT) as bench:
        stored: dict[str, Stored] = {}
        with _pulled(bench, snapshot) as pulled:
            for group, kept in pulled:
                stored |= build.whole_group(bench, group, kept)
        return build.finished(bench, _with_what_is_made(bench, stored, now), now)


def _with_what_is_made(bench: Workbench, pulled: dict[str, Stored], now: datetime) -> dict[str, Stored]:
    """Write what is made of the tables that were pulled, and lay these on their shelves.

    To judge readings, to lay a shelf and to learn is one thread's work each: done beside the derived tables, it
    leaves no processor idle.
    """
    stored = dict(pulled)

    def mirror() -> Mirror:
        return mirrors.draft(bench.folder, stored, now)

    stop = bench.interrupt
    with Threads(1, "shelves", stop) as shelving, Threads(1, "ranges", stop) as learning:
        judged = shelving.submit(_judged, bench, mirror())
        shelves = shelving.submit(lambda: _shelved(bench, pulled | judged.result()))
        for group in fact_groups:
            if group.derived:
                if "readings" in group.derived.made_of:
                    stored |= judged.result()
                stored[group.tables[0].name] = states.whole(bench, group, mirror())
            if group.code == CARS.name:
                learned = learning.submit(due_ranges, bench, mirror(), timezone.localdate(now))
        return stored | judged.result() | shelves.result() | {"due_ranges": learned.result()}


def _judged(bench: Workbench, mirror: Mirror) -> dict[str, Stored]:
    """Lay the orders on their shelf, and write the readings in the order in which they lie there."""
    with bench.beside() as own:
        orders = states.shelved(own, "orders", mirror.tables["orders"])
        said = readings.whole(own, replace(mirror, tables={**mirror.tables, "orders": orders}))
    return {"orders": orders, "readings": said}


def _shelved(bench: Workbench, stored: dict[str, Stored]) -> dict[str, Stored]:
    with bench.beside() as own:
        return {name: states.shelved(own, name, stored[name]) for name in shelf.OWNER_OF if not stored[name].shelf}


def due_ranges(bench: Workbench, mirror: Mirror, as_of: date) -> Stored:
    """Learn how far from the due date owners come, and keep it with the version."""
    with bench.beside() as own:
        return build.due_ranges(own, calibration.learned(unpublished(mirror), as_of))


@contextmanager
def _pulled(bench: Workbench, snapshot: Snapshot) -> Iterator[Iterator[tuple[FactGroup, dict[str, Kept]]]]:
    """Pull all groups beside the caller; give each with its pulls as soon as it is there."""
    with ExitStack() as stack:
        sessions = [stack.enter_context(pull.snapshot(of=snapshot)) for _number in range(_SESSIONS)]
        free: SimpleQueue[Snapshot] = SimpleQueue()
        for session in sessions:
            free.put(session)

        def keep(one: Pull) -> Kept:
            session = free.get()
            try:
                with session.rows(one) as reader:
                    return bench.keep(one, reader)
            finally:
                free.put(session)

        def cancel() -> None:
            for session in sessions:
                session.cancel()

        pool = stack.enter_context(Threads(_SESSIONS, "pull", cancel))
        keeping = {pool.submit(keep, one): (group, one) for group in _largest_first(snapshot) for one in group.pulls}
        yield _as_they_come(keeping)


def _largest_first(snapshot: Snapshot) -> list[FactGroup]:
    """Return the groups that are pulled; the small ones fill what the large ones leave of the time."""
    sizes = snapshot.sizes()

    def rows(group: FactGroup) -> float:
        return max((sizes.get(table, 0) for table in group.touched_by), default=0)

    return sorted((group for group in fact_groups if group.pulls), key=rows, reverse=True)


def _as_they_come(keeping: dict[Future[Kept], tuple[FactGroup, Pull]]) -> Iterator[tuple[FactGroup, dict[str, Kept]]]:
    missing = Counter(group.code for group, _one in keeping.values())
    kept: dict[str, Kept] = {}
    for done in as_completed(keeping):
        group, one = keeping[done]
        kept[one.name] = done.result()
        missing[group.code] -= 1
        if not missing[group.code]:
            yield group, kept
