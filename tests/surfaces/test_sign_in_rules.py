"""The sign-in: wrong passwords, sessions by the clock, the second step of who takes data out."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests import people

from vernost.accounts import sign_in
from vernost.accounts.models import AuditRecord, Setting, SignInFailure
from vernost.core.actor import Role

pytestmark = pytest.mark.django_db

LOGIN = "/account/login/"


def try_in(client, password, *, login="anna", address="10.0.0.1"):
    return client.post(LOGIN, {"login": login, "password": password}, REMOTE_ADDR=address)


@pytest.fixture
def anna():
    return people.user(Role.OPERATOR, username="anna")


def actions():
    return list(AuditRecord.objects.order_by("pk").values_list("action", "subject_id", "address"))


def test_coming_and_going_are_written_down(client, anna):
    try_in(client, "wrong")
    assert try_in(client, "secret-word").status_code == 302
    client.post("/account/logout/", REMOTE_ADDR="10.0.0.1")
    at = (str(anna.pk), "10.0.0.1")
    assert actions() == [("sign_in_refused", *at), ("signed_in", *at), ("signed_out", *at)]


@pytest.mark.usefixtures("anna")
def test_three_wrong_passwords_close_the_door_for_a_quarter_of_an_hour(client):
    assert [try_in(client, "wrong").status_code for _i in range(4)] == [200, 200, 200, 429]
    answer = try_in(client, "secret-word")
    assert (answer.status_code, 890 <= int(answer.headers["Retry-After"]) <= 900) == (429, True)
    assert "приостановили попытки" in answer.content.decode()
    # Nothing tells a login that exists from one that does not.
    assert [try_in(client, "wrong", login="nobody").status_code for _i in range(4)] == [200, 200, 200, 429]


@pytest.mark.usefixtures("anna")
def test_strangers_cannot_lock_the_owner_out(client):
    assert try_in(client, "secret-word", address="10.0.0.5").status_code == 302
    client.post("/account/logout/")
    for number in range(12):
        now = timezone.now()
        sign_in.note_failure(login="anna", address=f"203.0.113.{number}", now=now)
    assert try_in(client, "secret-word", address="198.51.100.1").status_code == 429
    assert sign_in.wait(login="ANNA ", address="198.51.100.1", now=now) == timedelta(hours=24)
    assert try_in(client, "secret-word", address="10.0.0.5").status_code == 302


@pytest.mark.usefixtures("anna")
def test_the_right_password_makes_the_wrong_ones_forgotten(client):
    for _i in range(2):
        try_in(client, "wrong")
    assert try_in(client, "secret-word").status_code == 302
    client.post("/account/logout/")
    for _i in range(2):
        try_in(client, "wrong")
    assert try_in(client, "secret-word").status_code == 302


def shifted(client, **back):
    """Set the session's clock back."""
    session = client.session
    for name, by in back.items():
        session[name] -= by.total_seconds()
    session.save()


@pytest.mark.parametrize(
    ("back", "alive"),
    [
        ({"seen_at": timedelta(hours=2, minutes=59), "begun_at": timedelta(hours=3)}, True),
        ({"seen_at": timedelta(hours=3, minutes=1), "begun_at": timedelta(hours=4)}, False),
        ({"begun_at": timedelta(hours=11, minutes=59)}, True),
        ({"begun_at": timedelta(hours=12, minutes=1)}, False),
    ],
)
def test_a_session_ends_by_the_clock(client, back, alive):
    people.signed_in(client, Role.OPERATOR)
    shifted(client, **back)
    assert (client.get("/office/profile/").status_code == 200) is alive
    # Once ended it does not come back.
    assert (client.get("/office/profile/").status_code == 200) is alive


def test_using_the_product_puts_the_idle_end_off(client):
    people.signed_in(client, Role.OPERATOR)
    shifted(client, seen_at=timedelta(hours=2), begun_at=timedelta(hours=2))
    client.get("/office/profile/")
    shifted(client, seen_at=timedelta(hours=2), begun_at=timedelta(hours=2))
    assert client.get("/office/profile/").status_code == 200


def test_who_takes_data_out_sets_the_second_step_up_first(client):
    manager = people.signed_in(client, Role.MANAGER, second_step=True)
    enrolment = reverse("mfa_activate_totp")
    for page in ("/office/", "/office/customers/", "/", "/ui/"):
        assert client.get(page).headers["Location"] == enrolment
    assert client.get("/account/password/change/").status_code == 200
    Authenticator.objects.create(user=manager, type=Authenticator.Type.TOTP, data={})
    assert client.get("/office/profile/").status_code == 200
    # Who resets it does not get round it.
    Authenticator.objects.all().delete()
    assert client.get("/office/profile/").headers["Location"] == enrolment


