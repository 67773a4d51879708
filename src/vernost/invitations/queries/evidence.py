"""What a reason rests on: the day, number or document that a person can look up, for one candidate."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ibis.backends.duckdb import Backend

from vernost.core.i18n import Text, _
from vernost.core.period import week_start
from vernost.invitations import wording
from vernost.invitations.queries.decisions import Question
from vernost.invitations.rules import SUPPRESSION_TITLES, Suppression
from vernost.invitations.rules.programme import ProgrammeRule

_R = Suppression
_INVITED = _("The customer is invited")


@dataclass(frozen=True, slots=True)
class _Source:
    """A sentence, and the query that fills it: one row with the columns that the sentence names."""

    words: str
    sql: str


# $day is the as-of day, $since the first day of a recent visit; $car, $branch and $person are of the candidate.
_SOURCES = {
    _R.BLOCKED: _Source(
        _("The customer is blocked since %(blocked_on)s"),
        "SELECT blocked_on FROM customers WHERE customer_id = $person AND blocked_on IS NOT NULL",
    ),
    _R.NOT_OWNER: _Source(
        _("No longer the owner: sold on %(ended_on)s"),
        """SELECT max(ended_on) AS ended_on FROM (
               SELECT closed_on AS ended_on FROM deals WHERE vehicle_id = $car AND kind = 'trade_in' AND status = 'won'
               UNION ALL SELECT "on" FROM interactions WHERE vehicle_id = $car AND outcome = 'car_sold'
               UNION ALL SELECT "on" FROM vehicle_events WHERE vehicle_id = $car AND kind = 'car_sold')
           WHERE ended_on <= $day HAVING max(ended_on) IS NOT NULL""",
    ),
    _R.NO_CONSENT: _Source(
        _("No consent to advertising by the company of the branch “%(branch)s”"),
        """SELECT name AS branch FROM branches b WHERE branch_id = $branch AND company_id IS NOT NULL
              AND EXISTS (FROM consents WHERE customer_id = $person AND company_id IS NOT NULL)""",
    ),
    _R.DO_NOT_DISTURB: _Source(
        _("Asked not to be disturbed on %(since)s"),
        """SELECT min(since) AS since FROM (
               SELECT since FROM stops WHERE customer_id = $person
               UNION ALL SELECT "on" FROM interactions WHERE customer_id = $person AND outcome = 'do_not_call')
           WHERE since <= $day HAVING min(since) IS NOT NULL""",
    ),
    _R.OPEN_APPOINTMENT: _Source(
        _("Booked for %(starts_on)s"),
        """SELECT min(starts_on) AS starts_on FROM appointments
           WHERE (vehicle_id = $car OR vehicle_id IS NULL AND customer_id = $person) AND starts_on >= $day
             AND status IN ('booked', 'confirmed') AND (booked_on IS NULL OR booked_on <= $day)
           HAVING min(starts_on) IS NOT NULL""",
    ),
    _R.VISITED_RECENTLY: _Source(
        _("The car was with us on %(visited_on)s"),
        """SELECT max("on") AS visited_on FROM vehicle_visits WHERE vehicle_id = $car AND "on" BETWEEN $since AND $day
           HAVING max("on") IS NOT NULL""",
    ),
    _R.ALREADY_INVITED: _Source(
        _("Already invited for this on %(invited_on)s"),
        """SELECT max(created_for) AS invited_on, arg_max(state, created_for) AS invitation_state FROM invitations
           WHERE programme = $programme AND anchor = $anchor AND created_for < $day
             AND (vehicle_id = $car OR $car IS NULL AND customer_id = $person) HAVING max(created_for) IS NOT NULL""",
    ),
    _R.CONTACTED_RECENTLY: _Source(
        _("Contacted on %(contacted_on)s; %(contacts)s contacts in %(window_days)s days"),
        """SELECT max("on") AS contacted_on, count(*) AS contacts, $window AS window_days FROM interactions
           WHERE customer_id IN (
                    SELECT $person UNION SELECT other.customer_id FROM households own JOIN households other
                        ON other.household_id = own.household_id
                     WHERE own.customer_id = $person
                       AND own.since <= $day AND (own.left_on IS NULL OR own.left_on > $day)
                       AND other.since <= $day AND (other.left_on IS NULL OR other.left_on > $day))
             AND direction = 'out' AND channel IN ('call', 'sms', 'email', 'messenger')
             AND "on" < $day AND "on" >= $day - $window HAVING count(*) > 0""",
    ),
}
_OUTRANKED = _("The car goes to the programme “%(programme)s” today")
_OVER_CAPACITY = _("No capacity in the week of %(week)s")
_HELD_OUT = _("In the control group: drew %(bucket)s of 10 000, below %(share)s is held out")


def of(
    few: Backend,
    question: Question,
    answer: Mapping[str, Any],
    answers: Iterable[Mapping[str, Any]],
    rule: ProgrammeRule,
    titles: Mapping[str, str],
) -> tuple[Text, dict[str, Any]]:
    """Return the reason in words, and the facts that it rests on; `titles` are those of the programmes by code."""
    if not answer["reason"]:
        return Text(_INVITED), {}
    reason = Suppression(answer["reason"])
    words, facts = _found(few, question, answer, reason)
    if reason is _R.OUTRANKED:
        words, facts = _OUTRANKED, _winner(answer, answers)
    elif reason is _R.OVER_CAPACITY:
        day = max(answer["due_on"], question.as_of + timedelta(days=1))
        words, facts = _OVER_CAPACITY, {"week": week_start(day)}
    elif reason is _R.HELD_OUT and answer["bucket"] is not None:
        words, facts = _HELD_OUT, {"bucket": answer["bucket"], "share": rule.control_share}
    if not facts:
        return Text(SUPPRESSION_TITLES[reason]), {}
    shown = {name: wording.words_of(name, value) for name, value in facts.items()}
    if "programme" in facts:
        shown["programme"] = titles.get(facts["programme"], facts["programme"])
    return Text(words, shown), facts


def _winner(answer: Mapping[str, Any], answers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    taking = {"", _R.HELD_OUT.value, _R.OVER_CAPACITY.value}
    found = (row for row in answers if row["seat"] == answer["seat"] and row["reason"] in taking)
    return next(({"programme": row["programme"]} for row in found), {})


def _found(
    few: Backend, question: Question, answer: Mapping[str, Any], reason: Suppression
) -> tuple[str, dict[str, Any]]:
    source = _SOURCES.get(reason)
    if source is None:
        return "", {}
    values = _values(question, answer)
    used = {name: value for name, value in values.items() if f"${name}" in source.sql}
    rows = few.con.sql(source.sql, params=used).to_arrow_table().to_pylist()
    return source.words, {name: value for name, value in rows[0].items() if value is not None} if rows else {}


def _values(question: Question, answer: Mapping[str, Any]) -> dict[str, date | int | str | None]:
    return {
        "day": question.as_of,
        "since": question.as_of - timedelta(days=question.settings.visited_recently_days),
        "window": question.settings.contact_window_days,
        "car": answer["vehicle_id"],
        "branch": answer["branch_id"],
        "person": answer["customer_id"],
        "programme": answer["programme"],
        "anchor": answer["anchor"],
    }
