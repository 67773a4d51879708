"""Keys of the API on their page: made, shown once, revoked."""

import pytest
from django.urls import reverse
from tests import api, factories, people

from vernost.accounts.models import ApiToken
from vernost.core.actor import Role

pytestmark = pytest.mark.django_db

LIST, NEW = "office:tokens", "office:token-add"
SAID = {"name": "Сайт", "scopes": ["appointments:write"], "scope": "group", "calls_per_minute": "60"}


def test_a_key_is_made_and_shown_once(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    answer = client.post(reverse(NEW), SAID)
    secret = answer.context["secret"]
    assert (answer.status_code, answer["Cache-Control"], secret in answer.content.decode()) == (200, "no-store", True)
    page = client.get(reverse(LIST)).content.decode()
    assert ("Сайт" in page, secret in page, secret[:10] in page) == (True, False, True)
    assert api.Caller(client, secret).get("/branches").status_code == 403


def test_a_key_of_a_branch_cannot_bring_in_records(client):
    branch = factories.branch(name="Казань")
    people.signed_in(client, Role.ADMINISTRATOR)
    said = {**SAID, "scopes": ["records:write"], "scope": "some", "branches": [str(branch.pk)]}
    assert client.post(reverse(NEW), said).status_code == 422
    assert ApiToken.objects.count() == 0


def test_an_administrator_of_a_branch_gives_no_wider_key(client):
    branch = factories.branch(name="Казань")
    people.signed_in(client, Role.ADMINISTRATOR, branch)
    assert client.post(reverse(NEW), SAID).status_code == 422
    assert client.post(reverse(NEW), {**SAID, "scope": "some", "branches": [str(branch.pk)]}).status_code == 200
    assert list(ApiToken.objects.values_list("all_branches", "branches")) == [(False, branch.pk)]


def test_a_key_is_revoked(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    secret = client.post(reverse(NEW), SAID).context["secret"]
    token = ApiToken.objects.get()
    client.post(reverse("office:token-revoke", args=[token.pk]))
    assert "отозван" in client.get(reverse(LIST)).content.decode()
    assert api.Caller(client, secret).get("/appointments").status_code == 401


def test_keys_of_other_branches_are_not_seen(client):
    kazan, samara = factories.branch(name="Казань"), factories.branch(name="Самара")
    api.key(samara)
    api.key()
    own = api.key(kazan)
    people.signed_in(client, Role.ADMINISTRATOR, kazan)
    page = client.get(reverse(LIST)).content.decode()
    assert (page.count("vnt_"), own[:10] in page) == (1, True)
    foreign = ApiToken.objects.get(branches=samara)
    assert client.post(reverse("office:token-revoke", args=[foreign.pk])).status_code == 404
