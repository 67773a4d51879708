"""The pivot's page: shelves that are links, rows that open, figures that open their orders, files, views."""

import csv
import io
import json
import random
import re
from decimal import Decimal
from urllib.parse import urlencode

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone
from tests import people, pivot_base
from tests.pages import saved_people

from vernost.accounts.models import AuditRecord
from vernost.core.actor import Role
from vernost.reports.models import PivotView

pytestmark = pytest.mark.django_db
QUERY = {"rows": ["branch", "make"], "columns": "month", "measures": ["revenue", "visits"], "period": "all"}
OPENED = {**QUERY, "open": json.dumps(["vernost"])}


@pytest.fixture(scope="module")
def base(shared_rows):  # noqa: ARG001 - lets them be committed
    with pivot_base.dealership() as made:
        yield made


@pytest.fixture
def manager(client, base):  # noqa: ARG001 - the dealership is behind it
    return people.signed_in(client, Role.MANAGER)


def page(client, **query):
    return client.get(reverse("office:pivot"), {**QUERY, **query})


def lines(table):
    """Return the rows of a table as they are read; no-break spaces are spaces."""
    rows = [*table.rows, table.total]
    return {row.title: [cell.text.replace("\xa0", " ") for cell in row.cells] for row in rows}


def opened(base):
    return [json.dumps([f"vernost:{base.kazan.pk}"])]


@pytest.mark.usefixtures("manager")
def test_figures_by_branch_and_month(client):
    table = page(client).context["table"]
    assert [[head.title for head in line] for line in table.heads] == [
        ["январь\xa02026", "февраль\xa02026", "март\xa02026", "Итого"],
        ["Выручка, ₽", "Визиты"] * 4,
    ]
    assert lines(table) == {
        "Казань": ["1 500", "1", "1 500", "1", "", "", "3 000", "2"],
        "Самара": ["", "", "1 500", "1", "1 500", "1", "3 000", "2"],
        "Итого": ["1 500", "1", "3 000", "2", "1 500", "1", "6 000", "4"],
    }


@pytest.mark.usefixtures("manager")
def test_a_row_opens_in_place_and_closes(client, base):
    first = page(client).context["table"].rows[0]
    assert (first.title, first.is_open) == ("Казань", False)
    answer = client.get(f"{reverse('office:pivot')}{first.toggle}")
    assert [(row.title, row.depth) for row in answer.context["table"].rows] == [
        ("Казань", 1),
        ("Haval", 2),
        ("Самара", 1),
    ]
    assert answer.context["table"].rows[0].toggle == first.toggle.replace(
        urlencode({"open": opened(base)[0]}), ""
    ).rstrip("&")


@pytest.mark.usefixtures("manager")
@pytest.mark.parametrize("columns", ["", "month"])
def test_rows_under_open_ones_have_names_of_their_own(client, base, columns):
    table = page(client, rows=["branch", "category"], columns=columns, open=opened(base)).context["table"]
    names = [row.identifier for row in table.rows]
    assert [row.depth for row in table.rows].count(2) > 1
    assert len(set(names)) == len(names)


@pytest.mark.usefixtures("manager")
def test_menus_lay_the_pivot_out_otherwise(client):
    answer = page(client)
    rows, columns, measures, filters = answer.context["shelves"]
    assert [[chip.title for chip in shelf.chips] for shelf in (rows, columns, measures, filters)] == [
        ["Дилерский центр", "Марка"],
        ["Месяц"],
        ["Выручка, ₽", "Визиты"],
        [],
    ]
    moves = {link.title: link.url for group in rows.chips[0].groups for link in group.links}
    assert list(moves) == ["Переместить в столбцы", "Переместить в фильтры", "Сдвинуть вправо", "Убрать"]
    moved = client.get(f"{reverse('office:pivot')}{moves['Переместить в столбцы']}").context["state"]
    assert (moved.rows, moved.columns) == (("make",), ("month", "branch"))
    filtered = client.get(f"{reverse('office:pivot')}{moves['Переместить в фильтры']}").context["shelves"][3]
    assert [(chip.code, [choice.title for choice in chip.choices]) for chip in filtered.chips] == [
        ("branch", ["Казань", "Самара"])
    ]
    away = client.get(f"{reverse('office:pivot')}{moves['Убрать']}").context["state"]
    assert (away.rows, away.columns) == (("make",), ("month",))
    shows = {link.title: link.url for link in measures.chips[0].groups[0].links}
    share = client.get(f"{reverse('office:pivot')}{shows['доля в итоге']}").context["table"]
    assert lines(share)["Казань"][-2:] == ["50,0 %", "2"]
    transposed = client.get(f"{reverse('office:pivot')}?{answer.context['state'].transposed().query()}")
    assert transposed.context["state"].rows == ("month",)


