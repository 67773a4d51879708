"""The contact gate, allowed hours and outcomes: decisions without a database or a clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from vernost.core.calendar import DayType, ProductionCalendar
from vernost.core.i18n import _


class OutboundChannel(StrEnum):
    CALL = "call"
    SMS = "sms"
    EMAIL = "email"
    MESSENGER = "messenger"


class MessageClass(StrEnum):
    """Whose permission a message needs: advertising a consent, the others only that nobody forbade them."""

    ADVERTISING = "advertising"
    SERVICE = "service"
    RECALL = "recall"


class Outcome(StrEnum):
    BOOKED = "booked"
    DECLINED = "declined"
    SERVED_ELSEWHERE = "served_elsewhere"
    CALL_BACK = "call_back"
    THINKING = "thinking"
    CAR_SOLD = "car_sold"
    DO_NOT_CALL = "do_not_call"
    WRONG_PERSON = "wrong_person"
    BAD_NUMBER = "bad_number"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    VOICEMAIL = "voicemail"
    UNAVAILABLE = "unavailable"


OUTCOMES: dict[Outcome, str] = {
    Outcome.BOOKED: _("Booked"),
    Outcome.DECLINED: _("Declined"),
    Outcome.SERVED_ELSEWHERE: _("Served elsewhere"),
    Outcome.CALL_BACK: _("Call back"),
    Outcome.THINKING: _("Thinking it over"),
    Outcome.CAR_SOLD: _("Car sold"),
    Outcome.DO_NOT_CALL: _("Asked not to call"),
    Outcome.WRONG_PERSON: _("Wrong person"),
    Outcome.BAD_NUMBER: _("Number does not work"),
    Outcome.NO_ANSWER: _("No answer"),
    Outcome.BUSY: _("Busy"),
    Outcome.VOICEMAIL: _("Voicemail"),
    Outcome.UNAVAILABLE: _("Unavailable"),
}

# What sources say of calls and messages beside the product's own outcomes.
_OF_SOURCES = {
    "answered": _("Answered"),
    "sent": _("Sent"),
    "delivered": _("Delivered"),
    "read": _("Read"),
    "failed": _("Not delivered"),
}
_TITLES = _OF_SOURCES | {outcome.value: title for outcome, title in OUTCOMES.items()}
CHANNEL_TITLES: dict[str, str] = {
    "call": _("Call"),
    "sms": _("SMS"),
    "email": _("E-mail"),
    "messenger": _("Messenger"),
    "visit": _("Visit"),
    "web": _("Web site"),
}


def outcome_title(code: str) -> str:
    """Return the marked text of an outcome; a source's own words stay as they are."""
    return _TITLES.get(code, code)


# The person himself spoke; a stranger or a machine does not count.
REACHED = frozenset(
    {
        Outcome.BOOKED,
        Outcome.DECLINED,
        Outcome.SERVED_ELSEWHERE,
        Outcome.CALL_BACK,
        Outcome.THINKING,
        Outcome.CAR_SOLD,
        Outcome.DO_NOT_CALL,
    }
)
UNANSWERED = frozenset({Outcome.NO_ANSWER, Outcome.BUSY, Outcome.VOICEMAIL, Outcome.UNAVAILABLE})
NEXT_NUMBER = frozenset({Outcome.WRONG_PERSON, Outcome.BAD_NUMBER})

# Every zone of Russia: where a customer whose zone nobody knows could be.
RUSSIAN_ZONES = tuple(
    ZoneInfo(name)
    for name in (
        "Europe/Kaliningrad",
        "Europe/Moscow",
        "Europe/Samara",
        "Asia/Yekaterinburg",
        "Asia/Omsk",
        "Asia/Krasnoyarsk",
        "Asia/Irkutsk",
        "Asia/Yakutsk",
        "Asia/Vladivostok",
        "Asia/Magadan",
        "Asia/Kamchatka",
    )
)


@dataclass(frozen=True, slots=True)
class AllowedHours:
    """When a customer may be called, in his own zone: from the first minute up to, not including, the last."""

    weekday: tuple[time, time] = (time(9), time(20))
    weekend: tuple[time, time] = (time(10), time(18))

    def of(self, day_type: DayType) -> tuple[time, time] | None:
        """Return the hours of a day; None: nobody is called."""
        if day_type == "holiday":
            return None
        return self.weekday if day_type == "weekday" else self.weekend


def zones_of(*, stated: str, branch: str) -> tuple[ZoneInfo, ...]:
    """Return the zones the customer could be in: his own, else his branch's, else every zone of Russia."""
    name = stated or branch
    return (ZoneInfo(name),) if name else RUSSIAN_ZONES


def is_allowed(
    moment: datetime, *, zones: Sequence[ZoneInfo], hours: AllowedHours, calendar: ProductionCalendar
) -> bool:
    """Whether the moment (aware) is within the allowed hours of every zone the customer could be in."""
    return all(_first_allowed(moment, zone, hours, calendar) == moment for zone in zones)


