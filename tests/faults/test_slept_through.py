"""What the clock should have begun while the machine was off is begun when it is on again, once."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.periodic import PeriodicDeferrer

from vernost.customers import jobs as customers
from vernost.customers.models import DuplicateSearch
from vernost.facts import jobs as facts
from vernost.facts import mirror
from vernost.facts import operations as refreshing
from vernost.segments import day_files
from vernost.segments import jobs as segments

pytestmark = pytest.mark.django_db(transaction=True)

OF_THE_DAY = {
    "facts.rebuild",
    "segments.fit_value",
    "segments.watch_sleeping",
    "segments.draw_borders",
    "segments.count_all",
}


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"


def wake(at, **delay):
    """Do what a worker does that starts at `at`."""
    deferrer = PeriodicDeferrer(app.periodic_registry, **(delay or app.periodic_defaults))
    async_to_sync(deferrer.defer_jobs)(list(deferrer.get_previous_tasks(at=at.timestamp())))


def waiting():
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo'")
        return Counter(name for (name,) in cursor.fetchall())


def morning():
    """Return six hours after the night of a day, by its own clock."""
    night = time.fromisoformat(settings.NIGHT_AT)
    today = timezone.localtime().replace(hour=night.hour, minute=night.minute, second=0, microsecond=0)
    return (today + timedelta(hours=6)).astimezone(UTC)


def test_a_worker_that_wakes_in_the_morning_begins_what_the_night_has_missed_once():
    wake(morning())
    begun = waiting()
    assert {name: begun[name] for name in OF_THE_DAY} == dict.fromkeys(OF_THE_DAY, 1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded'")
    wake(morning() + timedelta(minutes=5))
    assert not OF_THE_DAY & set(waiting())


def test_control_procrastinates_own_patience_leaves_them_out():
    wake(morning(), max_delay=600)
    assert not OF_THE_DAY & set(waiting())


def test_what_is_too_late_for_its_day_is_left_to_the_next_one():
    wake(morning() + timedelta(hours=16))
    assert not OF_THE_DAY & set(waiting())


def test_on_an_empty_base_they_leave_at_once():
    facts.rebuild(timestamp=0)
    assert not mirror.root().exists()
    refreshing.refresh(now=timezone.now())
    version = mirror.current().version
    facts.rebuild(timestamp=0)
    segments.fit_value(timestamp=0)
    segments.watch_sleeping(timestamp=0)
    segments.draw_borders(timestamp=0)
    segments.count_all(timestamp=0)
    assert mirror.current().version == version
    assert [day_files.read(name) for name in ("value_fits", "sleep_alarms", "score_borders")] == [{}, {}, {}]


def test_cards_are_compared_at_night_and_not_by_day():
    now = datetime.now(UTC).timestamp()
    customers.find_duplicates(timestamp=int(now) - 2 * 3600)
    assert not DuplicateSearch.objects.exists()
    customers.find_duplicates(timestamp=int(now))
    assert DuplicateSearch.objects.exists()
