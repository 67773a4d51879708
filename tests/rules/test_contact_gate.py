from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from vernost.contacts.rules import (
    REACHED,
    AllowedHours,
    Caps,
    Gate,
    MessageClass,
    Outcome,
    Person,
    Refusal,
    Statement,
    consent_at,
    contacted_recently,
)
from vernost.core.calendar import ProductionCalendar

MOSCOW = ZoneInfo("Europe/Moscow")
TODAY = date(2026, 11, 10)
NOON = datetime(2026, 11, 10, 12, tzinfo=MOSCOW)
GATE = Gate(caps=Caps(), hours=AllowedHours(), calendar=ProductionCalendar({}))
WILLING = Person(
    blocked=False,
    statements=[Statement(given=True, on=date(2026, 1, 1))],
    stopped_since=None,
    has_address=True,
    contacts=[],
    zones=(MOSCOW,),
)
ADVERTISING, SERVICE, RECALL = MessageClass.ADVERTISING, MessageClass.SERVICE, MessageClass.RECALL


def refusals(person, moment=NOON):
    return [GATE.refusal(person, message=message, moment=moment, on=TODAY) for message in MessageClass]


def test_a_willing_customer_may_be_contacted_with_every_class():
    assert refusals(WILLING) == [None, None, None]


def test_only_advertising_needs_a_consent():
    assert refusals(replace(WILLING, statements=[])) == [Refusal.NO_CONSENT, None, None]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"blocked": True}, Refusal.BLOCKED),
        ({"stopped_since": TODAY}, Refusal.DO_NOT_DISTURB),
        ({"has_address": False}, Refusal.NO_ADDRESS),
    ],
)
def test_no_class_passes_a_block_a_stop_or_a_missing_address(change, refusal):
    assert refusals(replace(WILLING, **change)) == [refusal] * 3


def test_a_stop_of_tomorrow_does_not_hold_today():
    assert refusals(replace(WILLING, stopped_since=date(2026, 11, 11))) == [None] * 3


def test_a_recall_ignores_earlier_contacts():
    refused = Refusal.CONTACTED_RECENTLY
    assert refusals(replace(WILLING, contacts=[date(2026, 11, 1)])) == [refused, refused, None]


def test_nobody_is_contacted_at_night():
    night = datetime(2026, 11, 10, 20, 0, tzinfo=MOSCOW)
    assert refusals(WILLING, moment=night) == [Refusal.OUTSIDE_HOURS] * 3


def test_the_first_reason_is_the_one_given():
    person = replace(WILLING, blocked=True, statements=[], has_address=False)
    assert refusals(person) == [Refusal.BLOCKED] * 3


@pytest.mark.parametrize(
    ("statements", "consents"),
    [
        ([], False),
        ([(True, None)], True),
        ([(False, None)], False),
        ([(True, TODAY)], True),
        ([(True, date(2026, 11, 11))], False),  # not said yet
        ([(True, date(2026, 1, 1)), (False, date(2026, 2, 1))], False),
        ([(False, date(2026, 1, 1)), (True, date(2026, 2, 1))], True),
        ([(True, None), (False, date(2026, 2, 1))], False),
        ([(False, date(2026, 2, 1)), (True, None)], False),
        ([(True, date(2026, 2, 1)), (False, date(2026, 2, 1))], False),  # of one day a no wins
    ],
)
def test_the_latest_statement_known_on_the_day_is_in_force(statements, consents):
    assert consent_at([Statement(given, on) for given, on in statements], TODAY) is consents


@pytest.mark.parametrize(
    ("contacts", "recent"),
    [
        ([], False),
        ([TODAY], False),  # the day's own work
        ([date(2026, 11, 9)], True),
        ([date(2026, 10, 27)], True),  # 14 days before
        ([date(2026, 10, 26)], False),
        ([date(2026, 8, 12), date(2026, 9, 1), date(2026, 9, 2), date(2026, 10, 1)], True),  # four in 90 days
        ([date(2026, 8, 11), date(2026, 9, 1), date(2026, 9, 2), date(2026, 10, 1)], False),
    ],
)
def test_one_contact_in_fourteen_days_or_four_in_ninety_tire(contacts, recent):
    assert contacted_recently(contacts, TODAY, Caps()) is recent


def test_a_stranger_or_a_machine_on_the_line_is_not_the_person_reached():
    assert set(Outcome) - REACHED == {
        Outcome.WRONG_PERSON,
        Outcome.BAD_NUMBER,
        Outcome.NO_ANSWER,
        Outcome.BUSY,
        Outcome.VOICEMAIL,
        Outcome.UNAVAILABLE,
    }
