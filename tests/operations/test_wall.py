"""The wall itself: raw SQL of the pages' role sees the rows of its scope, and what it must not see it cannot touch."""

from contextlib import ExitStack, closing, suppress
from datetime import date
from decimal import Decimal
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.http import HttpResponse
from django.test import RequestFactory
from tests import factories as make
from tests import people
from tests.merge_work import DOT
from tests.walls import behind_the_wall, walled

from vernost import embedded
from vernost.accounts.middleware import ActorMiddleware
from vernost.accounts.sessions import SessionStore
from vernost.calls.models import CallDraft, RecordedCall
from vernost.contacts.models import Interaction
from vernost.core import wall
from vernost.core.actor import Role, system
from vernost.core.postgresql.base import DatabaseWrapper
from vernost.customers.models import CustomField
from vernost.files.operations import store
from vernost.invitations.models import Attribution, ContactAttempt, InvitationEvent
from vernost.reports.models import Plan
from vernost.sales.models import Deal, DealFieldValue
from vernost.workshop.models import Bay, OrderFieldValue, OrderFile, RepairOrder

NOW = make.at(12)
TODAY = date(2026, 11, 24)


def fill(branch, programme, field):
    """Make a row of every walled table in the branch; None: rows of no branch, which are the group's."""
    customer = make.customer()
    order = make.order(branch=branch, customer=customer, lines=[("Oil", Decimal(100))])
    deal = Deal.objects.create(branch=branch, customer=customer, status="open")
    invitation = make.invitation(programme=programme, branch=branch, customer=customer)
    contact = Interaction.objects.create(customer=customer, at=NOW, on=TODAY, channel="call", direction="out")
    attempt = ContactAttempt.objects.create(
        invitation=invitation, interaction=contact, number=1, at=NOW, on=TODAY, outcome="booked", reached=True
    )
    value = {"field": field, "value": "1", "key": "1", "at": NOW, "actor": "tests"}
    OrderFieldValue.objects.create(order=order, **value)
    DealFieldValue.objects.create(deal=deal, **value)
    photo = store(name="1.png", content=DOT, actor=system("tests"), now=NOW)
    OrderFile.objects.create(order=order, file=photo, at=NOW, actor="tests")
    InvitationEvent.objects.create(invitation=invitation, at=NOW, actor="tests", to_state="queued")
    Attribution.objects.create(order=order, invitation=invitation, through_appointment=False)
    operator = people.user(Role.OPERATOR)
    CallDraft.objects.create(invitation=invitation, user=operator)
    RecordedCall.objects.create(key=uuid4(), invitation=invitation, attempt=attempt, user=operator, at=NOW, digest="")
    Plan.objects.create(month=date(2026, 11, 1), branch=branch, metric="revenue", value=1)
    if branch is not None:
        make.appointment(branch=branch, starts_at=NOW, customer=customer)
        Bay.objects.create(branch=branch, number=1)


def rows():
    """Return what each walled table shows to whoever asks: each row as PostgreSQL writes it."""
    shown = {}
    with connection.cursor() as cursor:
        for table in sorted(walled()):
            cursor.execute(f"SELECT t::text FROM {table} t")  # noqa: S608 - our own name
            shown[table] = {row for (row,) in cursor.fetchall()}
    return shown


def without(all_of_them, some):
    return {table: all_of_them[table] - some[table] for table in all_of_them}


@pytest.fixture
def filled():
    """Two branches and what each table shows of them: of kazan, of samara, of no branch."""
    programme = make.programme()
    field = CustomField.objects.create(target="order", code="x_one", title="One", kind="text")
    kazan, samara = make.branch(name="Kazan"), make.branch(name="Samara")
    found, before = {}, rows()
    for name, branch in (("kazan", kazan), ("samara", samara), ("nobody", None)):
        fill(branch, programme, field)
        found[name] = without(rows(), before)
        before = rows()
    return kazan, samara, found


def empty():
    return {table: set() for table in walled()}


@pytest.mark.django_db
def test_every_table_shows_a_branch_its_own_rows_and_the_group_all(filled):
    kazan, samara, found = filled
    assert {table for table, own in found["kazan"].items() if not own} == set()
    with behind_the_wall(kazan):
        assert rows() == found["kazan"]
    with behind_the_wall(samara):
        assert rows() == found["samara"]
    both = {table: found["kazan"][table] | found["samara"][table] for table in walled()}
    with behind_the_wall(kazan, samara):
        assert rows() == both
    everything = {table: both[table] | found["nobody"][table] for table in walled()}
    with behind_the_wall():
        assert rows() == everything
    assert rows() == everything, "the owner passes"


@pytest.mark.django_db
@pytest.mark.usefixtures("filled")
def test_without_a_scope_there_are_no_rows():
    with behind_the_wall(), wall.behind():
        assert rows() == empty()


@pytest.mark.django_db
def test_with_the_wall_down_the_rows_would_be_seen(filled):
    """The control: the same question without the policies."""
    kazan, _samara, found = filled
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in walled():
            cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    with behind_the_wall(kazan):
        seen = rows()
    assert {table for table in walled() if not seen[table] >= found["samara"][table]} == set()
    assert {table for table in walled() if not found["samara"][table]} == set()