@pytest.mark.usefixtures("manager")
def test_a_head_sorts_and_turns_round(client):
    by = {"rows": "make", "columns": "", "measures": ["orders"]}
    assert [row.title for row in page(client, **by).context["table"].rows] == ["Chery", "Haval"]
    head = page(client, **by).context["table"].heads[-1][0]
    falling = client.get(f"{reverse('office:pivot')}{head.sort}").context["table"]
    assert ([row.title for row in falling.rows], falling.heads[-1][0].order) == (["Haval", "Chery"], "descending")
    rising = client.get(f"{reverse('office:pivot')}{falling.heads[-1][0].sort}").context["table"]
    assert ([row.title for row in rising.rows], rising.heads[-1][0].order) == (["Chery", "Haval"], "ascending")


@pytest.mark.usefixtures("manager")
def test_filters_narrow_and_leave_out(client):
    only = page(client, filter="customer_kind", **{"f.customer_kind": "company"}).context["table"]
    assert lines(only)["Итого"][-2:] == ["1 500", "1"]
    others = page(client, filter="customer_kind", **{"f.customer_kind": "company", "not": "customer_kind"})
    assert lines(others.context["table"])["Итого"][-2:] == ["4 500", "3"]
    nobody = page(client, filter="programme", **{"f.programme": "~"}).context["table"]
    assert lines(nobody)["Итого"][-2:] == ["4 500", "3"]
    empty = page(client, period="custom", **{"from": "2020-01-01", "to": "2020-12-31"})
    assert "Заказ-нарядов нет" in empty.content.decode()


@pytest.mark.usefixtures("manager")
def test_every_cell_is_its_list(client, base):
    answer = page(
        client, rows=["branch", "category"], open=opened(base), measures=["revenue", "orders", "labour_hours"]
    )
    cells = [
        (shown.code, found, cell)
        for row in (*answer.context["table"].rows, answer.context["table"].total)
        for cell, shown, found in zip(row.cells, answer.context["found"].request.measures * 4, row.cells, strict=True)
        if cell.url
    ]
    for code, _found, cell in random.Random(7).sample(cells, 12):
        listed = client.get(cell.url).context
        figure = {
            "revenue": sum((row.revenue for row in listed["page"].rows), Decimal()),
            "orders": len(listed["page"].rows),
            "labour_hours": sum((row.labour_hours for row in listed["page"].rows), Decimal()),
        }[code]
        assert re.sub(r"\D", "", cell.text.removesuffix(",0")) == f"{int(figure)}"
        assert listed["found"].orders == len(listed["page"].rows)


@pytest.mark.usefixtures("manager")
def test_the_customers_of_a_cell_are_saved_as_a_segment(client):
    table = page(client).context["table"]
    for cell in (table.rows[0].cells[-2], table.total.cells[0]):
        listed = client.get(cell.url).context
        wanted = {row.customer_id for row in listed["page"].rows} - {None}
        assert (listed["savable"], listed["found"].customers) == (True, len(wanted))
        assert saved_people(client, cell.url) == wanted


@pytest.mark.usefixtures("manager")
def test_the_list_has_names_and_is_a_file(client, base):
    cell = page(client).context["table"].rows[0].cells[-2]
    answer = client.get(cell.url)
    assert [(row.customer, row.car, row.branch, row.advisor) for row in answer.context["page"].rows] == [
        ("Иванов Пётр", "Haval Jolion", "Казань", "Мастер Олег")
    ] * 2
    assert answer.context["about"][1:] == ["Дилерский центр: Казань"]
    assert answer.context["back"].startswith("/office/funnel/pivot/?rows=branch&rows=make&columns=month")
    rows = read_csv(client.get(f"{cell.url}&format=csv"))
    assert [row[0] for row in rows[1:]] == [f"vernost:{order.pk}" for order in (base.orders[1], base.orders[0])]
    assert client.get(cell.url, headers={"accept": "text/html"}).status_code == 200


def read_csv(answer):
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


