"""The pages of the price laboratory: a draft is written, started, judged; every figure opens what it is made of."""

import csv
import io
from datetime import UTC, datetime

import openpyxl
import pytest
from django.urls import reverse
from tests import people, price_base
from tests.pages import saved_people

from vernost.core.actor import Role, system
from vernost.reports import operations
from vernost.reports.models import PriceTest

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 8, 20, 9, tzinfo=UTC)
ON = {"on": "2025-10-31"}


@pytest.fixture(scope="module")
def base(shared_rows):  # noqa: ARG001 - lets them be committed
    with price_base.dealership() as made:
        yield made


@pytest.fixture
def manager(client, base):  # noqa: ARG001 - the dealership is behind it
    return people.signed_in(client, Role.MANAGER)


@pytest.fixture
def running(base):
    wanted = price_base.entry(test=[base.kazan], control=[base.samara])
    made = operations.save_price_test(test_id=None, entry=wanted, actor=system("test"), now=NOW)
    operations.start_price_test(test_id=made.pk, actor=system("test"), now=NOW)
    return made


def page(client, test, name="price-test", **query):
    return client.get(reverse(f"office:{name}", args=[test.pk]), {**ON, **query})


def plain(text):
    return text.replace("\xa0", " ")


def cells(table):
    return {row.title: [None if cell.value is None else str(cell.value) for cell in row.cells] for row in table.rows}


@pytest.mark.usefixtures("manager")
def test_both_arms_and_what_the_price_did(client, running):
    shown = page(client, running).context
    effects, arms = shown["tables"]
    assert cells(arms) == {
        "Пробная цена": ["100", "100", "40", "40", "40.0", "132000", "92000", "3300"],
        "Обычная цена": ["100", "100", "60", "60", "60.0", "180000", "120000", "3000"],
    }
    table = cells(effects)
    assert [plain(value) for value in table["Маржа"][:5]] == ["920", "1200", "1000", "1000", "-280"]
    assert plain(table["Маржа"][-1]) == "−23,3 %"
    assert table["Визиты"][4] == "-0.2"
    assert plain(shown["verdict"]) == (
        "Остановите тест: с пробной ценой автомобиль приносит маржи на 23,3 % меньше. "
        "Это за стоп-линией 10 %, и это не случайность."
    )
    assert (shown["result"].judged.verdict, shown["goes_on"]) == ("stop", False)


@pytest.mark.usefixtures("manager")
def test_figures_open_their_orders_and_people(client, running):
    effects, arms = page(client, running).context["tables"]
    kazan = arms.rows[0].cells
    customers, came, orders = (client.get(kazan[place].url).context["found"] for place in (0, 2, 5))
    assert (customers.count, customers.sums["cars"], came.count, came.sums["visits"]) == (100, 100, 40, 40)
    assert (orders.count, orders.sums["revenue"], orders.sums["margin"]) == (40, 132_000, 92_000)
    margin = next(row for row in effects.rows if row.title == "Маржа")
    before = client.get(margin.cells[3].url).context["found"]
    assert (before.count, before.sums["margin"]) == (50, 100_000)
    links = [cell.url for row in (*effects.rows, *arms.rows) for cell in row.cells if cell.url]
    assert {client.get(url).status_code for url in links} == {200}


@pytest.mark.usefixtures("manager")
def test_an_arm_is_saved_as_a_segment_of_all_its_people(client, running):
    first = page(client, running, "price-test-people", arm="control")
    assert first.context["savable"]
    rest = page(client, running, "price-test-people", arm="control", after=first.context["page"].cursor)
    places = [row.place for shown in (first, rest) for row in shown.context["page"].rows]
    assert saved_people(client, first.wsgi_request.get_full_path()) == set(places)


@pytest.mark.usefixtures("manager")
def test_lists_go_page_by_page_and_as_files(client, running):
    first = page(client, running, "price-test-orders", arm="test").context["page"]
    assert len(first.rows) == 40
    assert first.cursor == ""
    people_page = page(client, running, "price-test-people", arm="control").context["page"]
    rest = page(client, running, "price-test-people", arm="control", after=people_page.cursor).context["page"]
    assert len({row.place for row in (*people_page.rows, *rest.rows)}) == price_base.ARM
    answer = page(client, running, "price-test-people", arm="control", format="csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 1 + price_base.ARM
    assert rows[1][1:] == ["", "1", "1", "1,00", "3000,00", "2000,00"]
    orders = page(client, running, "price-test-orders", arm="test", format="csv").content.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(orders), delimiter=";"))) == 1 + 40


