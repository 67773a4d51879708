"""What a call leads to, when it is repeated, and in which order customers come."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from vernost.calls.rules import outcomes
from vernost.calls.rules.order import Waiting, place, weight
from vernost.calls.rules.outcomes import BUTTONS, MomentMissing, MomentPassed, MomentTooFar, When, call_back_at
from vernost.calls.rules.presence import Presence, presence_at
from vernost.contacts.rules import Outcome

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # 12:30 in Moscow
TODAY = date(2026, 11, 24)


def local(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("when", "moment"),
    [
        (When.IN_AN_HOUR, local(24, 13, 30)),
        (When.THIS_EVENING, local(24, 18)),
        (When.TOMORROW, local(25, 12, 30)),
        (When.IN_THREE_DAYS, local(27, 12, 30)),
        (When.IN_A_WEEK, datetime(2026, 12, 1, 12, 30, tzinfo=MOSCOW)),
    ],
)
def test_call_back_on_the_customers_clock(when, moment):
    assert call_back_at(when, NOW, MOSCOW) == moment


def test_this_evening_in_the_evening_is_half_an_hour_later():
    now = local(24, 19)
    assert call_back_at(When.THIS_EVENING, now, MOSCOW) == now + timedelta(minutes=30)


def test_own_moment_must_be_said_and_lie_ahead():
    assert call_back_at(When.OTHER, NOW, MOSCOW, local(30, 15)) == local(30, 15)
    with pytest.raises(MomentMissing):
        call_back_at(When.OTHER, NOW, MOSCOW)
    with pytest.raises(MomentPassed):
        call_back_at(When.OTHER, NOW, MOSCOW, NOW)


def test_a_mistyped_year_is_told():
    for moment in (
        NOW + timedelta(days=367),
        datetime(2206, 11, 25, 12, tzinfo=MOSCOW),
        datetime.max.replace(tzinfo=MOSCOW),
    ):
        with pytest.raises(MomentTooFar):
            call_back_at(When.OTHER, NOW, MOSCOW, moment)


def test_refusal_for_another_workshop_is_an_outcome_of_its_own():
    assert outcomes.stated(Outcome.DECLINED, "served_elsewhere") is Outcome.SERVED_ELSEWHERE
    assert outcomes.stated(Outcome.DECLINED, "too_expensive") is Outcome.DECLINED
    assert outcomes.stated(Outcome.NO_ANSWER, "served_elsewhere") is Outcome.NO_ANSWER


def test_eight_buttons_say_every_outcome():
    said = {button.outcome for button in BUTTONS}
    said |= {Outcome(code) for button in BUTTONS for code, _title in button.choices if code in set(Outcome)}
    assert len(BUTTONS) == 8
    assert said | {Outcome.SERVED_ELSEWHERE} == set(Outcome)


def waiting(number, *, value=1000, due=TODAY + timedelta(days=30), recall=False, call_back=None):
    return Waiting(number, value, due, recall, call_back is not None, call_back)


def test_weight_doubles_seven_days_before_the_due_date():
    near, far = TODAY + timedelta(days=7), TODAY + timedelta(days=8)
    assert (weight(500, near, TODAY), weight(500, far, TODAY)) == (1000, 500)
    assert weight(500, TODAY - timedelta(days=40), TODAY) == 1000


def test_order_of_calling():
    queue = [
        waiting(1, value=900),
        waiting(2, value=500, due=TODAY + timedelta(days=7)),
        waiting(3, value=10, recall=True),
        waiting(4, value=1, call_back=NOW - timedelta(minutes=5)),
        waiting(5, value=1, call_back=NOW - timedelta(hours=2)),
        waiting(6, value=900, due=TODAY + timedelta(days=20)),
        waiting(7, value=900),
        waiting(8, value=20, recall=True),
    ]
    ordered = sorted(queue, key=lambda row: place(row, TODAY))
    assert [row.invitation_id for row in ordered] == [5, 4, 8, 3, 2, 6, 1, 7]


def test_a_silent_page_means_away():
    assert presence_at("serving", NOW - timedelta(minutes=3), NOW) is Presence.SERVING
    assert presence_at("serving", NOW - timedelta(minutes=3, seconds=1), NOW) is Presence.AWAY
    assert presence_at("break", None, NOW) is Presence.AWAY
