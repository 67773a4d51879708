"""Who may open the office, whatever the page."""

from datetime import date

import pytest
from django.urls import get_resolver, reverse
from tests import people

from vernost.core.actor import Role
from vernost.office import urls

pytestmark = pytest.mark.django_db

ARGUMENTS = {
    "on": date(2026, 12, 31),
    "year": 2026,
    "name": "lease_minutes",
    "code": "next_service",
    "kind": "orders",
    "source": "default",
    "as_of": date(2026, 11, 20),
    "target": "customer",
    "role": "manager",
    "list_code": "customers",
}
EVERYBODY = {"profile", "my-statement", "about"}
ADMINISTRATORS = {
    "users",
    "user-add",
    "user-edit",
    "user-deactivate",
    "user-activate",
    "user-reset-password",
    "user-reset-totp",
    "tokens",
    "token-add",
    "token-revoke",
    "webhooks",
    "webhook-add",
    "webhook",
    "webhook-edit",
    "webhook-test",
    "webhook-secret",
    "webhook-switch",
    "webhook-remove",
    "webhook-replay",
    "webhook-send-again",
    "fields",
    "field",
    "field-type",
    "field-archive",
    "field-add",
    "field-order",
    "directories",
    "directory-add",
    "reasons-change",
    "directory",
    "directory-change",
    "directory-order",
    "directory-value",
    "card-layouts",
    "card-layout",
}


def addresses(*, without=frozenset()):
    for pattern in urls.urlpatterns:
        if pattern.name not in without and pattern.name not in EVERYBODY:
            names = pattern.pattern.converters
            yield reverse(f"office:{pattern.name}", kwargs={name: ARGUMENTS.get(name, 1) for name in names})


def test_every_address_is_reachable():
    assert get_resolver().namespace_dict["office"]
    assert len(set(addresses())) > 10


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADVISOR])
def test_operators_and_advisors_do_not_enter(client, role):
    people.signed_in(client, role)
    assert {url: client.get(url).status_code for url in addresses()} == dict.fromkeys(addresses(), 403)


def test_users_are_for_administrators(client):
    people.signed_in(client, Role.MANAGER)
    closed = [
        reverse(f"office:{p.name}", kwargs=dict.fromkeys(p.pattern.converters, 1))
        for p in urls.urlpatterns
        if p.name in ADMINISTRATORS
    ]
    assert {url: client.get(url).status_code for url in closed} == dict.fromkeys(closed, 403)


def test_a_stranger_is_sent_to_the_sign_in(client):
    for url in addresses():
        assert client.get(url).headers["Location"].startswith("/account/login/")


def test_profile_is_for_everybody(client):
    people.signed_in(client, Role.OPERATOR)
    assert client.get(reverse("office:profile")).status_code == 200
