"""Sources of customers and categories of works: called, added and archived by an administrator."""

import pytest
from django.urls import reverse
from tests import factories, people

from vernost.accounts.models import AuditRecord
from vernost.core.actor import Role
from vernost.customers.models import Customer, ListedWord
from vernost.customers.queries.words import titles_of
from vernost.customers.rules.words import Listed, WordList, listed
from vernost.office.analytics.words import category_title, category_titles
from vernost.segments.queries.choices import _categories

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    return client


def send(client, kind, **said):
    return client.post(reverse("office:words-change", args=[kind]), said)


def shown(client, kind):
    page = client.get(reverse("office:directories"))
    return next(rows for code, _title, _hint, rows in page.context["lists"] if code == kind)


def test_a_source_of_a_file_gets_a_name_and_cards_keep_its_word(admin):
    customer = factories.customer(origin="инет")
    send(admin, "sources", word="инет", title="Интернет")
    send(admin, "sources", add="1", title="Радио")
    send(admin, "sources", add="1", title="интернет")
    assert shown(admin, "sources") == [Listed("инет", "Интернет"), Listed("Радио", "Радио")]
    card = admin.get(reverse("office:customer", args=[customer.pk]))
    assert "<dd>Интернет</dd>" in card.content.decode()
    columns = {"c": ["name", "origin"], "origin": "Интернет"}
    [row] = admin.get(reverse("office:customers"), columns).context["rows"]
    assert [cell.words for cell in row.cells] == [customer.full_name, "Интернет"]
    form = admin.get(reverse("office:customer-edit", args=[customer.pk])).context["form"]
    assert form["origin"].value() == "Интернет"
    assert '<option value="Радио">' in str(form["origin"])
    sent = {bound.name: bound.value() or "" for bound in form if bound.name != "blocked"}
    admin.post(reverse("office:customer-edit", args=[customer.pk]), {**sent, "city": "Казань"})
    assert Customer.objects.values_list("city", "origin").get() == ("Казань", "инет")
    told = AuditRecord.objects.filter(subject="words").order_by("pk").values_list("action", "fields")
    assert list(told) == [("changed", {"value": ["инет", "Интернет"]}), ("added", {"title": [None, "Радио"]})]


def test_an_archived_source_is_not_suggested_and_comes_back(admin):
    customer = factories.customer(origin="Радио")
    send(admin, "sources", word="Радио", archive="1")
    assert shown(admin, "sources") == [Listed("Радио", "Радио", archived=True)]
    form = admin.get(reverse("office:customer-edit", args=[customer.pk])).context["form"]
    assert (form["origin"].value(), "<option" in str(form["origin"])) == ("Радио", False)
    send(admin, "sources", word="Радио", restore="1")
    assert ListedWord.objects.get().archived_at is None


def test_a_category_is_called_otherwise_and_rules_keep_its_word(admin):
    send(admin, "categories", word="tyres", title="Шины и диски")
    send(admin, "categories", add="1", title="Детейлинг")
    send(admin, "categories", word="wash", archive="1")
    assert titles_of(WordList.CATEGORIES) == {"tyres": "Шины и диски", "детейлинг": "Детейлинг"}
    assert category_title("tyres", category_titles()) == "Шины и диски"
    offered = _categories([("tyres", "tyres"), ("wash", "wash"), ("brakes", "brakes")])
    assert [(one.code, one.title, one.marked) for one in offered] == [
        ("tyres", "Шины и диски", False),
        ("brakes", "Brakes", True),
    ]
    assert {"tyres", "brakes", "детейлинг"} <= {one.word for one in shown(admin, "categories")}


def test_what_is_no_list_or_no_word_of_it_is_not_found(admin):
    assert send(admin, "colours", add="1", title="Красный").status_code == 404
    assert send(admin, "sources", word="нет такого", title="Есть").status_code == 404


def test_each_word_is_listed_once():
    stored = [Listed("wash", "", archived=True), Listed("tyres", "Шины"), Listed("new", "Новое")]
    assert listed({"tyres": "Tyres", "wash": "Wash"}, ["tyres", "paint", ""], stored) == [
        Listed("paint", "paint"),
        Listed("new", "Новое"),
        Listed("tyres", "Шины"),
        Listed("wash", "Wash", archived=True),
    ]
