"""What may come of a call, how the operator says it, and what follows for the invitation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from vernost.contacts.rules import Outcome
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.invitations.rules import InvitationState

_O, _S = Outcome, InvitationState


class MomentPassed(DomainError):
    code = "moment_passed"
    text = _("The time of the call-back has already passed: choose a later one")


class MomentTooFar(DomainError):
    code = "moment_too_far"
    text = _("The call-back is more than a year away: look at the date once more")


class MomentMissing(DomainError):
    code = "moment_missing"
    text = _("Say when to call back")


class ReasonMissing(DomainError):
    code = "reason_missing"
    text = _("Say why the customer refused")


class NotBooked(DomainError):
    code = "not_booked"
    text = _("Book a time first (F9): the outcome “Booked” needs an appointment")


# States that a call ends in at once. The others wait: call-backs and unanswered calls return to the
# queue, a wrong number goes on to the next number.
ENDS_IN: Mapping[Outcome, InvitationState] = {
    _O.BOOKED: _S.BOOKED,
    _O.DECLINED: _S.DECLINED,
    _O.SERVED_ELSEWHERE: _S.SERVED_ELSEWHERE,
    _O.CAR_SOLD: _S.NOT_OWNER,
    _O.DO_NOT_CALL: _S.DO_NOT_CALL,
}
WAITS_FOR_A_TIME = frozenset({_O.CALL_BACK, _O.THINKING})

# The reason of a refusal that is a state of its own.
SERVED_ELSEWHERE = "served_elsewhere"


def stated(outcome: Outcome, decline_reason: str) -> Outcome:
    """A refusal because of another workshop is an outcome of its own."""
    if outcome is _O.DECLINED and decline_reason == SERVED_ELSEWHERE:
        return _O.SERVED_ELSEWHERE
    return outcome


class When(StrEnum):
    """When to call again, one digit each; OTHER is a moment of the operator's own."""

    IN_AN_HOUR = "in_an_hour"
    THIS_EVENING = "this_evening"
    TOMORROW = "tomorrow"
    IN_THREE_DAYS = "in_three_days"
    IN_A_WEEK = "in_a_week"
    OTHER = "other"


WHEN_TITLES: dict[When, str] = {
    When.IN_AN_HOUR: _("In an hour"),
    When.THIS_EVENING: _("This evening"),
    When.TOMORROW: _("Tomorrow"),
    When.IN_THREE_DAYS: _("In three days"),
    When.IN_A_WEEK: _("In a week"),
    When.OTHER: _("Own time"),
}
CALL_BACK_CHOICES = (When.IN_AN_HOUR, When.THIS_EVENING, When.TOMORROW, When.OTHER)
THINKING_CHOICES = (When.TOMORROW, When.IN_THREE_DAYS, When.IN_A_WEEK, When.OTHER)

_EVENING = time(18)
# A mistyped year would hide the customer for good.
FARTHEST_CALL_BACK = timedelta(days=366)


def call_back_at(when: When, now: datetime, zone: ZoneInfo, other: datetime | None = None) -> datetime:
    """Return the promised moment, on the customer's clock; it is moved into his allowed hours afterwards."""
    local = now.astimezone(zone)
    if when is When.OTHER:
        if other is None:
            raise MomentMissing
        if other <= now:
            raise MomentPassed
        if other - now > FARTHEST_CALL_BACK:
            raise MomentTooFar
        return other
    if when is When.IN_AN_HOUR:
        return now + timedelta(hours=1)
    if when is When.THIS_EVENING:
        evening = datetime.combine(local.date(), _EVENING, zone)
        return evening if evening > local else max(now + timedelta(minutes=30), evening)
    days = {When.TOMORROW: 1, When.IN_THREE_DAYS: 3, When.IN_A_WEEK: 7}[when]
    return datetime.combine(local.date() + timedelta(days=days), local.time().replace(second=0, microsecond=0), zone)


@dataclass(frozen=True, slots=True)
class Button:
    """One of the eight outcomes of the desk; `choices` are said by a digit each after it."""

    outcome: Outcome
    title: str
    icon: str
    level: str = ""
    choices: tuple[tuple[str, str], ...] = ()


def _whens(choices: tuple[When, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((when.value, WHEN_TITLES[when]) for when in choices)


# In the order of the digits 1 to 8. The reasons of a refusal are the dealer's own list.
BUTTONS: tuple[Button, ...] = (
    Button(_O.BOOKED, _("Booked"), icon="check", level="ok"),
    Button(_O.CALL_BACK, _("Call back"), icon="clock", level="warn", choices=_whens(CALL_BACK_CHOICES)),
    Button(_O.THINKING, _("Thinking it over"), icon="message", level="warn", choices=_whens(THINKING_CHOICES)),
    Button(
        _O.NO_ANSWER,
        _("No answer"),
        icon="phone-x",
        choices=(
            (_O.NO_ANSWER.value, _("Nobody picks up")),
            (_O.BUSY.value, _("Busy")),
            (_O.VOICEMAIL.value, _("Voicemail")),
            (_O.UNAVAILABLE.value, _("Unavailable")),
        ),
    ),
    Button(_O.DECLINED, _("Refusal"), icon="thumb-down", level="bad"),
    Button(_O.CAR_SOLD, _("Car sold"), icon="car-off"),
    Button(
        _O.BAD_NUMBER,
        _("Wrong number"),
        icon="user-x",
        choices=(
            (_O.WRONG_PERSON.value, _("Another person answers")),
            (_O.BAD_NUMBER.value, _("The number does not work")),
        ),
    ),
    Button(_O.DO_NOT_CALL, _("Do not disturb"), icon="ban", level="bad"),
)

# What a new installation starts with; a manager edits the list.
DECLINE_REASONS: tuple[tuple[str, str], ...] = (
    ("too_expensive", _("Too expensive")),
    ("served_elsewhere", _("Served elsewhere")),
    ("too_far", _("Too far to drive")),
    ("does_it_himself", _("Does it himself")),
    ("no_time", _("No time")),
    ("not_needed_yet", _("Not needed yet")),
    ("unhappy_with_us", _("Unhappy with our work")),
    ("other", _("Another reason")),
)
