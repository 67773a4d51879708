"""Each invariant of the data holds in an empty database, and finds a breach that is planted past a constraint."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from tests import factories

from vernost.automation import catalogue
from vernost.automation.queries.work import breaches
from vernost.workshop.models import Appointment

pytestmark = pytest.mark.django_db(transaction=True)
MORNING = datetime(2026, 12, 1, 9, tzinfo=UTC)


@contextmanager
def without(model, name):
    """Take a constraint away for a while; the rows that break it are gone before it comes back."""
    constraint = next(each for each in model._meta.constraints if each.name == name)
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)
    try:
        yield
    finally:
        model.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)


def test_an_empty_database_holds():
    assert (breaches(), len(catalogue.discover()) > 10) == ([], True)


def test_two_cars_in_a_bay_are_found():
    branch = factories.branch(bays=1)
    slot = {"starts_at": MORNING, "ends_at": MORNING + timedelta(hours=1), "starts_on": MORNING.date()}
    with without(Appointment, "no_two_appointments_in_a_bay"):
        for _number in range(2):
            Appointment.objects.create(branch=branch, bay=branch.work_bays.get(), **slot)
        assert {breach.invariant: breach.count for breach in breaches()} == {"one_car_in_a_bay": 1}
