"""Who is a candidate on a day, over arrays: the day's base, and the pairs that the programmes find in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final

import ibis
import numpy as np
import pyarrow as pa
from ibis import _
from ibis.expr.types import Table

from vernost.facts import derived, flat_files, odometer
from vernost.facts.flat import NO_DAY, NO_NUMBER, Flat, Layers, NotSingleError, Wanted, laid_over, places_of
from vernost.facts.rates import STEPS
from vernost.invitations import kinds
from vernost.invitations.rules import suppression
from vernost.invitations.rules.dense import CARS, PEOPLE, Base, Days, Found, Numbers, Places, Window
from vernost.invitations.rules.known import Known
from vernost.invitations.rules.programme import ProgrammeRule
from vernost.invitations.rules.suppression import CANDIDATE
from vernost.segments import queries as segments

CANDIDATES = "night_candidates"
"""The name under which a connection shows pairs to the definitions."""


FEW_LATE: Final = 10_000
"""So many rows, or one in twenty, may have to be made again for a day: of a day long ago nearly all."""


def base_of(known: Known) -> Base | None:
    """Return the day's base; None where arrays cannot tell it."""
    try:
        found = [_of_day(known, wanted) for wanted in (CARS, PEOPLE)]
    except NotSingleError:
        # The days of a car's owners overlap.
        return None
    if any(each is None or not len(each.rows) for each in found):
        return None
    cars, people = (each for each in found if each is not None)
    return Base(known, cars.rows, people.rows, partial(_layers, known, cars.late))


@dataclass(frozen=True, slots=True)
class _OfDay:
    """Rows as they stand on the day, and the keys of those that had to be made again for it."""

    rows: Flat
    late: Numbers


