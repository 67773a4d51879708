"""A page of dear figures is shown of the version they were counted on, while a thread counts the newest."""

from datetime import timedelta

import pytest
from django.urls import reverse
from tests import march, people

from vernost.core.actor import Role
from vernost.facts import mirror as mirrors
from vernost.office.analytics.shown import Shown, shown

pytestmark = pytest.mark.django_db(transaction=True)
LATER = march.NOW + timedelta(hours=1)
NOTHING_AT_ONCE = -1.0


@pytest.fixture
def before():
    """Return the name of a version that a newer one will follow."""
    with march.shown():
        yield mirrors.current().version


def version(mirror):
    if not mirror.folder.exists():
        raise FileNotFoundError(mirror.folder)
    return mirror.version


def test_a_page_that_takes_little_is_of_the_newest_version(before):
    pages = Shown()
    assert pages.page("page", version) == before
    march.build(LATER)
    assert pages.page("page", version) == mirrors.current().version != before


def test_a_dear_page_waits_for_nobody(before, settings):
    settings.ANALYTICS_AT_ONCE_SECONDS = NOTHING_AT_ONCE
    pages = Shown()
    assert pages.page("page", version) == before
    march.build(LATER)
    assert pages.page("page", version) == before
    pages.wait()
    assert pages.page("page", version) == mirrors.current().version != before
    assert pages.page("another page", version) == mirrors.current().version


def test_a_page_whose_version_is_gone_is_counted_at_once(before, settings):
    settings.ANALYTICS_AT_ONCE_SECONDS = NOTHING_AT_ONCE
    pages = Shown()
    assert pages.page("page", version) == before
    for hours in (1, 2, 3):
        march.build(march.NOW + timedelta(hours=hours))
    assert pages.page("page", version) == mirrors.current().version


def test_a_thread_counts_for_who_asked_and_the_next_look_sees_it(before, client, settings):
    settings.ANALYTICS_AT_ONCE_SECONDS, settings.ANALYTICS_REST = NOTHING_AT_ONCE, 0
    people.signed_in(client, Role.MANAGER)

    def refreshed_at():
        return client.get(reverse("office:analytics-rfm"), {"on": "2026-03-31"}).context["refreshed_at"]

    assert refreshed_at() == march.NOW
    march.build(LATER)
    assert mirrors.current().version != before
    assert refreshed_at() == march.NOW
    shown.wait()
    assert refreshed_at() == LATER
