"""The grid of free places as it opens: on the first week in which there is a time to name."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from tests import factories as make
from tests import people

from vernost.core.actor import Role
from vernost.workplace.panels import panel

pytestmark = pytest.mark.django_db

# A Sunday in Moscow, an hour and a half before the branch closes: nobody can be asked to come that soon.
NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
MONDAY = date(2026, 11, 16)


@pytest.fixture
def advisor():
    return people.user(Role.ADVISOR, make.branch(bays=2)).as_actor()


def asked(actor, now=NOW, **data):
    found = QueryDict(mutable=True)
    found.update(data)
    return panel(found, actor=actor, now=now)


def test_at_the_end_of_a_week_the_next_one_opens(advisor):
    shown = asked(advisor)
    assert (shown.monday, shown.first_monday) == (MONDAY + timedelta(days=7), MONDAY)
    assert shown.picked == shown.week.best
    assert shown.picked is not None


def test_while_a_time_can_be_named_this_week_opens(advisor):
    assert asked(advisor, NOW - timedelta(days=3)).monday == MONDAY


def test_the_week_that_was_asked_for_stays_and_its_last_hours_can_be_marked(advisor):
    shown = asked(advisor, monday=f"{MONDAY}")
    assert (shown.monday, shown.picked, shown.week.has_room) == (MONDAY, None, True)
    html = render_to_string("workplace/booking/_slots.html", {"panel": shown})
    assert "Отметьте время в таблице" in html
    assert "На этой неделе свободного времени нет" not in html
