"""Making a version of the mirror of the one before and of what has changed since.

PostgreSQL gives the changed rows out while those before are written. What is known of each car, with the state of it
that pages show, is made beside what is known of customers and of works put off; one more thread takes rows from their
shelves for both.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from django.utils import timezone

from vernost.core.fact_table import FactGroup, fact_groups
from vernost.facts import build, readings, shelf, states, vehicle_states
from vernost.facts import mirror as mirrors
from vernost.facts.build import Kept, Workbench
from vernost.facts.facts import CARS, READINGS
from vernost.facts.mirror import Mirror, Stored
from vernost.facts.pull import Snapshot
from vernost.facts.threads import Threads

# Groups that readings are made of.
_TELLING = frozenset({"vehicles", "orders"})


@dataclass(frozen=True, slots=True)
class Changed:
    """`cars` (vehicle_id) are those whose rows the version has made anew, `states` what pages show of them.

    None: any may be.
    """

    mirror: Mirror
    cars: pa.Table | None
    states: pa.Table | None


def version(snapshot: Snapshot, keys: dict[str, int], old: Mirror, now: datetime) -> Changed:
    """Write a version of everything that the snapshot sees; `keys` counts by group what has changed since `old`."""
    with build.workbench(mirrors.next_folder()) as bench:
        stored = _pulled(bench, snapshot, keys, old) | {
            "due_ranges": build.linked(bench, old.tables["due_ranges"], old)
        }
        cars, *others = _derived_groups()
        judged = bool(keys.keys() & _TELLING)
        draft = mirrors.draft(bench.folder, stored, now)
        states.note_touched(bench, draft, [cars, *others], but={READINGS.name} if judged else set())
        stored[READINGS.name] = (_judged if judged else _as_they_are)(bench, draft, old)
        # A base that has been written anew.
        bare = [name for name in shelf.OWNER_OF if stored[name].shelf is None]
        stored |= {name: states.shelved(bench, name, stored[name]) for name in bare}
        draft = mirrors.draft(bench.folder, stored, now)
        with Threads(1, "others", bench.interrupt) as pool:
            beside = pool.submit(_made, bench, others, draft, old)
            stored |= _made(bench, [cars], draft, old)
            remade = states.remade(bench, CARS)
            shown, learned = _shown(mirrors.draft(bench.folder, stored, now), remade)
            if learned is not None:
                bench.unlink(stored["due_ranges"])
                stored["due_ranges"] = build.due_ranges(bench, learned)
            stored |= beside.result()
        return Changed(build.finished(bench, stored, now), remade, shown)


def _pulled(bench: Workbench, snapshot: Snapshot, keys: dict[str, int], old: Mirror) -> dict[str, Stored]:
    """Write the tables that are pulled, those without a change as they are."""
    groups = [group for group in fact_groups if group.pulls]
    coming = {group.code: bench.aside.submit(_kept, bench, snapshot, group) for group in groups if group.code in keys}
    stored: dict[str, Stored] = {}
    for group in groups:
        if group.code in keys:
            changed, kept = coming[group.code].result()
            stored |= build.changed_group(bench, group, kept, changed, old)
            states.note_owners(bench, group, old)
        else:
            stored |= {table.name: build.linked(bench, old.tables[table.name], old) for table in group.tables}
    return stored


def _kept(bench: Workbench, snapshot: Snapshot, group: FactGroup) -> tuple[pa.Table, dict[str, Kept]]:
    """Return the changed keys of a group and its pulls of them."""
    kept = {}
    for pull in group.pulls:
        with snapshot.changed_rows(pull, group.code) as reader:
            kept[pull.name] = bench.keep(pull, reader)
    return snapshot.keys(group.code), kept


def _derived_groups() -> list[FactGroup]:
    """Return the group of the cars, then the others, those of customers first: works put off wait for most rows."""
    groups = sorted((group for group in fact_groups if group.derived), key=lambda group: group.key)
    return sorted(groups, key=lambda group: group.code != CARS.name)


def _judged(bench: Workbench, draft: Mirror, old: Mirror) -> Stored:
    orders, told = (states.part(bench, draft, name, "vehicle_id") for name in ("orders", "told_readings"))
    return readings.changed(bench, old, orders, told)


def _as_they_are(bench: Workbench, _draft: Mirror, old: Mirror) -> Stored:
    return build.linked(bench, old.tables[READINGS.name], old)


def _made(bench: Workbench, groups: Iterable[FactGroup], draft: Mirror, old: Mirror) -> dict[str, Stored]:
    with bench.beside() as own:
        return {group.tables[0].name: states.changed(own, group, draft, old) for group in groups}


def _shown(draft: Mirror, cars: pa.Table | None) -> tuple[pa.Table | None, pa.Table | None]:
    """Make the states before the version is published: its cars are known, and a processor is free.

    With them come the ranges around due dates, where those of the version are of another month.
    """
    if cars is None or not cars.num_rows:
        return None, None
    return vehicle_states.made(draft, timezone.localdate(draft.refreshed_at), cars)
