"""Why is this customer (not) invited on a day? One answer for every programme and car, with the facts used.

The same expressions as the night's, over the rows of the customer. Only the room of branches needs
everybody: it comes from the night's record, or from a decision of the whole base.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from ibis.backends.duckdb import Backend

from vernost.core.i18n import Text, _
from vernost.invitations import kinds, wording
from vernost.invitations.models import Decision as DecisionRow
from vernost.invitations.models import Programme
from vernost.invitations.queries import decisions, evidence
from vernost.invitations.queries.decisions import Decision, Question
from vernost.invitations.queries.narrow import narrowed
from vernost.invitations.queries.plans import kept
from vernost.invitations.rules import Suppression
from vernost.invitations.rules.programme import ProgrammeRule
from vernost.invitations.rules.suppression import OTHER_BRANCH, OTHER_SEGMENT

NOT_CANDIDATE = "not_candidate"
SUPPRESSED = "suppressed"
INVITED = "invited"

_GENERAL = {
    OTHER_BRANCH: _("The programme works for other branches"),
    OTHER_SEGMENT: _("The customer is not in the segment that the programme is for"),
    "too_early": _("Due on %(due_on)s: invited from %(from_on)s on"),
    "over": _("Due on %(due_on)s: the time for it ended on %(until_on)s"),
    "scrapped": _("The car is scrapped"),
    "programme_off": _("The programme is switched off"),
    "not_running": _("The programme does not run on this day"),
    "no_car": _("The customer owns no car on this day"),
}
# What the room of a branch has a say in.
_BY_ROOM = frozenset({"", Suppression.OVER_CAPACITY.value, Suppression.HELD_OUT.value})


@dataclass(frozen=True, slots=True)
class Why:
    """One programme and car (or none). `state` is `invited`, `suppressed` or `not_candidate`.

    `code` is the suppression or the condition that failed, empty for an invited pair; `words` says it.
    `reason` is why the car is due, where it is. `facts` are the values used, of both.
    """

    programme: str
    title: str
    vehicle_id: int | None
    vehicle: str | None
    state: str
    code: str
    words: Text
    reason: Text | None = None
    due_on: date | None = None
    anchor: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def why(con: Backend, question: Question, customer_id: int, *, recorded: bool) -> list[Why]:
    """Answer for every programme, in the order of their ranks, and every car the customer owns on the day.

    `recorded`: a night decided this very day, so its record speaks.
    """
    few, keep = narrowed(con, question, [customer_id])
    decision = decisions.by_definition(few, question, keep=keep, explains=True)
    answered = {_key(row): row for row in exact_answers(con, few, decision, question, [customer_id], recorded=recorded)}
    titles = dict(Programme.objects.order_by("rank", "pk").values_list("code", "title"))
    asked = _Asked(few, question, customer_id, answered, titles)
    found: list[Why] = []
    rules = {rule.code: rule for rule in question.rules}
    for code, title in titles.items():
        if code not in rules:
            found.append(_off(code, title, "programme_off"))
        elif not rules[code].runs_on(question.as_of):
            found.append(_off(code, title, "not_running"))
        else:
            found += asked.answers(rules[code])
    return found


Key = tuple[str, int, str, int]


def _key(row: Mapping[str, Any]) -> Key:
    return row["programme"], row["seat"], row["anchor"], row["customer_id"]


def exact_answers(
    con: Backend,
    few: Backend,
    decision: Decision,
    question: Question,
    customer_ids: Collection[int],
    *,
    recorded: bool,
) -> list[dict[str, Any]]:
    """Return the customers' candidates with their reason, as the night gives it."""
    if not decision.programmes:
        return []
    own = set(customer_ids)
    found = few.con.sql(f"FROM {kept('answers')}").to_arrow_table().to_pylist()
    rows: list[dict[str, Any]] = [row for row in found if row["customer_id"] in own]
    if recorded:
        record = _record(own, question.as_of)
        return [row | {"reason": record.get(_key(row), row["reason"])} for row in rows]
    if any(row["reason"] in _BY_ROOM and _has_limit(few, row, question) for row in rows):
        return _of_everybody(con, question, rows)
    return rows


def _record(customer_ids: Collection[int], on: date) -> dict[Key, str]:
    standing = Q(until=None) | Q(until__gte=on)
    rows = DecisionRow.objects.filter(standing, customer_id__in=customer_ids, since__lte=on)
    columns = ("programme__code", "vehicle_id", "customer_id", "anchor", "reason")
    return {
        (code, -customer_id if vehicle_id is None else vehicle_id, anchor, customer_id): reason
        for code, vehicle_id, customer_id, anchor, reason in rows.values_list(*columns)
    }


def _has_limit(few: Backend, row: Mapping[str, Any], question: Question) -> bool:
    rule = next(rule for rule in question.rules if rule.code == row["programme"])
    if rule.daily_limit is not None:
        return True
    limits = "daily_limit IS NOT NULL OR bays > 0 AND open_minute IS NOT NULL AND close_minute IS NOT NULL"
    statement = f"SELECT count(*) FROM branches WHERE branch_id = ? AND ({limits})"  # noqa: S608 - words of our own
    return bool(few.con.execute(statement, [row["branch_id"]]).fetchall()[0][0])


