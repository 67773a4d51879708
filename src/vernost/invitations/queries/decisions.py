"""The decision of a day: every candidate of every programme with exactly one answer.

One columnar pass over the mirror. The night writes it, a dry run counts it, `why` asks it for one
customer, a report lists it: all evaluate these expressions.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import ibis
import pyarrow as pa
from ibis import _
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table

from vernost.accounts.rules import RuleSettings
from vernost.facts.derived import AGAIN, Keep, lazily
from vernost.invitations import kinds
from vernost.invitations.kinds import FACTS
from vernost.invitations.queries import dense, dense_pairs
from vernost.invitations.queries.plans import keeper, kept
from vernost.invitations.rules import capacity, suppression
from vernost.invitations.rules.capacity import BranchDays
from vernost.invitations.rules.control import bucket_of
from vernost.invitations.rules.dense import Base
from vernost.invitations.rules.expressions import or_false, small_table
from vernost.invitations.rules.known import Known
from vernost.invitations.rules.programme import ProgrammeRule
from vernost.invitations.rules.states import Suppression
from vernost.invitations.rules.suppression import CANDIDATE, seat
from vernost.invitations.rules.value import with_value
from vernost.segments import queries as segments

Pairs = Mapping[str, Table]
"""By programme, with the kind's facts: the candidates (`in_window`), and others that have an invitation standing."""


@dataclass(frozen=True)
class Decision:
    """`rows`: every candidate with `reason` (empty: invited).

    Columns: programme, vehicle_id, customer_id, due_on, expires_on, anchor, seat, branch_id, zone,
    reason, cycle_id (null: never drawn), and of those who took the car value (kopecks), bucket,
    held_out and settled (invited or held out for this day already).

    `programmes` that were decided, the higher rank first. `judged`: the candidates before they were ranked.
    `of_cars` makes the pairs of the cars that a SELECT of DuckDB names (and of customers without a car); the pairs
    of others may be among them.
    """

    rows: Table
    programmes: tuple[str, ...]
    judged: Table
    known: Known
    of_cars: Callable[[str], Pairs]


@dataclass(frozen=True)
class Question:
    """What is asked: the day, by which numbers, over which programmes."""

    as_of: date
    rules: Sequence[ProgrammeRule]
    settings: RuleSettings
    branch_days: BranchDays = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProgrammeCounts:
    """One programme's day: `candidates` are those invited and all the suppressed, by reason."""

    programme: str
    candidates: int
    invited: int
    suppressed: Mapping[str, int]


def counts(decision: Decision) -> list[ProgrammeCounts]:
    """Return the counts of every programme decided, the higher rank first; of no candidates noughts."""
    rows = decision.rows.group_by("programme", "reason").aggregate(pairs=_.count()).to_pyarrow().to_pylist()
    found: dict[str, dict[str, int]] = {code: {} for code in decision.programmes}
    for row in rows:
        found[row["programme"]][row["reason"]] = row["pairs"]
    return [_programme_counts(code, reasons) for code, reasons in found.items()]


def _programme_counts(code: str, reasons: Mapping[str, int]) -> ProgrammeCounts:
    suppressed = {reason.value: reasons[reason] for reason in Suppression if reason in reasons}
    return ProgrammeCounts(code, sum(reasons.values()), reasons.get("", 0), suppressed)


def _late_by(late: Keep, other: Keep) -> Keep:
    """Return a `Keep` that leaves to `late` the rows that are made again for a past day."""
    return lambda name, make: (late if name.endswith(AGAIN) else other)(name, make)


def facts_sql(pairs: Pairs) -> str:
    """SELECT of DuckDB over the pairs that are candidates, with the kind's facts as one JSON text.

    Columns: programme, seat, anchor, customer_id, due_from, due_to, expires_on, reason_code, facts.
    """
    return " UNION ALL ".join(_facts_of(code, table.columns) for code, table in pairs.items())