@pytest.mark.usefixtures("manager")
def test_files_hold_what_the_screen_shows(client, base):
    query = {"measures": ["revenue", "revenue:share_total"], "open": opened(base)}
    screen = [row.title for row in page(client, **query).context["table"].rows]
    rows = read_csv(page(client, format="csv", **query))
    assert rows[0][:4] == [rows[0][0], "Марка", "январь\xa02026 · Выручка, ₽", "январь\xa02026 · Выручка: доля в итоге"]
    assert [next(filter(None, reversed(row[:2]))) for row in rows[1:]] == [*screen, "Итого"]
    assert rows[1] == ["Казань", "", "1500,00", "25,0", "1500,00", "25,0", "0,00", "0,0", "3000,00", "50,0"]
    sheet = openpyxl.load_workbook(io.BytesIO(page(client, format="xlsx", **query).content)).active
    assert [cell.value for cell in sheet[sheet.max_row]][-2:] == [6000, 1]


@pytest.mark.usefixtures("manager")
def test_a_fall_to_nothing_stands_on_the_screen_as_in_the_file(client):
    query = {"measures": ["revenue:change_before"]}
    table = page(client, **query).context["table"]
    assert lines(table)["Казань"] == ["—", "0,0 %", "−100,0 %", "0,0 %"]
    rows = read_csv(page(client, format="csv", **query))
    assert rows[1] == ["Казань", "", "", "0,0", "-100,0", "0,0"]


def test_a_manager_of_one_branch_sees_its_orders(client, base):
    people.signed_in(client, Role.MANAGER, base.samara)
    assert lines(page(client, columns="").context["table"]) == {"Самара": ["3 000", "2"], "Итого": ["3 000", "2"]}
    listed = client.get(page(client, columns="").context["table"].total.cells[0].url).context["found"]
    assert (listed.orders, {row.branch for row in listed.rows}) == (2, {"Самара"})
    foreign = client.get(reverse("office:pivot"), {**QUERY, "filter": "branch", "f.branch": f"vernost:{base.kazan.pk}"})
    assert "не значение разреза" in foreign.content.decode()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADVISOR])
def test_others_do_not_enter(client, role):
    people.signed_in(client, role)
    assert page(client).status_code == 403


def test_views_are_saved_shared_and_removed(client, manager):
    address = page(client).context["state"].query()
    saved = client.post(reverse("office:pivot-save"), {"title": " Мой  вид ", "query": address})
    view = PivotView.objects.get()
    assert (view.title, view.shared, view.owner_id, saved.url) == (
        "Мой вид",
        False,
        manager.pk,
        f"/office/funnel/pivot/?{address}",
    )
    assert [one.title for one in page(client).context["saved"]] == ["Мой вид"]
    colleague = people.signed_in(client, Role.MANAGER)
    assert page(client).context["saved"] == []
    client.force_login(manager)
    client.post(reverse("office:pivot-share", args=[view.pk]), {"shared": "1", "query": address})
    client.force_login(colleague)
    assert [(one.title, one.owner) for one in page(client).context["saved"]] == [("Мой вид", manager.display_name)]
    assert client.post(reverse("office:pivot-drop", args=[view.pk]), {"query": address}).status_code == 404
    client.force_login(manager)
    client.post(reverse("office:pivot-drop", args=[view.pk]), {"query": address})
    assert not PivotView.objects.exists()
    actions = AuditRecord.objects.filter(subject="pivot-view").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["saved", "shared", "removed"]


def test_who_manages_users_removes_a_shared_view_of_who_has_left(client, manager):
    shared, own = (
        PivotView.objects.create(owner=manager, title=title, address="", shared=title == "А", saved_at=timezone.now())
        for title in "АБ"
    )
    people.signed_in(client, Role.ADMINISTRATOR)
    assert [(one.title, one.removable) for one in page(client).context["saved"]] == [("А", True)]
    drop, hidden = (reverse("office:pivot-drop", args=[view.pk]) for view in (shared, own))
    assert [client.post(address, {"query": ""}).status_code for address in (drop, hidden)] == [302, 404]
    assert list(PivotView.objects.all()) == [own]


@pytest.mark.usefixtures("manager")
def test_a_view_needs_a_name_and_a_wide_pivot_says_how_to_narrow_it(client):
    client.post(reverse("office:pivot-save"), {"title": " ", "query": ""})
    assert not PivotView.objects.exists()
    twice = page(client, rows="month", columns="month")
    assert "есть и в строках, и в столбцах" in twice.content.decode()
