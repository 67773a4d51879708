from datetime import date, datetime
from zoneinfo import ZoneInfo

from vernost.core.calendar import ProductionCalendar
from vernost.invitations.rules import NextTry, RetryPlan, next_try

MOSCOW = ZoneInfo("Europe/Moscow")
CALENDAR = ProductionCalendar({date(2026, 11, 4): "holiday"})


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=MOSCOW)


def after(*attempts, **plan):
    return next_try(list(attempts), plan=RetryPlan(**plan), zones=(MOSCOW,), calendar=CALENDAR)


def test_the_plan_is_two_hours_a_day_a_day_and_two_days():
    assert after(at(9, 10)) == NextTry(at(9, 12))
    assert after(at(9, 10), at(9, 12)) == NextTry(at(10, 12))
    assert after(at(9, 10), at(9, 12), at(10, 12)) == NextTry(at(11, 12))
    assert after(at(9, 10), at(9, 12), at(10, 12), at(11, 12)) == NextTry(at(13, 12))
    assert after(at(9, 10), at(9, 12), at(10, 12), at(11, 12), at(13, 12)) == NextTry(None)


def test_a_try_is_moved_into_allowed_hours_and_over_a_holiday():
    assert after(at(3, 19, 30)) == NextTry(at(5, 9))
    assert after(at(6, 18), at(6, 20)) == NextTry(at(8, 10))


def test_five_attempts_within_two_days_do_not_use_up_the_person():
    tired = [at(9, 10), at(9, 12), at(9, 14), at(10, 10), at(10, 15)]
    assert after(*tired) == NextTry(at(12, 15))
    assert after(*tired, at(12, 15)) == NextTry(None)


def test_attempts_at_one_hour_of_the_day_ask_for_another_hour():
    same_hour = [at(day, 10, day) for day in (9, 10, 11, 12, 13)]
    assert after(*same_hour) == NextTry(at(15, 13, 13))
    assert after(*same_hour, at(15, 13, 13)) == NextTry(None)


def test_a_shorter_plan_repeats_its_last_wait():
    assert after(at(9, 10), at(9, 11), at(9, 12), delays=(60, 90)) == NextTry(at(9, 13, 30))
    assert after(at(9, 10), delays=()) == NextTry(at(10, 10))