def _of_everybody(con: Backend, question: Question, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    decisions.decide(con, question)
    asked = ", ".join(str(row["seat"]) for row in rows)
    found = con.con.sql(f"FROM {kept('answers')} WHERE seat IN ({asked})").to_arrow_table().to_pylist()
    reasons = {_key(row): row for row in found}
    return [reasons.get(_key(row), row) for row in rows]


def _off(programme: str, title: str, code: str) -> Why:
    return Why(programme, title, None, None, NOT_CANDIDATE, code, Text(_GENERAL[code]))


class _Asked:
    """One customer's narrow base, and his answers."""

    def __init__(
        self,
        few: Backend,
        question: Question,
        customer_id: int,
        answered: Mapping[Key, dict[str, Any]],
        titles: Mapping[str, str],
    ) -> None:
        self._few = few
        self._question = question
        self._customer_id = customer_id
        self._answered = answered
        self._titles = titles
        self._cars = self._owned()

    def answers(self, rule: ProgrammeRule) -> Iterator[Why]:
        """Yield the candidates of the programme, and for every other car why it is none."""
        kind = kinds.discover()[rule.kind]
        title = self._titles[rule.code]
        table = kept(f"pairs_{rule.code}")
        pairs = self._few.con.sql(f"FROM {table} ORDER BY anchor").to_arrow_table().to_pylist()
        told: set[int | None] = set()
        for pair in pairs:
            if pair["customer_id"] != self._customer_id:
                continue
            told.add(pair["vehicle_id"])
            answer = self._answered.get((rule.code, pair["seat"], pair["anchor"], pair["customer_id"]))
            yield self._candidate(rule, pair, answer) if answer else self._none(rule, kind, pair)
        for vehicle_id, (ref, scrapped) in self._cars.items():
            if vehicle_id not in told:
                words = Text(_GENERAL["scrapped"]) if scrapped else wording.left_out(kind, "")
                code = "scrapped" if scrapped else "absent"
                yield Why(rule.code, title, vehicle_id, ref, NOT_CANDIDATE, code, words)
        if not self._cars and not told:
            yield _off(rule.code, title, "no_car")

    def _candidate(self, rule: ProgrammeRule, pair: Mapping[str, Any], answer: Mapping[str, Any]) -> Why:
        reason = answer["reason"]
        told, facts = evidence.of(self._few, self._question, answer, self._answered.values(), rule, titles=self._titles)
        kind = kinds.discover()[rule.kind]
        return self._why(
            rule,
            pair,
            state=SUPPRESSED if reason else INVITED,
            code=reason,
            words=told,
            reason=self._reason(kind, pair),
            facts=wording.shown_facts(_facts(kind, pair)) | facts,
        )

    def _none(self, rule: ProgrammeRule, kind: kinds.InvitationKind, pair: Mapping[str, Any]) -> Why:
        left_out = pair["left_out"]
        if left_out:
            words = Text(_GENERAL[left_out]) if left_out in _GENERAL else wording.left_out(kind, left_out)
            return self._why(rule, pair, state=NOT_CANDIDATE, code=left_out, words=words)
        from_on = pair["due_on"] - timedelta(days=rule.lead_days)
        code = "too_early" if from_on > self._question.as_of else "over"
        days = {"due_on": pair["due_on"], "from_on": from_on, "until_on": pair["expires_on"]}
        words = Text(_GENERAL[code], {name: wording.words_of(name, day) for name, day in days.items()})
        facts = wording.shown_facts(_facts(kind, pair)) | days
        reason = self._reason(kind, pair)
        return self._why(rule, pair, state=NOT_CANDIDATE, code=code, words=words, reason=reason, facts=facts)

    def _why(self, rule: ProgrammeRule, pair: Mapping[str, Any], **answer: Any) -> Why:  # noqa: ANN401 - of Why
        vehicle_id = pair["vehicle_id"]
        ref = self._cars[vehicle_id][0] if vehicle_id in self._cars else None
        title = self._titles[rule.code]
        return Why(rule.code, title, vehicle_id, ref, due_on=pair["due_on"], anchor=pair["anchor"], **answer)

    def _reason(self, kind: kinds.InvitationKind, pair: Mapping[str, Any]) -> Text:
        facts = _facts(kind, pair)
        return wording.reason(kind, pair["reason_code"], facts, due_on=pair["due_on"], as_of=self._question.as_of)

    def _owned(self) -> dict[int, tuple[str, bool]]:
        """Return the customer's cars on the day: id of the source, and whether it is scrapped."""
        rows = self._few.con.execute(
            """SELECT vehicle_id, ref, coalesce(scrapped, false) OR coalesce(scrapped_on <= $day, false)
               FROM ownerships JOIN vehicles USING (vehicle_id)
               WHERE customer_id = $customer AND (owned_from IS NULL OR owned_from <= $day)
                 AND (owned_until IS NULL OR owned_until > $day) ORDER BY ref""",
            {"customer": self._customer_id, "day": self._question.as_of},
        ).fetchall()
        return {vehicle_id: (ref, scrapped) for vehicle_id, ref, scrapped in rows}


def _facts(kind: kinds.InvitationKind, pair: Mapping[str, Any]) -> dict[str, Any]:
    return {name: pair[name] for name in kind.facts}
