"""The night as a job: at its hour, and made up where the machine was off."""

from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from vernost.automation import jobs
from vernost.automation.models import NightRun

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"


@pytest.mark.parametrize("hours_ago", [2, 19])
def test_a_night_whose_hour_was_slept_through_is_decided_once_for_its_own_day(settings, hours_ago):
    came = timezone.localtime() - timedelta(hours=hours_ago)
    settings.NIGHT_AT = f"{came:%H:%M}"
    for _again in range(2):
        jobs.night(timestamp=0)
    assert list(NightRun.objects.values_list("as_of", "actor")) == [(came.date(), "system:night")]
    # After it, cards of which there is no doubt are merged.
    assert ProcrastinateJob.objects.filter(task_name="customers.merge_certain", status="todo").count() == 1


def test_a_night_is_not_made_up_shortly_before_the_next(settings):
    settings.NIGHT_AT = f"{timezone.localtime() - timedelta(hours=21):%H:%M}"
    jobs.night(timestamp=0)
    assert not NightRun.objects.exists()
