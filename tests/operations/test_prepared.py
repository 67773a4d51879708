"""Reads that are compiled once answer as the queryset does, each time of the values given then."""

from datetime import timedelta

import pytest
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import BigIntegerField, F, TextField
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests import factories as make
from tests import people

from vernost.accounts.backends import StaffBackend
from vernost.accounts.models import Employee
from vernost.accounts.sessions import SessionStore
from vernost.core.actor import Role
from vernost.core.prepared import Given, OneOf, Prepared

pytestmark = pytest.mark.django_db

OF_BRANCHES = Prepared(
    lambda: (
        Employee.objects.filter(OneOf(F("branch_id"), Given("branches", ArrayField(BigIntegerField()))))
        .exclude(name=Given("but", TextField()))
        .select_related("branch")
        .order_by("name")
    )
)


def test_each_reading_has_its_own_values():
    kazan, ufa = make.branch(name="Kazan"), make.branch(name="Ufa")
    for branch, name in ((kazan, "Anna"), (kazan, "Boris"), (ufa, "Vera")):
        Employee.objects.create(branch=branch, name=name)

    def names(*branches, but=""):
        rows = OF_BRANCHES.rows(branches=[branch.pk for branch in branches], but=but)
        return [(row.name, row.branch.name) for row in rows]

    assert names(kazan) == [("Anna", "Kazan"), ("Boris", "Kazan")]
    assert names(kazan, ufa, but="Anna") == [("Boris", "Kazan"), ("Vera", "Ufa")]
    assert names() == []
    assert OF_BRANCHES.first(branches=[ufa.pk], but="").name == "Vera"
    assert OF_BRANCHES.first(branches=[], but="") is None


def test_who_signs_in_comes_with_his_branches_in_one_statement():
    branch = make.branch()
    operator, manager = people.user(Role.OPERATOR, branch), people.user(Role.MANAGER)
    with CaptureQueriesContext(connection) as captured:
        actors = [StaffBackend().get_user(user.pk).as_actor() for user in (operator, manager)]
    assert len(captured) == 2
    assert actors == [operator.as_actor(), manager.as_actor()]


def test_who_has_left_is_not_let_in():
    gone = people.user(Role.OPERATOR, is_active=False)
    assert StaffBackend().get_user(gone.pk) is None
    assert StaffBackend().get_user(0) is None


def test_session_is_read_until_it_expires():
    begun = SessionStore()
    begun["theme"] = "dark"
    begun.save()
    assert SessionStore(begun.session_key).load() == {"theme": "dark"}
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    expired = SessionStore(begun.session_key)
    assert (expired.load(), expired.session_key) == ({}, None)