def _facts_of(code: str, columns: Sequence[str]) -> str:
    packed = ", ".join(f"{name} := {name}" for name in FACTS if name in columns)
    facts = f"to_json(struct_pack({packed}))" if packed else "'{}'"
    return f"""SELECT '{code}' AS programme, seat, anchor, customer_id, due_from, due_to, expires_on, reason_code,
                      {facts} AS facts FROM {kept(f"pairs_{code}")} WHERE in_window"""  # noqa: S608 - names of our own


def decide(con: Backend, question: Question) -> Decision:
    """Decide the day for everybody. The connection keeps what was counted on the way until it is closed.

    By compiled loops where the mirror's states of cars and customers hold on the day, else by the definitions.
    """
    return _by_arrays(con, question) or _decided(con, question, keeper(con), explains=False)


def by_definition(con: Backend, question: Question, *, keep: Keep | None = None, explains: bool = False) -> Decision:
    """Decide the day by the definitions over tables: what `decide` must give, and the only way to explain.

    `explains`: the pairs of the decision also have those that are none, with `left_out`.
    """
    return _decided(con, question, keep or keeper(con), explains=explains)


def _by_arrays(con: Backend, question: Question) -> Decision | None:
    """Return the decision of compiled loops; None where they cannot tell this day."""
    known = Known(con, question.as_of, question.settings, keep=_late_by(keeper(con), lazily))
    rules = _running(question)
    base = dense_pairs.base_of(known) if rules else None
    answers = dense.decided(base, rules, question.branch_days) if base else None
    if base is None or answers is None:
        return None
    con.con.register("night_answers", answers.rows(base))
    con.con.register("night_judged", answers.own_reasons())
    rows = keeper(con)("answers", lambda: con.table("night_answers"))
    of_cars = functools.partial(_of_cars, base, rules)
    return Decision(rows, tuple(rule.code for rule in rules), con.table("night_judged"), known, of_cars)


def _of_cars(base: Base, rules: Sequence[ProgrammeRule], select: str) -> Pairs:
    """Make the pairs of some cars by the definitions, with the mileage that the loops have found."""
    con = base.known.con
    con.con.execute(f"CREATE OR REPLACE TEMP TABLE night_cars AS SELECT DISTINCT vehicle_id FROM ({select})")  # noqa: S608 - of our own
    con.con.register("night_rates", pa.table({"vehicle_id": base.cars.keys, "rate_m_per_day": base.rate}))
    keep = keeper(con)
    known = replace(base.known, keep=_late_by(base.known.keep, keep))
    cars = keep("cars_asked", lambda: known.cars.semi_join(con.table("night_cars"), "vehicle_id"))
    keep("pairs", lambda: known.owned(cars))
    keep("driven", lambda: known.with_rates(cars, con.table("night_rates")))
    return {rule.code: keep(f"pairs_{rule.code}", functools.partial(_pairs, known, rule)) for rule in rules}


def _running(question: Question) -> list[ProgrammeRule]:
    return [rule for rule in sorted(question.rules, key=lambda rule: rule.rank) if rule.runs_on(question.as_of)]


def _decided(con: Backend, question: Question, keep: Keep, *, explains: bool) -> Decision:
    known = Known(con, question.as_of, question.settings, keep=keep, explains=explains)
    rules = _running(question)
    pairs = {rule.code: keep(f"pairs_{rule.code}", functools.partial(_pairs, known, rule)) for rule in rules}
    if not rules:
        nobody = keep("answers", _nobody)
        return Decision(nobody, (), nobody, known, lambda _select: {})
    judged = keep("judged", lambda: suppression.judged(_everybody(pairs, rules, known), programme_table(rules), known))
    ranked = keep("ranked", lambda: suppression.ranked(judged))
    taken = keep("taken", lambda: _taken(ranked, known))
    full = keep("full", lambda: capacity.over_capacity(taken, rules, known, question.branch_days))
    answers = keep("answers", lambda: _answers(ranked, taken, full))
    return Decision(answers, tuple(pairs), judged, known, lambda _select: pairs)


def programme_table(rules: Sequence[ProgrammeRule]) -> Table:
    registry = kinds.discover()
    return suppression.programme_table(rules, {kind.code: kind.exempt for kind in registry})