@pytest.mark.usefixtures("manager")
def test_the_file_is_the_screen(client, running):
    shown = page(client, running).context["tables"][0]
    book = openpyxl.load_workbook(io.BytesIO(page(client, running, format="xlsx", table="effects").content))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    written = {row[0]: row[1:] for row in rows}
    for row in shown.rows:
        values = [cell.value if isinstance(cell.value, str | None) else float(cell.value) for cell in row.cells]
        assert written[row.title] == values


@pytest.mark.usefixtures("manager")
def test_before_its_first_day_a_test_shows_its_arms(client, running):
    shown = page(client, running, on="2025-08-20").context
    assert cells(shown["tables"][1])["Пробная цена"][:4] == ["100", "100", "0", "0"]
    assert (shown["result"].has_begun, shown["result"].judged.verdict) == (False, "not_enough_data")


@pytest.mark.usefixtures("manager")
def test_drawn_customers_are_two_arms_of_one_branch(client, base):
    wanted = price_base.entry(test=[base.kazan], draw="customers", share=3000)
    made = operations.save_price_test(test_id=None, entry=wanted, actor=system("test"), now=NOW)
    shown = page(client, made).context
    first, second = (int(cells(shown["tables"][1])[arm][0]) for arm in ("Пробная цена", "Обычная цена"))
    assert first + second == price_base.ARM
    assert 15 <= first <= 45
    assert [head.title for head in shown["tables"][0].head].count("Пробная цена, год назад") == 0


def form(base, **changes):
    values = {
        "title": "Старше пяти лет",
        "make": "haval",
        "age_from": "5",
        "draw": "branches",
        "test_branches": [base.kazan.pk],
        "control_branches": [base.samara.pk],
        "share": "50",
        "price_before": "3000",
        "price_trial": "3300",
        "starts_on": "2025-09-01",
        "ends_on": "2025-10-31",
        "guardrail": "10",
    }
    return {**values, **changes}


def test_a_test_is_written_changed_started_and_ended(client, manager, base):
    answer = client.post(reverse("office:price-test-new"), form(base))
    made = PriceTest.objects.get()
    assert answer.url == reverse("office:price-test", args=[made.pk])
    assert (made.owner_id, made.share, made.state) == (manager.pk, 5000, "draft")
    edit = reverse("office:price-test-edit", args=[made.pk])
    assert client.get(edit).context["form"].initial["make"] == "haval"
    client.post(edit, form(base, price_trial="3600"))
    client.post(reverse("office:price-test-start", args=[made.pk]))
    listed = client.get(reverse("office:price-tests")).context["rows"]
    assert [(row["test"].state, plain(row["change"])) for row in listed] == [("running", "+20,0 %")]
    assert listed[0]["cars"] == "haval, возраст от 5 лет"
    client.post(reverse("office:price-test-end", args=[made.pk]))
    shown = client.get(reverse("office:price-test", args=[made.pk]))
    assert [line.title for line in shown.context["changes"]] == ["Остановлено", "Запущено", "Изменено", "Добавлено"]
    assert "Пробная цена, ₽: 3300.00 → 3600.00" in shown.content.decode()


def test_a_draft_is_removed(client, manager, base):  # noqa: ARG001 - signed in
    client.post(reverse("office:price-test-new"), form(base))
    client.post(reverse("office:price-test-drop", args=[PriceTest.objects.get().pk]))
    assert not PriceTest.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"price_trial": "3000"}, "__all__"),
        ({"control_branches": []}, "__all__"),
        ({"ends_on": "2025-08-01"}, "__all__"),
        ({"age_to": "3"}, "age_to"),
        ({"share": "100"}, "share"),
        ({"title": ""}, "title"),
    ],
)
@pytest.mark.usefixtures("manager")
def test_what_is_wrong_is_told_in_the_form(client, base, changes, field):
    answer = client.post(reverse("office:price-test-new"), form(base, **changes))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not PriceTest.objects.exists()


def test_a_manager_of_one_branch_does_not_find_the_test_of_two(client, base, running):
    people.signed_in(client, Role.MANAGER, base.kazan)
    names = ("price-test", "price-test-edit", "price-test-people", "price-test-orders")
    assert [page(client, running, name).status_code for name in names] == [404] * 4
    assert client.post(reverse("office:price-test-end", args=[running.pk])).status_code == 404
    assert client.get(reverse("office:price-tests")).context["rows"] == []


def test_the_list_asks_the_same_number_of_questions_for_one_and_three(
    client, manager, base, django_assert_max_num_queries  # noqa: ARG001 - signed in
):  # fmt: skip
    for number in range(3):
        wanted = price_base.entry(test=[base.kazan], control=[base.samara], title=f"{number}")
        operations.save_price_test(test_id=None, entry=wanted, actor=system("test"), now=NOW)
    with django_assert_max_num_queries(14):
        assert len(client.get(reverse("office:price-tests")).context["rows"]) == 3
