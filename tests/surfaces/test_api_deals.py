"""Deals read by another system: whole, by filters, of the key's branches; what they cost, by the key's right."""

from dataclasses import replace
from datetime import date

import pytest
from tests import api, factories, own_fields

from vernost.accounts.models import AuditRecord
from vernost.core.actor import system
from vernost.core.rights import Sensitive
from vernost.sales.models import Deal
from vernost.sales.queries import visible_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def base():
    """Three deals of two customers in two branches: D-1 won, D-2 open, D-3 a car taken in trade."""
    own_fields.made("Подарок", "text", target="deal")
    kazan = api.named(factories.branch(name="Казань"), "B-1")
    samara = api.named(factories.branch(name="Самара"), "B-2")
    seller = api.named(factories.advisor(branch=kazan), "M-1")
    first = api.named(factories.customer(name="Первый"), "C-1")
    second = api.named(factories.customer(name="Второй"), "C-2")
    car, other = (api.named(factories.vehicle(owner=first), f"V-{number}") for number in (1, 2))
    won = factories.deal(
        branch=kazan,
        customer=first,
        vehicle=car,
        manager=seller,
        opened_on=date(2026, 2, 1),
        closed_on=date(2026, 3, 1),
    )
    still = factories.deal(
        branch=samara,
        customer=second,
        opened_on=date(2026, 4, 1),
        status="open",
        closed_on=None,
        amount=None,
        cost=None,
        kind="used",
    )
    taken = factories.deal(
        branch=kazan, customer=first, vehicle=other, opened_on=None, closed_on=date(2026, 3, 2), kind="trade_in"
    )
    for number, deal in enumerate((won, still, taken), 1):
        api.named(deal, f"D-{number}")
    own_fields.put(won, target="deal", x_podarok="зимние шины")
    return {"kazan": kazan, "samara": samara, "seller": seller, "won": won}


@pytest.fixture
def caller(client, base):  # noqa: ARG001 - the deals are there
    return api.Caller(client, api.key())


WHOLE = {
    "id": "D-1",
    "branch_id": "B-1",
    "customer_id": "C-1",
    "vehicle_id": "V-1",
    "manager_id": "M-1",
    "opened_on": "2026-02-01",
    "closed_on": "2026-03-01",
    "kind": "new",
    "status": "won",
    "amount": "2500000.00",
    "cost": "1900000.00",
    "fields": {"x_podarok": "зимние шины"},
}


def ids(answer):
    return [row["id"] for row in answer.json()["items"]]


def test_a_deal_is_told_whole(caller):
    answer = caller.get("/deals/D-1")
    assert answer.json() == WHOLE
    assert caller.get("/deals").json()["items"][0] == WHOLE
    assert caller.get("/deals/D-1", if_none_match=answer["ETag"]).status_code == 304


def test_what_a_deal_does_not_say_is_null(caller):
    told = caller.get("/deals/D-2").json()
    assert told == {
        **WHOLE,
        "id": "D-2",
        "branch_id": "B-2",
        "customer_id": "C-2",
        "vehicle_id": None,
        "manager_id": None,
        "opened_on": "2026-04-01",
        "closed_on": None,
        "kind": "used",
        "status": "open",
        "amount": None,
        "cost": None,
        "fields": {},
    }


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"customer_id": "C-1"}, ["D-1", "D-3"]),
        ({"vehicle_id": "V-2"}, ["D-3"]),
        ({"status": "open"}, ["D-2"]),
        ({"opened_from": "2026-02-01", "opened_to": "2026-03-31"}, ["D-1"]),
        ({"closed_from": "2026-03-02"}, ["D-3"]),
        ({"closed_to": "2026-03-01", "status": "won"}, ["D-1"]),
        ({"customer_id": "C-2", "status": "won"}, []),
    ],
)
def test_filters_choose_deals(caller, asked, found):
    assert ids(caller.get("/deals", asked)) == found


def test_a_status_that_is_none_and_a_customer_who_is_none_are_refused(caller):
    wrong = caller.get("/deals", {"status": "sold"})
    assert (wrong.status_code, [one["field"] for one in wrong.json()["errors"]]) == (422, ["query.status"])
    assert caller.get("/deals", {"customer_id": "C-9"}).status_code == 404


def test_pages_follow_each_other(caller):
    first = caller.get("/deals", {"limit": "2"}).json()
    rest = caller.get("/deals", {"limit": "2", "cursor": first["next"]}).json()
    assert ([row["id"] for row in first["items"]], [row["id"] for row in rest["items"]]) == (["D-1", "D-2"], ["D-3"])
    assert rest["next"] is None


def test_a_key_sees_the_deals_of_its_branches(client, base):
    samara = api.Caller(client, api.key(base["samara"]))
    assert ids(samara.get("/deals")) == ["D-2"]
    assert samara.get("/deals/D-1").content == samara.get("/deals/absent").content
    # Nor is it told by a filter that there is such a customer.
    assert samara.get("/deals", {"customer_id": "C-1"}).status_code == 404


def test_who_is_not_told_the_margin_is_not_told_the_cost(client, base):  # noqa: ARG001 - the deals are there
    blind = api.Caller(client, api.key(hidden_fields=frozenset({Sensitive.MARGIN})))
    hidden = {**WHOLE, "cost": None}
    assert (blind.get("/deals/D-1").json(), blind.get("/deals").json()["items"][0]) == (hidden, hidden)


def test_a_deal_that_is_opened_stands_in_the_journal(caller, base):
    caller.get("/deals/D-1")
    line = AuditRecord.objects.latest("pk")
    assert (line.action, line.subject, line.subject_id) == ("viewed", "deal", str(base["won"].pk))


def test_fields_are_not_written_over_a_change(caller, base):
    tag = caller.get("/deals/D-1")["ETag"]
    own_fields.put(base["won"], target="deal", x_podarok="коврики")
    answer = caller.post("/deals/D-1/fields", {"fields": {"x_podarok": "ничего"}}, if_match=tag)
    assert (answer.status_code, answer.json()["code"]) == (412, "changed_meanwhile")
    assert caller.get("/deals/D-1").json()["fields"] == {"x_podarok": "коврики"}


def test_what_a_record_brings_is_read_again(caller):
    deal = {"id": "D-1", "amount": 2_600_000, "fields": {"x_podarok": "страховка"}}
    assert caller.post("/records", {"deals": [deal]}).json()["counts"]["deals"]["changed"] == 1
    assert caller.get("/deals/D-1").json() == {**WHOLE, "amount": "2600000.00", "fields": {"x_podarok": "страховка"}}


def test_who_sees_his_own_alone_sees_the_deals_that_he_made(base):
    own = replace(system("tests"), branch_ids=frozenset({base["kazan"].pk}), own_only=True)
    assert list(visible_to(replace(own, employee_id=base["seller"].pk))) == [base["won"]]
    assert list(visible_to(own)) == []
    assert Deal.objects.count() == 3
