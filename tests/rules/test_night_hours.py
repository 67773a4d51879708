"""Which night is to be decided at a moment, also by a machine that was off at its hour."""

from datetime import date, datetime, time

import pytest

from vernost.automation.rules.nights import night_due

EARLY, LATE = time(3), time(23)


def at(day, hour, minute):
    return datetime.combine(day, time(hour, minute))


@pytest.mark.parametrize(
    ("night_at", "local", "day"),
    [
        (EARLY, at(date(2026, 11, 22), 3, 0), date(2026, 11, 22)),
        (EARLY, at(date(2026, 11, 22), 23, 0), date(2026, 11, 22)),
        # Too late for this one: the next is four hours away.
        (EARLY, at(date(2026, 11, 22), 23, 1), None),
        (EARLY, at(date(2026, 11, 22), 2, 59), None),
        (LATE, at(date(2026, 11, 22), 23, 0), date(2026, 11, 22)),
        # The machine was off over the night: yesterday's is made up, tonight's comes at its hour.
        (LATE, at(date(2026, 11, 23), 0, 0), date(2026, 11, 22)),
        (LATE, at(date(2026, 11, 23), 8, 30), date(2026, 11, 22)),
        (LATE, at(date(2026, 11, 23), 19, 1), None),
        (LATE, at(date(2027, 1, 1), 9, 0), date(2026, 12, 31)),
    ],
)
def test_the_last_night_whose_hour_has_come_is_due_for_twenty_hours(night_at, local, day):
    assert night_due(local, night_at) == day
