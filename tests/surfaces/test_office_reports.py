"""The report pages over a March that is known by heart: every figure opens its people, every file is the page."""

import csv
import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests import march, people
from tests.march import AS_OF, PERIOD, counts, funnel
from tests.pages import saved_people

from vernost.core.actor import Role
from vernost.core.spreadsheets import unescaped
from vernost.invitations.models import Programme
from vernost.reports.models import MotivationRule, Plan

# What a test adds to the shared March is taken back.
pytestmark = pytest.mark.django_db
STATEMENTS = 20


@pytest.fixture(scope="module")
def dealership(shared_rows):  # noqa: ARG001 - lets them be committed
    with march.shown() as made:
        yield made


def read_xlsx(answer):
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def read_csv(answer):
    text = answer.content.decode("utf-8-sig")
    return [[unescaped(cell) for cell in row] for row in csv.reader(io.StringIO(text), delimiter=";")]


@pytest.mark.usefixtures("dealership")
def test_stages_count_those_who_got_at_least_so_far(client):
    people.signed_in(client, Role.MANAGER)
    page = funnel(client).context["page"]
    assert counts(page.total) == [7, 6, 5, 4, 3, 2]
    assert (page.total.revenue, page.total.margin, page.total.attempts, page.total.cost, page.total.held_out) == (
        Decimal(20_000),
        Decimal(7_000),
        6,
        Decimal(240),
        3,
    )
    assert [(row.title, counts(row), row.revenue, row.held_out) for row in page.rows] == [
        ("Давно не были", [2, 2, 2, 2, 2, 2], Decimal(20_000), 3),
        ("Очередное ТО", [5, 4, 3, 2, 1, 0], Decimal(0), 0),
    ]


@pytest.mark.usefixtures("dealership")
@pytest.mark.parametrize(
    "by", ["programme", *(pytest.param(by, marks=pytest.mark.slow) for by in ("branch", "operator", "month"))]
)
def test_every_figure_opens_exactly_its_people(client, by):
    """The length of the list is the count, its sums are the money and the attempts."""
    people.signed_in(client, Role.MANAGER)
    answer = funnel(client, by=by)
    page, shown = answer.context["page"], answer.context["rows"]
    wrong = []
    for row, of_page in zip([*shown, answer.context["total"]], [*page.rows, page.total], strict=True):
        stages = dict(zip([*of_page.counts, "revenue", "margin", "cost", "held_out"], row.cells, strict=True))
        for name, cell in stages.items():
            found = client.get(cell.url).context["found"]
            of_list = {"revenue": found.revenue, "margin": found.margin, "cost": found.attempts * 40}
            if of_list.get(name, found.count) != cell.value or len(found.rows) != found.count:
                wrong.append((row.title, name, cell.value, found))
    assert wrong == []


def test_filters_narrow_the_funnel(client, dealership):
    people.signed_in(client, Role.MANAGER)
    assert counts(funnel(client, branch=dealership.samara.pk).context["page"].total) == [2, 2, 2, 2, 2, 1]
    assert counts(funnel(client, operator=dealership.anna.pk).context["page"].total) == [3, 3, 2, 2, 1, 1]
    assert counts(funnel(client, operator=0).context["page"].total) == [2, 1, 1, 1, 1, 0]
    assert counts(funnel(client, programme="lost").context["page"].total) == [2, 2, 2, 2, 2, 2]


def test_manager_of_a_branch_sees_only_it(client, dealership):
    people.signed_in(client, Role.MANAGER, dealership.samara)
    answer = funnel(client, by="branch")
    assert [(row.title, counts(row)) for row in answer.context["page"].rows] == [("Самара", [2, 2, 2, 2, 2, 1])]
    assert "Казань" not in answer.content.decode()
    kazan = {**PERIOD, "branch": dealership.kazan.pk, "stage": "targeted"}
    assert client.get(reverse("office:funnel-people"), kazan).context["found"].count == 0


