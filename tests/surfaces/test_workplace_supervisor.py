"""The supervisor's board: who does what, what is late, work handed over."""

from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests import factories as make
from tests import people

from vernost.accounts.models import CalendarDay, User
from vernost.calls import operations
from vernost.core.actor import Role
from vernost.invitations.models import Invitation
from vernost.reports.models import Plan

pytestmark = pytest.mark.django_db

BOARD = "/office/supervisor/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def kazan():
    return make.branch()


@pytest.fixture
def service():
    CalendarDay.objects.all().delete()
    day = {"hours_from": time(0), "hours_to": time(23, 59, 59), "weekend_from": time(0), "weekend_to": time(23, 59, 59)}
    return make.programme(title="Next maintenance", **day)


@pytest.fixture
def supervisor(client, kazan):
    return people.signed_in(client, Role.MANAGER, kazan)


@pytest.fixture
def anna(kazan):
    return people.user(Role.OPERATOR, kazan, username="anna", first_name="Anna", last_name="Orlova")


def page(client, **headers):
    return client.get(BOARD, headers=headers).content.decode()


@pytest.mark.usefixtures("supervisor")
def test_board_shows_operators_at_work(client, kazan, service, anna):
    taken = make.invitation(programme=service, branch=kazan)
    operations.next_customer(actor=anna.as_actor(), now=timezone.now())
    foreign = people.user(Role.OPERATOR, make.branch(name="Ufa"), username="foreign")
    text = page(client)
    assert taken.customer.full_name in text
    assert "С клиентом" in text
    assert "Anna Orlova" in text
    assert foreign.username not in text


@pytest.mark.usefixtures("supervisor", "anna")
def test_fragment_for_the_live_page(client):
    text = page(client, **HTMX)
    assert 'id="board"' in text
    assert "<html" not in text


@pytest.mark.usefixtures("supervisor")
def test_overdue_call_backs_are_assigned_by_ticks(client, kazan, service, anna):
    late = make.invitation(
        programme=service, branch=kazan, is_callback=True, next_try_at=timezone.now() - timedelta(minutes=30)
    )
    foreign = make.invitation(programme=service, branch=make.branch(name="Ufa"), is_callback=True)
    assert late.customer.full_name in page(client)
    client.post(f"{BOARD}assign/", {"id": [late.pk, foreign.pk, "x"], "target": anna.pk})
    assert dict(Invitation.objects.values_list("pk", "assigned_to")) == {late.pk: anna.pk, foreign.pk: None}
    client.post(f"{BOARD}assign/", {"id": [late.pk], "target": "all"})
    assert Invitation.objects.get(pk=late.pk).assigned_to is None


@pytest.mark.usefixtures("supervisor")
def test_work_is_shared_by_count_from_the_top_and_taken_back(client, kazan, service, anna):
    rows = [make.invitation(programme=service, branch=kazan, value=value) for value in (10, 30, 20)]
    call_back = make.invitation(
        programme=service, branch=kazan, value=1, is_callback=True, next_try_at=timezone.now() - timedelta(minutes=1)
    )

    def of_anna():
        return set(Invitation.objects.filter(assigned_to=anna).values_list("pk", flat=True))

    client.post(f"{BOARD}share/", {"source": "all", "target": anna.pk, "count": 2, "programme": ""})
    assert of_anna() == {call_back.pk, rows[1].pk}
    client.post(f"{BOARD}share/", {"source": anna.pk, "target": "all", "count": 500})
    assert of_anna() == set()


@pytest.mark.usefixtures("supervisor")
def test_whose_time_has_not_come_is_handed_out_last(client, kazan, service, anna):
    tomorrow, today = timezone.now() + timedelta(days=1), timezone.localdate()
    promised = make.invitation(programme=service, branch=kazan, value=99, is_callback=True, next_try_at=tomorrow)
    far = make.invitation(programme=service, branch=kazan, value=30, due_on=today + timedelta(days=8))
    near = make.invitation(programme=service, branch=kazan, value=20, due_on=today + timedelta(days=7))
    for place, chosen in enumerate((near, far, promised), 1):
        client.post(f"{BOARD}share/", {"source": "all", "target": anna.pk, "count": 1})
        assert Invitation.objects.filter(assigned_to=anna).count() == place
        assert Invitation.objects.get(pk=chosen.pk).assigned_to == anna


@pytest.mark.usefixtures("supervisor", "anna")
@pytest.mark.parametrize("count", ["0", "-1", "501", "many", ""])
def test_a_wrong_count_moves_nothing(client, kazan, service, count):
    make.invitation(programme=service, branch=kazan)
    assert client.post(f"{BOARD}share/", {"source": "all", "target": "all", "count": count}).status_code == 302
    assert not Invitation.objects.filter(assigned_to__isnull=False).exists()


@pytest.mark.usefixtures("supervisor")
def test_nobody_hands_work_to_a_stranger(client, kazan, service):
    make.invitation(programme=service, branch=kazan)
    stranger = people.user(Role.OPERATOR, make.branch(name="Ufa"))
    advisor = people.user(Role.ADVISOR, kazan)
    for target in (stranger.pk, advisor.pk, 10**9):
        answer = client.post(f"{BOARD}share/", {"source": "all", "target": target, "count": 1})
        assert answer.status_code == 404
    assert not Invitation.objects.filter(assigned_to__isnull=False).exists()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADVISOR])
def test_operators_and_advisors_do_not_supervise(client, kazan, role):
    people.signed_in(client, role, kazan)
    for url in (BOARD, f"{BOARD}assign/", f"{BOARD}share/"):
        assert client.post(url).status_code == 403


@pytest.mark.usefixtures("supervisor")
def test_statements_do_not_grow_with_operators_and_work(client, kazan, service):
    def more(number):
        who = people.user(Role.OPERATOR, kazan, username=f"operator-{number}")
        make.invitation(programme=service, branch=kazan)
        operations.next_customer(actor=who.as_actor(), now=timezone.now())
        make.invitation(programme=service, branch=kazan, is_callback=True, next_try_at=timezone.now(), assigned_to=who)

    def statements():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(BOARD).status_code == 200
        return len(captured)

    more(1)
    page(client)
    one = statements()
    more(2)
    more(3)
    assert statements() == one
    assert one <= 20


@pytest.mark.usefixtures("supervisor")
def test_each_operators_share_of_the_plan_stands_beside_his_bookings(client, kazan, anna):
    month = timezone.localdate().replace(day=1)
    Plan.objects.create(month=month, branch=kazan, metric="booked", value=1)
    people.user(Role.OPERATOR, kazan, username="boris")
    answer = client.get(BOARD)
    shares = answer.context["plans"]
    assert shares[anna.pk] == 1
    assert set(shares) == {anna.pk, User.objects.get(username="boris").pk}
    assert '<small class="muted">из 1</small>' in answer.content.decode()
