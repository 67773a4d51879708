"""Who may open which page of the workplace, and what a foreign id answers."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from tests import factories as make
from tests import people

from vernost.core.actor import Role

pytestmark = pytest.mark.django_db

KEY = "6f0f5f0c-5d6e-4d0e-9a52-7a8f5b1c3d10"
OPERATOR, ADVISOR, MANAGER, ADMINISTRATOR = Role.OPERATOR, Role.ADVISOR, Role.MANAGER, Role.ADMINISTRATOR
CALLERS = {OPERATOR, MANAGER, ADMINISTRATOR}
EVERYBODY = set(Role)

# Address, arguments, method, who may.
PAGES: list[tuple[str, list[object], str, set[Role]]] = [
    ("home", [], "get", CALLERS),
    ("desk", [], "get", CALLERS),
    ("desk-queue", [], "get", CALLERS),
    ("desk-next", [], "post", CALLERS),
    ("desk-alive", [], "post", CALLERS),
    ("presence", [], "post", CALLERS),
    ("reception", [], "get", EVERYBODY),
    ("find", [], "get", EVERYBODY),
    ("customer-search", [], "get", EVERYBODY),
    ("walk-in", [], "get", EVERYBODY),
    ("slots", [], "get", EVERYBODY),
    ("live", [], "get", EVERYBODY),
]
# The same with the id of something; who may not get in by role, and 404 to who may but is of another branch.
OF_AN_INVITATION = [
    ("desk-take", "post", {}),
    ("desk-save", "post", {"key": KEY, "outcome": "no_answer"}),
    ("desk-put-back", "post", {}),
    ("desk-draft", "post", {"note": "x"}),
    ("unbook", "post", {}),
]


@pytest.fixture
def kazan():
    return make.branch(bays=2)


@pytest.mark.parametrize("role", Role)
def test_pages_by_role(client, kazan, role):
    people.signed_in(client, role, kazan)
    answers = {}
    for name, arguments, method, _allowed in PAGES:
        answers[name] = getattr(client, method)(reverse(f"workplace:{name}", args=arguments)).status_code
    allowed = {name for name, _arguments, _method, roles in PAGES if role in roles}
    assert {name for name, status in answers.items() if status < 400} == allowed
    assert {answers[name] for name in answers if name not in allowed} <= {403}


def test_a_stranger_is_sent_to_the_sign_in(client):
    for name, arguments, method, _allowed in PAGES:
        answer = getattr(client, method)(reverse(f"workplace:{name}", args=arguments))
        assert answer.headers["Location"].startswith("/account/login/")


def test_advisors_do_not_call(client, kazan):
    people.signed_in(client, ADVISOR, kazan)
    invitation = make.invitation(programme=make.programme(), branch=kazan)
    for name, method, data in OF_AN_INVITATION:
        assert getattr(client, method)(reverse(f"workplace:{name}", args=[invitation.pk]), data).status_code == 403


@pytest.mark.parametrize("role", sorted(CALLERS))
def test_a_foreign_invitation_answers_like_an_absent_one(client, kazan, role):
    people.signed_in(client, role, kazan)
    foreign = make.invitation(programme=make.programme(), branch=make.branch(name="Ufa"))
    for name, method, data in OF_AN_INVITATION:
        for pk in (foreign.pk, 10**9):
            assert getattr(client, method)(reverse(f"workplace:{name}", args=[pk]), data).status_code == 404
    foreign.refresh_from_db()
    assert (foreign.state, foreign.attempts) == ("queued", 0)


@pytest.mark.parametrize("role", Role)
def test_a_foreign_appointment_answers_like_an_absent_one(client, kazan, role):
    people.signed_in(client, role, kazan)
    ufa = make.branch(name="Ufa", bays=1)
    foreign = make.appointment(branch=ufa, starts_at=timezone.now() + timedelta(days=1))
    for pk in (foreign.pk, 10**9):
        assert client.get(reverse("workplace:appointment-move", args=[pk])).status_code == 404
        assert client.post(reverse("workplace:appointment-change", args=[pk, "cancel"])).status_code == 404
        assert client.get(reverse("workplace:slots"), {"appointment": pk}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.status == "booked"


def test_foreign_branches_customers_and_days_are_not_found(client, kazan):
    people.signed_in(client, ADVISOR, kazan)
    ufa = make.branch(name="Ufa", bays=1)
    stranger = make.customer(name="Foreign Customer")
    make.order(branch=ufa, customer=stranger)
    assert client.get(reverse("workplace:reception"), {"branch": ufa.pk}).status_code == 404
    assert client.get(reverse("workplace:slots"), {"branch": ufa.pk}).status_code == 404
    for pk in (stranger.pk, 10**9):
        assert client.get(reverse("workplace:customer", args=[pk])).status_code == 404
        assert client.get(reverse("workplace:slots"), {"customer": pk}).status_code == 404


def test_arrivals_are_for_those_who_receive(client, kazan):
    people.signed_in(client, OPERATOR, kazan)
    appointment = make.appointment(branch=kazan, starts_at=timezone.now() - timedelta(hours=1))
    for what in ("arrive", "miss"):
        url = reverse("workplace:appointment-change", args=[appointment.pk, what])
        assert client.post(url).status_code == 403
    assert client.post(reverse("workplace:appointment-change", args=[appointment.pk, "confirm"])).status_code == 302
    assert client.post(reverse("workplace:appointment-change", args=[appointment.pk, "explode"])).status_code == 404


def test_nothing_changes_by_a_get(client, kazan):
    people.signed_in(client, MANAGER, kazan)
    appointment = make.appointment(branch=kazan, starts_at=timezone.now())
    for url in (
        reverse("workplace:desk-next"),
        reverse("workplace:hold"),
        reverse("workplace:book"),
        reverse("workplace:appointment-change", args=[appointment.pk, "cancel"]),
    ):
        assert client.get(url).status_code == 405