def next_allowed(
    moment: datetime, *, zones: Sequence[ZoneInfo], hours: AllowedHours, calendar: ProductionCalendar
) -> datetime:
    """Return the first minute, at or after the moment, that is allowed in every zone of `zones`.

    A moment inside is returned as it is. Raises NoAllowedHoursError where a year has none.
    """
    found = moment
    while found < moment + timedelta(days=366):
        moved = max(_first_allowed(found, zone, hours, calendar) for zone in zones)
        if moved == found:
            return found
        found = moved
    raise NoAllowedHoursError(moment)


class NoAllowedHoursError(Exception):
    """The zones have no common allowed minute within a year."""


def _first_allowed(moment: datetime, zone: ZoneInfo, hours: AllowedHours, calendar: ProductionCalendar) -> datetime:
    local = moment.astimezone(zone)
    for ahead in range(366):
        day = local.date() + timedelta(days=ahead)
        window = hours.of(calendar.day_type(day))
        if window is None:
            continue
        opens, closes = (datetime.combine(day, border, zone) for border in window)
        if local < closes and opens < closes:
            return max(local, opens).astimezone(moment.tzinfo)
    raise NoAllowedHoursError(moment)


class Refusal(StrEnum):
    """Why the gate is shut, in the order in which it asks."""

    BLOCKED = "blocked"
    NO_CONSENT = "no_consent"
    NO_ADDRESS = "no_address"
    DO_NOT_DISTURB = "do_not_disturb"
    CONTACTED_RECENTLY = "contacted_recently"
    OUTSIDE_HOURS = "outside_hours"


REFUSALS: dict[Refusal, str] = {
    Refusal.BLOCKED: _("The customer is blocked"),
    Refusal.NO_CONSENT: _("No consent to advertising by this channel"),
    Refusal.NO_ADDRESS: _("No address for this channel"),
    Refusal.DO_NOT_DISTURB: _("The customer asked not to be contacted by this channel"),
    Refusal.CONTACTED_RECENTLY: _("The customer was contacted recently"),
    Refusal.OUTSIDE_HOURS: _("Outside the allowed hours of the customer's zone"),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """What a customer said of advertising by a channel; `on` None holds from the beginning."""

    given: bool
    on: date | None


@dataclass(frozen=True, slots=True)
class Caps:
    """How often a household may be contacted by all programmes together, in days before the day asked.

    Who lives alone is a household of his own.
    """

    quiet_days: int = 14
    window_days: int = 90
    window_contacts: int = 4


@dataclass(frozen=True, slots=True)
class Person:
    """What the gate needs to know of a customer about one channel.

    `contacts` are the days of outbound contacts by any programme, those of the very invitation that
    asks left out: its own attempts follow its own plan. `at_home` are those with the others of his household.
    """

    blocked: bool
    statements: Sequence[Statement]
    stopped_since: date | None
    has_address: bool
    contacts: Sequence[date]
    zones: Sequence[ZoneInfo]
    at_home: Sequence[date] = ()


def consent_at(statements: Sequence[Statement], on: date) -> bool:
    """Whether the latest statement known on the day is a yes; of one day's statements a no wins."""
    known = [(statement.on or date.min, not statement.given) for statement in statements if (statement.on or on) <= on]
    return bool(known) and not max(known)[1]


def contacted_recently(contacts: Sequence[date], on: date, caps: Caps) -> bool:
    """Contacts of the day itself do not count: they are the day's own work."""
    days_ago = [(on - contact).days for contact in contacts if contact < on]
    return (
        any(days <= caps.quiet_days for days in days_ago)
        or sum(days <= caps.window_days for days in days_ago) >= caps.window_contacts
    )


@dataclass(frozen=True, slots=True)
class Gate:
    """The one gate of every outbound contact: of a programme, a mailing or a person."""

    caps: Caps
    hours: AllowedHours
    calendar: ProductionCalendar

    def refusal(self, person: Person, *, message: MessageClass, moment: datetime, on: date) -> Refusal | None:
        """Return the first reason not to contact at `moment` (aware), None where it may be done.

        `on` is the day in the customer's branch. A recall is not held back by earlier contacts.
        """
        asked: tuple[tuple[Refusal, bool], ...] = (
            (Refusal.BLOCKED, person.blocked),
            (
                Refusal.NO_CONSENT,
                message is MessageClass.ADVERTISING and not consent_at(person.statements, on),
            ),
            (Refusal.NO_ADDRESS, not person.has_address),
            (Refusal.DO_NOT_DISTURB, person.stopped_since is not None and person.stopped_since <= on),
            (
                Refusal.CONTACTED_RECENTLY,
                message is not MessageClass.RECALL
                and contacted_recently([*person.contacts, *person.at_home], on, self.caps),
            ),
            (
                Refusal.OUTSIDE_HOURS,
                not is_allowed(moment, zones=person.zones, hours=self.hours, calendar=self.calendar),
            ),
        )
        return next((refusal for refusal, applies in asked if applies), None)