@pytest.mark.usefixtures("dealership")
def test_plan_stands_beside_the_fact_and_the_weak_stage_is_told(client):
    people.signed_in(client, Role.MANAGER)
    for metric, value in (("targeted", 20), ("attempted", 18), ("reached", 15), ("revenue", 40_000)):
        Plan.objects.create(month=date(2026, 3, 1), metric=metric, value=value)
    answer = funnel(client)
    assert [(line.title, line.fact, line.plan, line.deviation) for line in answer.context["plan"]] == [
        ("Целевая группа", 7, 20, -13),
        ("Попытка", 6, 18, -12),
        ("Дозвон", 5, 15, -10),
        ("Выручка", 20_000, 40_000, -20_000),
    ]
    # Of 7 and 6 invitations no share says anything.
    assert (answer.context["page"].against, answer.context["insight"]) == ("plan", None)


@pytest.mark.usefixtures("dealership")
@pytest.mark.parametrize("extension", ["xlsx", "csv"])
def test_files_are_the_page(client, extension):
    people.signed_in(client, Role.MANAGER)
    page = funnel(client).context["page"]
    answer = funnel(client, format=extension)
    rows = (read_xlsx if extension == "xlsx" else read_csv)(answer)
    body = rows[2:] if extension == "xlsx" else rows[1:]
    read = float if extension == "xlsx" else lambda cell: float(cell.replace(",", "."))
    stages = [1, 2, 4, 6, 8, 10]
    assert [[row[0], *(read(row[place]) for place in (*stages, 12, 13, 14, 15))] for row in body] == [
        [title, *counts(row), row.revenue, row.margin, row.cost, row.held_out]
        for title, row in [*((row.title, row) for row in page.rows), ("Итого", page.total)]
    ]


@pytest.mark.usefixtures("dealership")
def test_names_that_look_like_formulas_are_no_formulas(client):
    people.signed_in(client, Role.MANAGER)
    Programme.objects.filter(code="lost").update(title="=1+2")
    asked = {**PERIOD, "stage": "paid"}
    address = reverse("office:funnel-people")
    book = openpyxl.load_workbook(io.BytesIO(client.get(address, {**asked, "format": "xlsx"}).content)).active
    assert {(book.cell(row, 4).value, book.cell(row, 4).data_type) for row in (3, 4)} == {("=1+2", "s")}
    answer = client.get(address, {**asked, "format": "csv"})
    assert "'=1+2" in answer.content.decode()
    assert [row[3] for row in read_csv(answer)[1:]] == ["=1+2", "=1+2"]


@pytest.mark.usefixtures("dealership")
def test_list_of_people_as_a_file_is_the_whole_list(client):
    people.signed_in(client, Role.MANAGER)
    asked = {**PERIOD, "stage": "attempted"}
    found = client.get(reverse("office:funnel-people"), asked).context["found"]
    rows = read_xlsx(client.get(reverse("office:funnel-people"), {**asked, "format": "xlsx"}))[2:]
    assert [(row[0], row[9], row[10], row[11]) for row in rows] == [
        (each.customer, each.attempts, float(each.revenue), float(each.margin)) for each in found.rows
    ]


@pytest.mark.usefixtures("dealership")
def test_lists_are_saved_as_segments_of_their_people(client):
    people.signed_in(client, Role.MANAGER)
    row = funnel(client).context["rows"][0]
    anna = client.get(reverse("office:operators"), PERIOD).context["rows"][0]
    effect = client.get(reverse("office:effect"), AS_OF).context["effects"][0]
    cells = [row.cells[0], row.cells[-1], anna.cells[0], anna.cells[3]]
    for url in (*(cell.url for cell in cells), effect.arms[1].url, effect.arms[0].came_url):
        found = client.get(url).context
        assert found["savable"]
        assert saved_people(client, url) == {each.customer_id for each in found["found"].rows}, url


@pytest.mark.usefixtures("dealership")
def test_operators_and_their_people(client):
    people.signed_in(client, Role.MANAGER)
    answer = client.get(reverse("office:operators"), PERIOD)
    figures = [(row.name, [cell.value for cell in row.cells]) for row in answer.context["rows"]]
    assert figures == [
        ("Анна Акимова", [4, 120, 2, 2, 1, 1, Decimal(8_000), Decimal(3_000)]),
        ("Борис Быков", [2, 120, 2, 1, 1, 1, Decimal(12_000), Decimal(4_000)]),
    ]
    for row in answer.context["rows"]:
        for cell in row.cells:
            if cell.figure in {"attempts", "reached", "booked", "arrived", "paid"}:
                assert client.get(cell.url).context["found"].count == cell.value, (row.name, cell.figure)
    rows = read_xlsx(client.get(reverse("office:operators"), {**PERIOD, "format": "xlsx"}))
    assert [row[0] for row in rows[2:]] == ["Анна Акимова", "Борис Быков", "Итого"]


