"""The decision of a day over arrays: the same answers as the expressions of `decisions`, row by row.

Kinds say who is a candidate; loops say who is held back, who takes the car, what he is worth and who finds room.
Small sets (who has an appointment, whom somebody has called) come from the definitions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from vernost.facts.due import day_number
from vernost.facts.flat import NO_NUMBER, NO_SMALL, locked
from vernost.invitations import kernels, kinds, night_kernels
from vernost.invitations.queries.dense_pairs import CANDIDATES, Pairs, candidates, dates, numbers_in, shown
from vernost.invitations.rules import capacity, dense_value, reach, suppression
from vernost.invitations.rules.capacity import BranchDays
from vernost.invitations.rules.control import DIGEST, buckets_of
from vernost.invitations.rules.dense import WORDS, Base, Days, Marks, Numbers, Places
from vernost.invitations.rules.programme import ProgrammeRule
from vernost.invitations.rules.states import Suppression
from vernost.invitations.rules.suppression import CANDIDATE, CYCLE

REASONS = ("", *(reason.value for reason in (*suppression.OWN_REASONS, *tuple(Suppression)[-3:])))
"""By their number in `night_kernels`."""


@dataclass(frozen=True, slots=True)
class History:
    """What earlier nights made of each pair: `drawn` and `bucket` are -1 where its cycle was never drawn."""

    invited_before: Marks
    invited_today: Marks
    drawn: NDArray[np.int8]
    drawn_today: Marks
    cycle: Numbers
    bucket: Places


def history(base: Base, pairs: Pairs, table: pa.Table) -> History:
    count = len(pairs)
    told = History(
        np.zeros(count, np.bool_),
        np.zeros(count, np.bool_),
        np.full(count, -1, np.int8),
        np.zeros(count, np.bool_),
        np.full(count, NO_NUMBER, np.int64),
        np.full(count, -1, np.int32),
    )
    known = base.known
    both = known.table("invitations").select("vehicle_id").union(known.table("cycles").select("vehicle_id"))
    asked = base.marked(both.distinct(), base.cars)[pairs.found.car] | (pairs.found.car < 0)
    if not asked.any():
        return told
    known.con.con.register(CANDIDATES, table.filter(pa.array(asked)))
    rows = known.con.to_pyarrow(suppression.history(shown(base), known, "pair"))
    places = rows["pair"].to_numpy()
    told.invited_before[places] = _flags(rows["invited_before"]) == 1
    told.invited_today[places] = _flags(rows["invited_today"]) == 1
    told.drawn[places] = _flags(rows["drawn_held_out"])
    told.drawn_today[places] = _flags(rows["drawn_today"]) == 1
    told.cycle[places] = numbers_in(rows["cycle_id"])
    told.bucket[places] = rows["bucket"].cast(pa.int32()).fill_null(-1).to_numpy()
    return told


def _flags(column: pa.ChunkedArray) -> NDArray[np.int8]:
    return np.asarray(column.cast(pa.int8()).fill_null(-1).to_numpy())


@dataclass(frozen=True, slots=True)
class Answers:
    """`judged`: the number of each pair's own reason; `reason`: the answer's; of those who took their car the rest."""

    pairs: Pairs
    table: pa.Table
    told: History
    judged: NDArray[np.int8]
    reason: NDArray[np.int8]
    taken: Marks
    settled: Marks
    value: Numbers
    bucket: Places
    held_out: Marks

    def rows(self, base: Base) -> pa.Table:
        """Return the rows of a decision."""
        no, found = ~self.taken, self.pairs.found
        branch = np.where(found.car >= 0, base.branch[found.car], NO_NUMBER)
        zones = pa.array([*base.people.words["zone"], None], pa.string())
        columns = {name: self.table[name] for name in (*CANDIDATE, "seat")} | {
            "branch_id": pa.array(branch, mask=branch == NO_NUMBER),
            "zone": zones.take(pa.array(base.people["zone"][found.customer] % len(zones))),
            "cycle_id": pa.array(self.told.cycle, mask=self.told.cycle == NO_NUMBER),
            "value": pa.array(self.value, mask=no),
            "bucket": pa.array(self.bucket, mask=no),
            "held_out": pa.array(self.held_out, mask=no),
            "settled": pa.array(self.settled, mask=no),
            "reason": pa.array(REASONS, pa.string()).take(pa.array(self.reason)),
        }
        return pa.table(columns)

    def own_reasons(self) -> pa.Table:
        """Return the cycle of every pair and its own reason, null where it has none."""
        reasons = pa.array([None, *REASONS[1:]], pa.string()).take(pa.array(self.judged))
        return self.table.select(CYCLE).append_column("reason", reasons)


def decided(base: Base, rules: Sequence[ProgrammeRule], branch_days: BranchDays) -> Answers | None:
    """Answer for every candidate of the programmes, which come by rank; None where arrays cannot."""
    pairs = candidates(base, rules)
    if pairs is None:
        return None
    table = pairs.table(base)
    told = history(base, pairs, table)
    judged = _own_reasons(base, pairs, told)
    settled = told.invited_today | told.drawn_today
    taken = _takes(base, pairs, judged, settled)
    held_back = np.where(judged == night_kernels.NONE, night_kernels.OUTRANKED, judged)
    reason = np.where(taken, night_kernels.NONE, held_back)
    rows = np.flatnonzero(taken)
    value = np.zeros(len(pairs), np.int64)
    found = pairs.found
    branch = np.where(found.car >= 0, base.branch[found.car], NO_NUMBER)
    value[rows] = dense_value.values(base, found.customer[rows], branch[rows])
    drawn = _draw(base, pairs, told, rows)
    held_out = np.zeros(len(pairs), np.bool_)
    exempt, share = _of_programmes(rules)
    place = pairs.programme[rows]
    fresh = (drawn < share[place]) & ~exempt[place, night_kernels.HELD_OUT]
    held_out[rows] = np.where(told.drawn[rows] >= 0, told.drawn[rows] == 1, fresh) & ~told.invited_today[rows]
    numbers = np.full(len(pairs), -1, np.int32)
    numbers[rows] = drawn
    answers = Answers(pairs, table, told, judged, reason.astype(np.int8), taken, settled, value, numbers, held_out)
    answers.reason[held_out] = night_kernels.HELD_OUT
    answers.reason[_over_capacity(base, answers, rows, branch_days)] = night_kernels.OVER_CAPACITY
    return answers


def _of_programmes(rules: Sequence[ProgrammeRule]) -> tuple[Marks, Places]:
    """Return by programme and reason whether it never holds it back, and the control shares."""
    kind_of = kinds.discover()
    exempt = np.array([[reason in kind_of[rule.kind].exempt for reason in REASONS] for rule in rules], np.bool_)
    return exempt, np.array([rule.control_share for rule in rules], np.int32)


def _own_reasons(base: Base, pairs: Pairs, told: History) -> NDArray[np.int8]:
    known, rules = base.known, pairs.rules
    cars_booked, people_booked = suppression.appointments(known)
    uses = [sum(1 << place for place, channel in enumerate(reach.CHANNELS) if channel in r.channels) for r in rules]
    exempt, _share = _of_programmes(rules)
    owns = np.where(base.cars["ended"] == 1, np.int32(-1), base.owner)
    visited = base.cars["last_visit"] >= base.day_before(known.settings.visited_recently_days)
    paired = base.owner >= 0
    reasons: NDArray[np.int8] = night_kernels.own_reasons(
        (pairs.programme, pairs.found.car, pairs.found.customer, _consents(base, pairs), told.invited_before),
        (
            np.array(uses, np.int32),
            np.array([rule.message_class == "advertising" for rule in rules], np.bool_),
            exempt,
        ),
        (
            base.people["bits"],
            base.blocked,
            base.marked(people_booked, base.people),
            base.marked(reach.tired(known), base.people),
        ),
        (owns, base.marked(cars_booked, base.cars) & paired, visited & paired),
    )
    return reasons


def _consents(base: Base, pairs: Pairs) -> Places:
    """Return the channels, a bit each, of which the pair's customer says yes to the company of the car's branch."""
    found = pairs.found
    consents: Places = base.people["bits"][found.customer]
    company = np.where(found.car >= 0, base.company[found.car], NO_NUMBER)
    for part, people in base.parts(WORDS, base.people):
        if not len(part):
            continue
        runs = np.full(len(base.people), -1, np.int32)
        runs[people[people >= 0]] = np.flatnonzero(people >= 0)
        rows = (part["company"], part["channel"], part["said"])
        night_kernels.hear_companies((found.customer, company), runs, part.starts, rows, base.day, consents)
    return consents


def _takes(base: Base, pairs: Pairs, judged: NDArray[np.int8], settled: Marks) -> Marks:
    found = pairs.found
    seats = np.where(found.car >= 0, found.car, len(base.cars) + found.customer).astype(np.int32)
    rank = np.array([rule.rank for rule in pairs.rules], np.int32)[pairs.programme]
    offsets, text = _bytes(found.anchor)
    taken: Marks = night_kernels.takes(
        seats,
        (judged, settled),
        (rank, pairs.programme, found.due, found.customer),
        (offsets, text),
        len(base.cars) + len(base.people),
    )
    return taken


def _bytes(texts: pa.LargeStringArray) -> tuple[Numbers, NDArray[np.uint8]]:
    _validity, offsets, content = texts.buffers()
    places = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    written = np.frombuffer(content, np.uint8) if content is not None else np.zeros(0, np.uint8)
    return locked(places), locked(written)


def _draw(base: Base, pairs: Pairs, history: History, rows: Numbers) -> Places:
    """Return the number that each pair has drawn, now or earlier."""
    drawn = history.bucket[rows]
    fresh = rows[drawn < 0]
    if not len(fresh):
        return drawn
    texts = pa.table(
        {
            "programme": pa.array([rule.code for rule in pairs.rules]).take(pa.array(pairs.programme[fresh])),
            "customer": base.people.texts["ref"].take(pairs.found.customer[fresh]),
            "anchor": pairs.found.anchor.take(pa.array(fresh)),
        }
    )
    told = base.known.con.con.from_arrow(texts).project(
        "sha256(programme || '|' || customer || '|' || anchor) AS digest"
    )
    digests = told.to_arrow_table()["digest"].cast(pa.large_string()).combine_chunks()
    _offsets, content = _bytes(digests)
    drawn[drawn < 0] = buckets_of(content[: len(fresh) * DIGEST].reshape(len(fresh), DIGEST))
    return drawn


_MONDAY = 3
"""1970-01-01 was a Thursday: days from a Monday on to it."""


def _over_capacity(base: Base, answers: Answers, rows: Numbers, branch_days: BranchDays) -> Numbers:
    """Return those of the taken pairs that find no room."""
    pairs, known = answers.pairs, base.known
    due = pairs.found.due[rows]
    later = np.maximum(due, base.day + 1)
    monday = later - (later + _MONDAY) % 7
    weeks = [day.as_py() for day in dates(np.unique(monday))]
    left = capacity.room(known, weeks, branch_days)
    if left.is_endless and all(rule.daily_limit is None for rule in pairs.rules):
        return rows[:0]
    queue = _queue(base, answers, rows, monday)
    ordered = (
        known.con.con.from_arrow(queue)
        .order("is_recall DESC, weight DESC, due, customer_ref, vehicle_ref NULLS LAST, programme")
        .to_arrow_table()
    )
    full = capacity.find_full(ordered, pairs.rules, left)
    return np.asarray(ordered["row"].to_numpy()[full])


def _queue(base: Base, answers: Answers, rows: Numbers, monday: Days) -> pa.Table:
    """Return what `capacity.find_full` asks of each taken pair, and what orders them."""
    pairs, settings = answers.pairs, base.known.settings
    car, place, due = pairs.found.car[rows], pairs.programme[rows], pairs.found.due[rows]
    held_out, settled = answers.held_out[rows], answers.settled[rows]
    drawn = (answers.told.drawn[rows] == 1) & ~answers.told.drawn_today[rows]
    exempt, _share = _of_programmes(pairs.rules)
    soon = due <= day_number(base.known.as_of + capacity.NEAR)
    hours = np.where(car >= 0, base.cars["labour"][car], NO_SMALL).astype(np.int64)
    hours[hours == NO_SMALL] = capacity.UNKNOWN_HUNDREDTHS
    branch = np.where(car >= 0, base.branch[car], NO_NUMBER)
    standing = np.select(
        [settled & ~held_out, settled | drawn, exempt[place, night_kernels.OVER_CAPACITY], held_out],
        [kernels.HAS_ROOM, kernels.NEEDS_NONE, kernels.EXEMPT, kernels.HELD_OUT],
        kernels.ORDINARY,
    )
    recalls = np.array([rule.message_class == "recall" for rule in pairs.rules], np.bool_)
    refs = base.cars.texts["ref"].take(np.maximum(car, 0))
    return pa.table(
        {
            "row": rows,
            "week": dates(monday),
            "programme": place.astype(np.int64),
            "branch": np.where(branch == NO_NUMBER, kernels.NO_LIMIT, branch),
            "standing": standing.astype(np.int8),
            "units": hours * settings.booking_percent * 60,
            "is_recall": recalls[place],
            "weight": answers.value[rows] * np.where(soon, 2, 1),
            "due": due,
            "customer_ref": base.people.texts["ref"].take(pairs.found.customer[rows]),
            "vehicle_ref": pc.if_else(pa.array(car >= 0), refs, pa.scalar(None, pa.large_string())),
        }
    )
