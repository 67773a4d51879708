from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.macros import column_of

from vernost.intake.rules import moments
from vernost.intake.rules.moments import Moment

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-31", Moment(date(2026, 3, 31), None)),
        ("31.03.2026", Moment(date(2026, 3, 31), None)),
        ("1.3.2026", Moment(date(2026, 3, 1), None)),
        ("31.03.2026 9:05:00", Moment(date(2026, 3, 31), time(9, 5))),
        ("31.03.2026 09:05", Moment(date(2026, 3, 31), time(9, 5))),
        ("2026-03-31T23:30:15.250", Moment(date(2026, 3, 31), time(23, 30, 15))),
        ("2026-03-31T23:30:00Z", Moment(date(2026, 4, 1), time(2, 30))),
        ("2026-03-31 01:30+07:00", Moment(date(2026, 3, 30), time(21, 30))),
        ("2026-03-31 01:30 -0330", Moment(date(2026, 3, 31), time(8, 0))),
        ("\u00a031.03.2026 ", Moment(date(2026, 3, 31), None)),
        ("29.02.2025", None),
        ("2026-13-01", None),
        ("2026-03-31 24:00", None),
        ("01.01.0001 0:00:00", None),
        ("0206-03-31", None),
        ("31.03.26", None),
        ("завтра", None),
        ("epoch", None),
        ("", None),
    ],
)
def test_a_moment_is_read(written, moment):
    assert moments.moment_of(written, MOSCOW) == moment


@pytest.mark.parametrize(("written", "answer"), [("01.01.0001", True), ("0001-01-01 00:00:00", True), ("", False)])
def test_the_empty_date_of_1c_is_known(written, answer):
    assert moments.is_no_date(written) is answer


@pytest.mark.parametrize(
    ("written", "clock"), [("9:00", time(9)), ("09:05:07", time(9, 5, 7)), ("25:00", None), ("9", None), ("", None)]
)
def test_a_time_of_day_is_read(written, clock):
    assert moments.time_of(written) == clock


DAYS = st.sampled_from(["2026-03-31", "31.03.2026", "1.3.2026", "2026-02-30", "01.01.0001", "2199-12-31", "1799-12-31"])
CLOCKS = st.sampled_from(["", " 9:05:00", "T23:59:59", " 23:59", " 24:00", " 9:5", " 00:00:00.123", "x"])
OFFSETS = st.sampled_from(["", "Z", "+03:00", "+0300", "-11", " +05:45", "+15:00"])
WRITTEN = st.one_of(st.builds("".join, st.tuples(DAYS, CLOCKS, OFFSETS)), st.text(alphabet="0123. -:T+Z", max_size=20))


@given(st.lists(WRITTEN, max_size=20))
@example(["2026-10-25T00:30:00Z", "31.03.2026 9:05:00", "2026-03-31 10:00:00"])
def test_columns_are_read_alike(written):
    read = [moments.moment_of(one, MOSCOW) for one in written]
    assert column_of(moments.MACROS, "moment_of(x, 'Europe/Moscow')", written) == [
        moment and datetime.combine(moment.day, moment.clock or time(0)) for moment in read
    ]
    assert column_of(moments.MACROS, "day_of(x, 'Europe/Moscow')", written) == [
        moment and moment.day for moment in read
    ]
    assert column_of(moments.MACROS, "time_of(x)", written) == [moments.time_of(one) for one in written]
    assert column_of(moments.MACROS, "coalesce(is_no_date(x), false)", written) == [
        moments.is_no_date(one) for one in written
    ]