@pytest.mark.django_db
def test_rows_of_another_branch_are_neither_written_nor_moved(filled):
    kazan, samara, _found = filled
    own, other = RepairOrder.objects.get(branch=kazan), RepairOrder.objects.get(branch=samara)
    with behind_the_wall(kazan):
        assert RepairOrder.objects.filter(pk=other.pk).update(mileage_km=1) == 0
        assert RepairOrder.objects.filter(pk__in=[own.pk, other.pk]).update(mileage_km=2) == 1
        for write in (
            lambda: RepairOrder.objects.filter(pk=own.pk).update(branch=samara),
            lambda: RepairOrder.objects.create(branch=samara, opened_on=TODAY, status="open"),
            lambda: RepairOrder.objects.create(opened_on=TODAY, status="open"),
        ):
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                write()
    other.refresh_from_db()
    assert (other.mileage_km, other.branch_id) == (None, samara.pk)


def orders():
    with connection.cursor() as cursor:
        cursor.execute("SELECT branch_id FROM workshop_repairorder ORDER BY 1")
        return [branch_id for (branch_id,) in cursor.fetchall()]


@pytest.mark.django_db
def test_a_request_sees_its_own_and_leaves_nothing_to_the_next_one(filled):
    """Requests one after the other on one connection: of a branch, of nobody, of the other branch, of the group."""
    kazan, samara, _found = filled
    whose = [people.user(Role.MANAGER, kazan), None, people.user(Role.MANAGER, samara), people.user(Role.MANAGER)]
    seen = []

    def page(_request):
        seen.append(orders())
        return HttpResponse()

    with behind_the_wall():
        for user in whose:
            request = RequestFactory().get("/")
            request.user, request.session = user, SessionStore()
            ActorMiddleware(page)(request)
    assert seen == [[kazan.pk], [], [samara.pk], [kazan.pk, samara.pk, None]]


@pytest.mark.django_db
def test_the_database_is_told_only_what_is_new(filled, monkeypatch):
    """However many statements a request has, it costs one more; a rule over all branches, two."""
    kazan, _samara, _found = filled
    session, told = connection.connection, []

    def noted(statement, values=None):
        if values and values[0] == wall.SETTING:
            told.append(values[1])
        return type(session).execute(session, statement, values)

    monkeypatch.setattr(session, "execute", noted)
    with behind_the_wall(kazan):
        for _statement in range(3):
            orders()
        with wall.whole_group_rows():
            pass
        with wall.whole_group_rows():
            orders()
        orders()
    assert told == [str(kazan.pk), "group", str(kazan.pk)]


@pytest.mark.django_db
def test_a_rule_over_all_branches_sees_them_for_its_length(filled):
    kazan, samara, _found = filled
    with behind_the_wall(kazan):
        before = orders()
        with wall.whole_group_rows():
            during = orders()
        assert (before, during, orders()) == ([kazan.pk], [kazan.pk, samara.pk, None], [kazan.pk])


@pytest.mark.django_db
def test_what_a_rollback_takes_back_is_told_again(filled):
    kazan, samara, _found = filled
    with behind_the_wall(kazan):
        assert orders() == [kazan.pk]
        with suppress(ZeroDivisionError), transaction.atomic(), wall.whole_group_rows():
            assert len(orders()) == 3
            wall.see([samara.pk])
            assert orders() == [samara.pk]
            raise ZeroDivisionError
        assert orders() == [kazan.pk]
        with suppress(ZeroDivisionError), transaction.atomic():
            wall.see([samara.pk])
            assert orders() == [samara.pk]
            raise ZeroDivisionError
        assert orders() == [samara.pk], "the server has gone back to Kazan, the request has not"


@pytest.mark.django_db
def test_nobody_sees_anything_before_it_is_said_who_asks():
    with psycopg.connect(**_address(), autocommit=True) as session:
        session.execute(f"SET ROLE {embedded.APP_ROLE}")
        asked = "SELECT vernost_sees_group(), vernost_seen_branches()"
        assert session.execute(asked).fetchone() == (False, None)
        session.execute("SELECT set_config('vernost.branches', '3,5', false)")
        assert session.execute(asked).fetchone() == (False, [3, 5])
        session.execute("SELECT set_config('vernost.branches', '1 OR true', false)")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            session.execute(asked)


def _address():
    settings = connection.settings_dict
    return {"host": settings["HOST"], "user": settings["USER"], "dbname": settings["NAME"]}


def pooled(**options):
    """Return how a web process reaches the database, with one connection in its pool."""
    settings = {**connection.settings_dict, "OPTIONS": {**connection.settings_dict["OPTIONS"]}}
    settings["OPTIONS"]["options"] = f"-c role={embedded.APP_ROLE}"
    settings["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 1, "timeout": 20, **options}
    return settings


def asked(wrapper):
    """Ask on the wrapper's connection; return who answered and whose orders there are."""
    with closing(wrapper), wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [(server,)] = cursor.fetchall()
        cursor.execute("SELECT branch_id FROM workshop_repairorder")
        return server, cursor.fetchall()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("options", "left"), [({"reset": wall.lower}, []), ({}, [1])], ids=["ours", "control"])
def test_a_connection_of_the_pool_forgets_its_request(options, left):
    kazan = make.branch()
    make.order(branch=kazan)
    with ExitStack() as stack:
        wrapper = DatabaseWrapper(pooled(**options), "default")
        stack.callback(wrapper.close_pool)
        with wall.behind() as standing:
            standing.see([kazan.pk])
            first, seen = asked(wrapper)
        second, after = asked(wrapper)
    assert (first == second, seen, after) == (True, [(kazan.pk,)], [(kazan.pk,)] * len(left))
