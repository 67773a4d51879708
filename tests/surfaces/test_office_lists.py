"""Lists of customers, cars and orders: sorted, filtered, by pages, as each person likes them."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests import factories, intake, people
from tests.own_fields import ADMIN, NOW, held, listed, made, put

from vernost.accounts.models import AuditRecord, ListView
from vernost.core.actor import Role
from vernost.customers.models import Customer
from vernost.customers.operations.directories import order_values
from vernost.customers.operations.fields import archive_field
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    people.signed_in(client, Role.MANAGER)
    return client


def names(client, url="office:customers", **query):
    rows = client.get(reverse(url), query).context["rows"]
    return [row.cells[0].words for row in rows]


def walked(client, url="office:customers", **query):
    """Return the rows of all pages, one after the other."""
    found, after = [], ""
    while True:
        page = client.get(reverse(url), {**query, "after": after})
        found += [row.id for row in page.context["rows"]]
        after = page.context["cursor"]
        if not after:
            return found


def test_customers_go_by_name_and_by_pages(manager, django_assert_max_num_queries):
    made_ones = [factories.customer(name=f"Клиент {number:03}", phones=()) for number in range(120)]
    with django_assert_max_num_queries(20):
        page = manager.get(reverse("office:customers"))
    assert len(page.context["rows"]) == 50
    assert walked(manager) == [one.pk for one in made_ones]
    assert walked(manager, sort="-name") == [one.pk for one in reversed(made_ones)]
    assert walked(manager, sort="-ref") == [one.pk for one in reversed(made_ones)]


def test_a_field_is_a_column_a_filter_and_an_order(manager):
    colours = listed("Красный", "Синий")
    made("Размер", "whole"), made("Цвет", "choice", directory_id=colours.pk), made("Клуб", "text")
    made("День", "day"), made("Кофе", "flag"), made("Любит", "choices", directory_id=colours.pk)
    people_made = [factories.customer(name=f"Клиент {number:03}", phones=()) for number in range(60)]
    for number, one in enumerate(people_made[:55]):
        put(one, x_razmer=str((number * 7) % 55 - 20))
    put(people_made[3], x_tsvet="siniy", x_klub="Ёлка", x_den="2026-01-05", x_kofe="1", x_lyubit="siniy; krasnyy")
    by_size = sorted(people_made[:55], key=lambda one: (people_made.index(one) * 7) % 55 - 20)
    assert walked(manager, sort="x_razmer") == [one.pk for one in (*by_size, *people_made[55:])]
    assert walked(manager, sort="-x_razmer") == [one.pk for one in (*reversed(by_size), *people_made[55:])]
    only = ["Клиент 003"]
    for asked in (
        {"x_tsvet": "siniy"},
        {"x_klub": "елк"},
        {"x_den.from": "2026-01-01", "x_den.to": "2026-01-31"},
        {"x_kofe": "1"},
        {"x_lyubit": "krasnyy"},
        {"x_razmer.from": "1", "x_razmer.to": "1"},
    ):
        assert names(manager, **asked) == only, asked
    assert names(manager, x_kofe="0") == []
    page = manager.get(reverse("office:customers"), {"c": ["name", "x_klub", "x_lyubit"], "x_tsvet": "siniy"})
    assert [cell.words for cell in page.context["rows"][0].cells] == ["Клиент 003", "Ёлка", "Красный, Синий"]


def test_a_field_of_a_directory_goes_in_the_order_of_the_directory(manager, django_assert_max_num_queries):
    """And not by the codes: `kholodno` stands before `teplo` before `zharko`."""
    warmth = listed("Жарко", "Тепло", "Холодно", "Никак")
    made("Погода", "choice", directory_id=warmth.pk), made("Любит", "choices", directory_id=warmth.pk)
    people_made = [factories.customer(name=f"Клиент {number:03}", phones=()) for number in range(130)]
    codes = ["teplo", "zharko", "kholodno"]
    for number, one in enumerate(people_made[:120]):
        put(one, x_pogoda=codes[number % 3], x_lyubit=codes[number % 2])
    by = {code: [one.pk for one in people_made[:120][codes.index(code) :: 3]] for code in codes}
    rest = [one.pk for one in people_made[120:]]
    assert walked(manager, sort="x_pogoda") == [*by["zharko"], *by["teplo"], *by["kholodno"], *rest]
    backwards = [*reversed(by["kholodno"]), *reversed(by["teplo"]), *reversed(by["zharko"])]
    assert walked(manager, sort="-x_pogoda") == [*backwards, *rest]
    order_values(
        directory_id=warmth.pk,
        value_ids=list(warmth.values.order_by("-position").values_list("pk", flat=True)),
        actor=ADMIN,
        now=NOW,
    )
    assert walked(manager, sort="x_pogoda") == [*by["kholodno"], *by["teplo"], *by["zharko"], *rest]
    assert set(walked(manager, sort="x_lyubit", x_pogoda="teplo")) == set(by["teplo"])
    with django_assert_max_num_queries(20):
        manager.get(reverse("office:customers"), {"sort": "x_pogoda", "after": f"v|zharko|{by['zharko'][-1]}"})


def test_customers_are_filtered_by_what_the_card_says(manager):
    factories.customer(name="А", phones=(), city="Казань", category="VIP")
    factories.customer(name="Б", phones=(), city="Самара", kind="company")
    factories.customer(name="В", phones=(), blocked=True)
    assert names(manager, city="Казань") == ["А"]
    assert names(manager, category="VIP") == ["А"]
    assert names(manager, kind="company") == ["Б"]
    assert names(manager, blocked="1") == ["В"]
    assert names(manager, blocked="0") == ["А", "Б"]


def test_a_branch_sees_its_own(client):
    kazan, samara = factories.branch(), factories.branch(name="Samara")
    ours, theirs = factories.customer(name="Наш"), factories.customer(name="Чужой", phones=())
    for owner, branch in ((ours, kazan), (theirs, samara)):
        factories.order(branch=branch, customer=owner, vehicle=factories.vehicle(owner=owner), lines=[])
    people.signed_in(client, Role.MANAGER, kazan)
    assert names(client) == ["Наш"]
    assert len(names(client, "office:vehicles")) == 1
    assert len(names(client, "office:orders")) == 1


def test_orders_go_by_day_and_those_without_one_come_last(manager):
    branch = factories.branch()
    days = [date(2026, 3, 1), date(2026, 3, 1), date(2026, 2, 1), None]
    rows = [
        RepairOrder.objects.create(
            branch=branch, opened_on=date(2026, 1, 1), closed_on=day, status="closed" if day else "open"
        )
        for day in days
    ]
    first, second, third, last = (row.pk for row in rows)
    assert walked(manager, "office:orders", sort="closed_on") == [third, first, second, last]
    assert walked(manager, "office:orders", sort="-closed_on") == [second, first, third, last]
    assert walked(manager, "office:orders", status="open") == [last]
    opened = {"opened.from": "2026-01-02"}
    assert walked(manager, "office:orders", **opened) == []


def test_cars_are_found_by_the_beginning_of_the_plate(manager):
    owner = factories.customer()
    factories.vehicle(owner=owner, plate="А123ВС116"), factories.vehicle(plate="В777ОР16")
    page = manager.get(reverse("office:vehicles"), {"plate": "a12", "c": ["car", "owner"]})
    assert [cell.words for cell in page.context["rows"][0].cells] == ["Haval Jolion", owner.full_name]
    assert len(page.context["rows"]) == 1


def test_a_view_is_kept_and_shared(client):
    made("Клуб", "text")
    factories.customer(name="А", phones=(), city="Казань"), factories.customer(name="Б", phones=())
    people.signed_in(client, Role.MANAGER)
    said = {"title": "Казанские", "c": ["name", "x_klub"], "sort": "-name", "city": "Казань", "shared": "on"}
    answer = client.post(reverse("office:list-view-save", args=["customers"]), said)
    view = ListView.objects.get()
    assert (view.columns, view.sort, view.filters) == (["name", "x_klub"], "-name", {"city": "Казань"})
    people.signed_in(client, Role.MANAGER)
    page = client.get(answer.headers["Location"])
    assert [head.code for head in page.context["heads"]] == ["name", "x_klub"]
    assert [row.cells[0].words for row in page.context["rows"]] == ["А"]
    drop = reverse("office:list-view-drop", args=["customers", view.pk])
    assert "Удалить вид" not in page.content.decode()
    assert client.post(drop).status_code == 404
    view.shared = False
    view.save()
    assert client.get(reverse("office:customers")).context["views"] == []


def test_who_manages_users_removes_what_a_colleague_who_left_has_shared(client):
    kazan, ufa = factories.branch(), factories.branch(name="Ufa")
    gone = people.user(Role.MANAGER, kazan)
    of_him = {"list_code": "customers", "owner": gone, "columns": ["name"]}
    shared, own = (ListView.objects.create(title=title, shared=title == "А", **of_him) for title in "АБ")
    drop, hidden = (reverse("office:list-view-drop", args=["customers", view.pk]) for view in (shared, own))
    chosen = f"{reverse('office:customers')}?view={shared.pk}"
    people.signed_in(client, Role.ADMINISTRATOR, ufa)
    assert (drop in client.get(chosen).content.decode(), client.post(drop).status_code) == (False, 404)
    chief = people.signed_in(client, Role.ADMINISTRATOR)
    page = client.get(chosen).content.decode()
    assert (drop in page, f"Открыл всем: {gone.display_name}" in page) == (True, True)
    assert [client.post(address).status_code for address in (drop, hidden)] == [302, 404]
    assert list(ListView.objects.all()) == [own]
    line = AuditRecord.objects.get(subject="list-view")
    told = {"list": ["customers", None], "owner": [gone.display_name, None]}
    assert (line.user_id, line.action, line.subject_id, line.fields) == (chief.pk, "removed", str(shared.pk), told)
    client.get(reverse("office:audit"))


def test_a_column_of_an_archived_field_goes_from_views(manager):
    field = made("Клуб", "text")
    factories.customer()
    query = {"c": ["name", "x_klub"]}
    assert [head.code for head in manager.get(reverse("office:customers"), query).context["heads"]] == [
        "name",
        "x_klub",
    ]
    archive_field(field_id=field.pk, archived=True, actor=ADMIN, now=NOW)
    assert [head.code for head in manager.get(reverse("office:customers"), query).context["heads"]] == ["name"]


def test_a_list_is_a_file_that_can_be_brought_in_again(manager):
    made("Размер", "whole"), made("Клуб", "text")
    one = factories.customer(name="=А", phones=())
    put(one, x_razmer="42", x_klub="=1+1")
    answer = manager.get(reverse("office:customers"), {"c": ["name", "x_razmer", "x_klub"], "format": "csv"})
    text = answer.content.decode("utf-8-sig").splitlines()
    assert text == ["Клиент;Размер (x_razmer);Клуб (x_klub)", "'=А;42;'=1+1"]
    assert manager.get(reverse("office:customers"), {"format": "xlsx"}).content[:2] == b"PK"


@pytest.mark.django_db(transaction=True)
def test_fields_of_a_downloaded_list_come_in_under_their_names_there(manager, tmp_path):
    made("Размер", "whole"), made("Клуб", "text")
    intake.imported(tmp_path / "files", {"customers.csv": "id;full_name\nC-1;Иванов Сергей\n"})
    mine = Customer.objects.get(external_id="C-1")
    put(mine, x_razmer="42", x_klub="=1+1")
    answer = manager.get(reverse("office:customers"), {"c": ["ref", "x_klub", "x_razmer"], "format": "csv"})
    [head, line] = answer.content.decode("utf-8-sig").splitlines()
    assert intake.imported(tmp_path / "files", {"customers.csv": f"{head}\n{line.replace('42', '43')}\n"}) == {
        "customers.csv": (0, 1, 0, 0)
    }
    assert held(mine) == {"x_razmer": ("43",), "x_klub": ("=1+1",)}


def test_nought_and_no_are_told_from_what_is_not_known(manager):
    known = factories.customer(name="А", phones=(), blocked=False)
    factories.customer(name="Б", phones=(), blocked=None)
    factories.customer(name="В", phones=(), blocked=None, blocked_on=date(2099, 1, 1))
    page = manager.get(reverse("office:customers"), {"c": ["name", "blocked"]})
    assert [[cell.words for cell in row.cells] for row in page.context["rows"]] == [
        ["А", "нет"],
        ["Б", ""],
        ["В", "нет"],
    ]
    factories.order(customer=known, lines=[], amount=0)
    page = manager.get(reverse("office:orders"), {"c": ["amount", "mileage_km"]})
    assert [cell.words for cell in page.context["rows"][0].cells][1:] == ["0\xa0₽", ""]


def test_a_wrong_address_shows_the_list_all_the_same(manager):
    factories.customer(name="А", phones=())
    for query in (
        {"after": "v|nothing|x"},
        {"after": "zzz"},
        {"sort": "nobody"},
        {"c": ["nothing"]},
        {"x_nothing": "1"},
        {"view": "99"},
    ):
        assert names(manager, **query) == ["А"], query
    assert manager.get(reverse("office:orders"), {"sort": "opened_on", "after": "v|wrong|5"}).status_code == 200


def test_a_hundred_rows_cost_as_many_queries_as_ten(manager):
    made("Клуб", "text")
    counts = []
    for number in range(2):
        for place in range(10 if not number else 40):
            one = factories.customer(name=f"К {number}{place}")
            factories.vehicle(owner=one)
            put(one, x_klub="Гольф")
        with CaptureQueriesContext(connection) as caught:
            manager.get(reverse("office:customers"), {"c": ["name", "phone", "cars", "x_klub"]})
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 20