def _pairs(known: Known, rule: ProgrammeRule) -> Table:
    kind = kinds.discover()[rule.kind]
    standing = known.keep("standing", lambda: _standing(known)).filter(_.programme == rule.code)
    asked = replace(
        known,
        due_since=known.as_of - timedelta(days=rule.grace_days),
        due_until=known.as_of + timedelta(days=rule.lead_days),
        standing=standing.select(standing_car="standing_seat"),
    )
    due = kind.due(asked, rule.params)
    due = suppression.of_branches(due, rule, known)
    if rule.segment is not None:
        due = suppression.of_segment(
            due, known.keep(people_of(rule.segment), functools.partial(_people, known, rule.segment))
        )
    due = suppression.windowed(due, rule, known)
    due = due.mutate(seat=seat(due)).left_join(standing, [("seat", "standing_seat")]).drop("programme")
    if known.explains:
        return due.drop("standing_seat")
    stands = due.left_out.isnull() & due.standing_seat.notnull()
    return due.filter(due.in_window | stands).drop("left_out", "standing_seat")


def people_of(segment: str) -> str:
    """Return the name under which the people of a segment are kept."""
    return f"people_of_{segment}"


def _people(known: Known, segment: str) -> Table:
    return segments.members(known.con, segment, known.as_of)


def _standing(known: Known) -> Table:
    """programme, standing_seat of the invitations that stand."""
    standing = suppression.standing(known)
    return standing.select("programme", standing_seat=seat(standing)).distinct()


def _everybody(pairs: Mapping[str, Table], rules: Sequence[ProgrammeRule], known: Known) -> Table:
    """Return the candidates of all programmes, and those who were settled today and would be none any more."""
    parts = [
        table.filter(table.in_window).mutate(programme=ibis.literal(code)).select(*CANDIDATE)
        for code, table in pairs.items()
    ]
    found = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return found.union(suppression.settled_today(known, [rule.code for rule in rules], found))


def _taken(ranked: Table, known: Known) -> Table:
    """Return those who took their car, with value, draw and `row`, their number here."""
    rows = ranked.filter(ranked.takes)
    cars = known.table("vehicles").select(referred="vehicle_id", vehicle_ref="ref")
    rows = rows.left_join(cars, [("vehicle_id", "referred")]).drop("referred")
    text = rows.programme + "|" + rows.customer_ref + "|" + rows.anchor
    bucket = ibis.coalesce(rows.bucket, bucket_of(text))
    rows = rows.mutate(bucket=bucket)
    fresh = (rows.bucket < rows.control_share) & ~rows.exempt_held_out
    held_out = ibis.coalesce(rows.drawn_held_out, fresh) & ~rows.invited_today
    earlier = or_false(rows.drawn_held_out) & ~or_false(rows.drawn_today)
    rows = with_value(rows.mutate(held_out=held_out, drawn=earlier), known)
    return rows.mutate(row=ibis.row_number())


def _answers(ranked: Table, taken: Table, full: Table) -> Table:
    full = full.select(full_row="row")
    won = taken.left_join(full, [("row", "full_row")])
    reason = ibis.cases(
        (won.full_row.notnull(), Suppression.OVER_CAPACITY.value),
        (won.held_out, Suppression.HELD_OUT.value),
        else_="",
    )
    common = [*CANDIDATE, "seat", "branch_id", "zone", "cycle_id"]
    answered = won.select(*common, "value", "bucket", "held_out", "settled", reason=reason)
    held_back = ranked.filter(~ranked.takes).select(
        *common,
        value=ibis.null("int64"),
        bucket=ibis.null("int32"),
        held_out=ibis.null("boolean"),
        settled=ibis.null("boolean"),
        reason="reason",
    )
    return answered.union(held_back)


def _nobody() -> Table:
    types = {
        "programme": "string",
        "vehicle_id": "int64",
        "customer_id": "int64",
        "due_on": "date",
        "expires_on": "date",
        "anchor": "string",
        "seat": "int64",
        "branch_id": "int64",
        "zone": "string",
        "cycle_id": "int64",
        "value": "int64",
        "bucket": "int32",
        "held_out": "boolean",
        "settled": "boolean",
        "reason": "string",
    }
    return small_table([], types)