def test_statement_pays_by_the_scheme_of_its_month(client, dealership):
    people.signed_in(client, Role.MANAGER)
    for day, rate in ((date(2026, 1, 1), 100), (date(2026, 4, 1), 999)):
        MotivationRule.objects.create(role="operator", kpi="booked", threshold=1, rate=rate, valid_from=day)
    MotivationRule.objects.create(role="operator", kpi="revenue", rate=5, cap=30, valid_from=date(2026, 1, 1))
    address = reverse("office:statement", args=[dealership.anna.pk])
    statement = client.get(address, {"month": "2026-03"}).context["statement"]
    assert [(line.kpi, line.fact, line.pay, line.capped) for line in statement.lines] == [
        ("booked", Decimal("2.00"), Decimal("100.00"), False),
        ("revenue", Decimal("8.00"), Decimal("30.00"), True),
    ]
    assert (statement.total, statement.scheme_from) == (Decimal("130.00"), date(2026, 1, 1))


def test_operator_opens_only_his_own_statement(client, dealership):
    client.force_login(dealership.anna)
    mine = client.get(reverse("office:my-statement"), {"month": "2026-03"})
    assert (mine.status_code, mine.context["statement"].name) == (200, "Анна Акимова")
    closed = ["office:funnel", "office:effect", "office:operators", "office:plans", "office:motivation"]
    addresses = [*map(reverse, closed), reverse("office:statement", args=[dealership.boris.pk])]
    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 403)


@pytest.mark.usefixtures("dealership")
def test_a_plan_of_the_base_is_saved_beside_that_of_the_programmes(client):
    people.signed_in(client, Role.MANAGER)
    address = f"{reverse('office:plans')}?month=2026-05"
    wrong = client.post(address, {":base_retention": "101", ":base_new": "1,5"})
    assert (wrong.status_code, set(wrong.context["form"].errors)) == (422, {":base_retention", ":base_new"})
    figures = {":base_visits": "1 200", ":base_retention": "61,5", ":targeted": "300"}
    assert client.post(address, figures).status_code == 302
    assert dict(Plan.objects.filter(month=date(2026, 5, 1)).values_list("metric", "value")) == {
        "base_visits": 1200,
        "base_retention": Decimal("61.5"),
        "targeted": 300,
    }
    copied = client.get(f"{reverse('office:plans')}?month=2026-06&copy=1").context["form"]
    assert [field.value() for field in copied.of_base()] == ["1200", None, None, None, None, "61.5"]


@pytest.mark.usefixtures("dealership")
def test_effect_tells_what_is_missing_and_opens_both_arms(client):
    people.signed_in(client, Role.MANAGER)
    answer = client.get(reverse("office:effect"), AS_OF)
    lost = next(each for each in answer.context["effects"] if each.effect.code == "lost")
    assert (
        lost.effect.verdict,
        lost.effect.missing.invited,
        lost.effect.missing.held_out,
        lost.effect.missing.visits,
    ) == (
        "not_enough_data",
        97,
        97,
        3,
    )
    for arm in lost.arms:
        pairs, came = client.get(arm.url).context["found"], client.get(arm.came_url).context["found"]
        assert (pairs.count, came.count, float(pairs.revenue)) == (arm.arm.pairs, arm.arm.visits, arm.arm.revenue)
    rows = read_xlsx(client.get(reverse("office:effect"), {**AS_OF, "format": "xlsx"}))
    assert [row[:5] for row in rows[2:]] == [
        ["Давно не были", 3, 2, pytest.approx(2 / 3), 20_000],
        ["Очередное ТО", 5, 0, 0, 0],
    ]


@pytest.mark.usefixtures("dealership")
@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("office:funnel", PERIOD),
        ("office:funnel-people", {**PERIOD, "stage": "targeted"}),
        ("office:effect", {}),
        ("office:operators", PERIOD),
        ("office:plans", {}),
        ("office:motivation", {}),
    ],
)
def test_statements_of_a_page_are_few(client, name, query):
    people.signed_in(client, Role.MANAGER)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(reverse(name), query)
    assert answer.status_code == 200
    assert len(queries) <= STATEMENTS
