"""What holds for every call of the API: keys, scopes, limits, ETags, pages, errors."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests import api, factories, people

from vernost.accounts import tokens
from vernost.accounts.models import ApiToken, AuditRecord
from vernost.accounts.tokens import RecordsNeedTheGroup, Scope, TokenEntry
from vernost.core.actor import system

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller(client):
    return api.Caller(client, api.key())


def code_of(response):
    return response.status_code, response.json()["code"]


def test_a_call_without_a_key_or_with_a_wrong_one_is_refused(client):
    answer = api.Caller(client, "").get("/branches")
    assert code_of(answer) == (401, "no_key")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert code_of(api.Caller(client, "vnt_nobody").get("/branches")) == (401, "unknown_key")


def test_a_revoked_key_ends_at_once(client):
    secret = api.key()
    caller = api.Caller(client, secret)
    assert caller.get("/branches").status_code == 200
    token = ApiToken.objects.get()
    tokens.revoke_token(token_id=token.pk, actor=system("tests"), now=timezone.now())
    assert code_of(caller.get("/branches")) == (401, "unknown_key")
    assert [(row.action, row.subject) for row in AuditRecord.objects.order_by("pk")] == [
        ("added", "token"),
        ("revoked", "token"),
    ]


def test_the_secret_is_stored_nowhere(caller):
    token = ApiToken.objects.get()
    assert caller.secret not in str(vars(token))
    assert token.hint == caller.secret[:10]
    assert caller.secret not in str(list(AuditRecord.objects.values()))


def test_a_use_is_noted(caller):
    before = timezone.now()
    assert ApiToken.objects.get().last_used_at is None
    caller.get("/branches")
    assert ApiToken.objects.get().last_used_at >= before


def test_a_key_without_the_scope_is_refused(client):
    caller = api.Caller(client, api.key(scopes=[Scope.BRANCHES]))
    assert caller.get("/branches").status_code == 200
    assert code_of(caller.get("/customers")) == (403, "missing_scope")


def test_records_are_brought_in_by_a_key_of_the_whole_group_only():
    entry = TokenEntry("Feed", frozenset({Scope.RECORDS}), all_branches=False, branch_ids=frozenset())
    with pytest.raises(RecordsNeedTheGroup):
        tokens.make_token(entry=entry, actor=system("tests"), now=timezone.now())


def test_a_key_has_so_many_calls_a_minute(client):
    caller = api.Caller(client, api.key(calls_per_minute=3))
    assert [caller.get("/branches").status_code for _call in range(4)] == [200, 200, 200, 429]
    refused = caller.get("/branches")
    assert code_of(refused) == (429, "too_many_calls")
    assert 1 <= int(refused["Retry-After"]) <= 20


def test_the_allowance_grows_with_time():
    secret = api.key(calls_per_minute=60)
    now = timezone.now()
    waits = [tokens.recognise(secret=secret, now=now).wait for _call in range(61)]
    assert waits == [None] * 60 + [1]
    assert tokens.recognise(secret=secret, now=now + timedelta(seconds=1)).wait is None
    assert tokens.recognise(secret=secret, now=now - timedelta(days=1)).wait == 1


def test_an_answer_that_is_known_is_not_sent_again(caller):
    factories.branch(name="Казань")
    first = caller.get("/branches")
    again = caller.get("/branches", if_none_match=first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    factories.branch(name="Самара")
    assert caller.get("/branches", if_none_match=first["ETag"]).status_code == 200


def test_pages_hold_every_row_once(caller):
    for number in range(5):
        api.named(factories.customer(name=f"Клиент {number}"), f"C-{number}")
    shown, cursor = [], None
    for _page in range(3):
        page = caller.get("/customers", {"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        shown += [row["id"] for row in page["items"]]
        cursor = page["next"]
    assert (shown, cursor) == ([f"C-{number}" for number in range(5)], None)


def test_a_wrong_parameter_is_named(caller):
    answer = caller.get("/customers", {"limit": "many"})
    assert code_of(answer) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == ["query.limit"]


def test_a_wrong_address_and_a_missing_record_are_problems_too(client, caller):
    assert code_of(caller.get("/nothing/here")) == (404, "no_such_address")
    assert code_of(caller.get("/customers/nobody")) == (404, "not_found")
    assert code_of(client.get("/api/v7/customers")) == (404, "no_such_address")


def test_a_body_that_is_no_json_is_a_problem(client, caller):
    answer = client.post(
        "/api/v1/contacts",
        "{",
        content_type="application/json",
        headers={"authorization": f"Bearer {caller.secret}", "idempotency-key": "1"},
    )
    assert code_of(answer) == (400, "unreadable")


def test_ids_name_their_source_where_several_are_known(caller):
    api.named(factories.customer(name="Первый"), "C-1")
    assert [row["id"] for row in caller.get("/customers").json()["items"]] == ["C-1"]
    api.named(factories.customer(name="Второй"), "C-1", code="crm")
    made_here = factories.customer(name="Третий")
    own = f"vernost:{made_here.pk}"
    assert [row["id"] for row in caller.get("/customers").json()["items"]] == ["dms:C-1", "crm:C-1", own]
    assert caller.get("/customers/crm:C-1").json()["full_name"] == "Второй"
    assert caller.get(f"/customers/{own}").json()["full_name"] == "Третий"
    assert code_of(caller.get("/customers/C-1")) == (404, "not_found")


def test_an_id_may_have_slashes_and_colons(caller):
    api.named(factories.customer(name="Дробный"), "ЗН/00:12 №7")
    assert caller.get("/customers/ЗН/00:12 №7").json()["id"] == "ЗН/00:12 №7"


@pytest.mark.parametrize(
    "path",
    [
        "/customers",
        "/vehicles",
        "/orders",
        "/deals",
        "/appointments",
        "/invitations",
        "/contacts",
        "/branches",
        "/segments",
    ],
)
def test_a_list_costs_the_same_for_one_row_and_for_many(caller, path):
    branch = factories.branch(name="Казань")
    programme = factories.programme()

    def grow():
        owner = api.named(factories.customer(name="Владелец"), f"C-{people.User.objects.count()}-{grow.count}")
        car = factories.vehicle(owner=owner)
        factories.order(branch=branch, customer=owner, vehicle=car, lines=[("Масло", 100)])
        factories.deal(branch=branch, customer=owner, vehicle=car)
        at = factories.at(10)
        factories.appointment(branch=branch, starts_at=at, customer=owner, vehicle=car)
        factories.invitation(programme=programme, branch=branch, customer=owner, vehicle=car)
        grow.count += 1

    grow.count = 0
    counts = []
    for _size in range(2):
        for _row in range(3):
            grow()
        with CaptureQueriesContext(connection) as asked:
            assert caller.get(path).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 20