@pytest.mark.parametrize("page", [LOGIN, "/account/2fa/authenticate/"])
def test_who_stands_before_a_code_that_is_reset_signs_in_anew(client, anna, page):
    Authenticator.objects.create(user=anna, type=Authenticator.Type.TOTP, data={})
    assert try_in(client, "secret-word").headers["Location"].startswith("/account/2fa/authenticate/")
    assert client.get("/account/2fa/authenticate/").status_code == 200
    Authenticator.objects.all().delete()
    answers = [client.get(address) for address in (page, LOGIN, LOGIN)]
    assert [answer.headers.get("Location") for answer in answers[:-1]] in ([LOGIN, LOGIN], [LOGIN, None])
    assert 'name="password"' in answers[-1].content.decode()
    assert try_in(client, "secret-word").headers["Location"] == "/"


@pytest.mark.parametrize(("changed", "signed_in"), [(False, True), (True, False)])
def test_a_password_that_is_changed_meanwhile_ends_the_second_step(client, anna, changed, signed_in):
    TOTP.activate(anna, generate_totp_secret())
    codes = RecoveryCodes.activate(anna).get_unused_codes()
    try_in(client, "secret-word")
    if changed:
        anna.set_password("another-word")
        anna.save()
    answer = client.post("/account/2fa/authenticate/", {"code": codes[0]})
    assert answer.headers["Location"] == ("/" if signed_in else LOGIN)
    assert ("_auth_user_id" in client.session) is signed_in


CODE = "/account/2fa/authenticate/"


def from_elsewhere(number, code, *, agent):
    """Sign in with the right password from an address of one's own, and try a code."""
    address = f"203.0.113.{number}"
    answer = try_in(agent, "secret-word", address=address)
    return answer if answer.status_code == 429 else agent.post(CODE, {"code": code}, REMOTE_ADDR=address)


def test_wrong_codes_of_one_person_close_the_door_whatever_address_they_come_from(client, anna):
    TOTP.activate(anna, generate_totp_secret())
    codes = RecoveryCodes.activate(anna).get_unused_codes()
    try_in(client, "secret-word")
    assert client.post(CODE, {"code": codes[0]}, REMOTE_ADDR="10.0.0.1").headers["Location"] == "/"
    client.post("/account/logout/")
    stood = Client()
    assert try_in(stood, "secret-word", address="198.51.100.7").status_code == 302
    answers = [from_elsewhere(number, "000000", agent=Client()) for number in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "приостановили попытки" in answers[-1].content.decode()
    # Who has come as far as the code before tries no more of them either, and not the right one.
    answer = stood.post(CODE, {"code": codes[1]}, REMOTE_ADDR="198.51.100.7")
    assert (answer.status_code, 890 <= int(answer.headers["Retry-After"]) <= 900) == (429, True)
    refused = AuditRecord.objects.filter(action="code_refused").order_by("pk").values_list("subject_id", "address")
    assert list(refused) == [(str(anna.pk), f"203.0.113.{number}") for number in range(3)]
    # The owner comes in where he always does, and from anywhere when the time is over.
    assert try_in(client, "secret-word").status_code == 302
    assert client.post(CODE, {"code": codes[1]}, REMOTE_ADDR="10.0.0.1").headers["Location"] == "/"
    SignInFailure.objects.update(failed_at=timezone.now() - timedelta(minutes=16))
    assert from_elsewhere(9, codes[2], agent=Client()).headers["Location"] == "/"


def test_who_takes_nothing_out_needs_no_second_step(client):
    people.signed_in(client, Role.OPERATOR, second_step=True)
    assert client.get("/office/profile/").status_code == 200


def test_an_administrator_says_whether_the_second_step_is_required(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    page = client.get(reverse("office:roles")).content.decode()
    assert "тот, кто знает один только пароль" in page
    client.post(reverse("office:second-step"), {"required": "on"})
    assert not Setting.objects.exists()
    assert client.get(reverse("office:roles")).headers["Location"] == reverse("mfa_activate_totp")
    line = AuditRecord.objects.latest("pk")
    assert (line.subject, line.fields) == ("second_step", {"required": [False, True]})


def test_a_manager_says_nothing_of_the_second_step(client):
    people.signed_in(client, Role.MANAGER)
    assert client.post(reverse("office:second-step"), {"required": "on"}).status_code == 403