def _of_day(known: Known, wanted: Wanted) -> _OfDay | None:
    """Return the rows of cars or people; None where too many would have to be made again."""
    con = known.con
    late = derived.late_rows(con, wanted.table, known.as_of, known.keep)
    if late is None:
        return _OfDay(flat_files.single(con, wanted), np.zeros(0, np.int64))
    replaced, rows = late
    gone = flat_files.keys_of(con, replaced)
    stored = flat_files.single(con, wanted)
    if len(gone) > max(FEW_LATE, len(stored) // 20):
        return None
    again = flat_files.of_rows(con, wanted, rows)
    if len(again) != len(again.keys):
        raise NotSingleError(wanted.table)
    return _OfDay(laid_over(stored, gone, again), np.union1d(gone, again.keys))


def _layers(known: Known, late_cars: Numbers, wanted: Wanted) -> Layers:
    """Return a table's rows; readings of the late cars as they were judged on the day."""
    found = flat_files.layers(known.con, wanted)
    if wanted is not STEPS or not len(late_cars):
        return found
    late = derived.Part(known.con, ibis.memtable(pa.table({"key": late_cars})), {"readings": STEPS.key})
    again = odometer.accepted_readings(late, known.as_of)
    again = again.select("vehicle_id", "on", "day", "km", "accepted", "previous_day", "previous_km")
    judged = flat_files.of_rows(known.con, wanted, again)
    return *((part, np.union1d(gone, late_cars)) for part, gone in found), (judged, late_cars[:0])


@dataclass(frozen=True, slots=True)
class Pairs:
    """The candidates of all programmes, each with the place of its programme in `rules`."""

    rules: Sequence[ProgrammeRule]
    programme: Places
    found: Found

    def __len__(self) -> int:
        return len(self.programme)

    def table(self, base: Base) -> pa.Table:
        """Return the columns `CANDIDATE`, the seat, and `pair`, the place."""
        found = self.found
        codes = pa.array([rule.code for rule in self.rules], pa.string())
        customer_id, vehicle_id = base.people.keys[found.customer], base.cars.keys[found.car]
        no_car = found.car < 0
        return pa.table(
            {
                "programme": codes.take(pa.array(self.programme)),
                "vehicle_id": pa.array(vehicle_id, mask=no_car),
                "customer_id": customer_id,
                "due_on": dates(found.due),
                "expires_on": dates(_expires(found)),
                "anchor": found.anchor,
                "seat": np.where(no_car, -customer_id, vehicle_id),
                "pair": np.arange(len(self)),
            }
        )


def _expires(found: Found) -> Days:
    assert found.expires is not None  # noqa: S101 - a candidate's is known
    return found.expires


def dates(days: Days) -> pa.Array:
    return pa.array(days, pa.int32(), mask=days == NO_DAY).cast(pa.date32())


def candidates(base: Base, rules: Sequence[ProgrammeRule]) -> Pairs | None:
    """Return whom the programmes find on the day; None where somebody's customer is not in the base."""
    found = [_candidates(base, rule) for rule in rules]
    places = np.repeat(np.arange(len(rules), dtype=np.int32), [len(each.car) for each in found])
    pairs = Pairs(rules, places, Found.together(found))
    pairs = _with_settled(base, pairs)
    return None if (pairs.found.customer < 0).any() else pairs


def _candidates(base: Base, rule: ProgrammeRule) -> Found:
    kind = kinds.discover()[rule.kind]
    window = Window(base.day - rule.grace_days, base.day + rule.lead_days)
    found = kind.dense(base, rule.params, window) or _by_definition(base, rule)
    expires = found.due + np.int32(rule.grace_days) if found.expires is None else found.expires
    expires = np.where(expires == NO_DAY, found.due + np.int32(rule.grace_days), expires)
    asked = (found.due != NO_DAY) & (found.due <= window.until) & (expires >= base.day)
    if rule.branch_ids:
        branches = np.where(found.car >= 0, base.branch[found.car], NO_NUMBER)
        asked &= np.isin(branches, sorted(rule.branch_ids))
    if rule.segment is not None:
        members = segments.members(base.known.con, rule.segment, base.known.as_of).select("customer_id")
        asked &= base.marked(members, base.people)[found.customer]
    found = replace(found, expires=expires)
    return found if asked.all() else found.those(asked)


def _by_definition(base: Base, rule: ProgrammeRule) -> Found:
    known = base.known
    since, until = known.as_of - timedelta(days=rule.grace_days), known.as_of + timedelta(days=rule.lead_days)
    due = kinds.discover()[rule.kind].due(replace(known, due_since=since, due_until=until), rule.params)
    due = suppression.windowed(due, rule, known).filter(_.in_window)
    return _found(base, known.con.to_pyarrow(due.select(*CANDIDATE[1:])))


def _found(base: Base, rows: pa.Table) -> Found:
    return Found(
        places_of(base.cars.keys, numbers_in(rows["vehicle_id"])),
        places_of(base.people.keys, numbers_in(rows["customer_id"])),
        _days(rows["due_on"]),
        _days(rows["expires_on"]),
        rows["anchor"].cast(pa.large_string()).combine_chunks(),
    )


def numbers_in(column: pa.ChunkedArray) -> Numbers:
    return np.asarray(column.fill_null(NO_NUMBER).to_numpy())


def _days(column: pa.ChunkedArray) -> Days:
    return np.asarray(column.cast(pa.int32()).fill_null(NO_DAY).to_numpy())


def _with_settled(base: Base, pairs: Pairs) -> Pairs:
    """Add those invited or held out on the day already who are no candidates any more."""
    known = base.known
    today = """SELECT count(*) + (SELECT count(*) FROM cycles WHERE started_on = $day AND held_out)
               FROM invitations WHERE created_for = $day"""
    if not known.con.con.execute(today, {"day": known.as_of}).fetchall()[0][0]:
        return pairs
    known.con.con.register(CANDIDATES, pairs.table(base))
    codes = [rule.code for rule in pairs.rules]
    rows = known.con.to_pyarrow(suppression.settled_today(known, codes, shown(base)))
    more = _found(base, rows)
    places = np.array([codes.index(code) for code in rows["programme"].to_pylist()], np.int32)
    return Pairs(pairs.rules, np.concatenate((pairs.programme, places)), Found.together([pairs.found, more]))


def shown(base: Base) -> Table:
    shown: Table = base.known.con.table(CANDIDATES)
    return shown
