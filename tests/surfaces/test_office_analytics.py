"""The analytics pages: every figure opens exactly its people, every file is its table, nobody sees another's branch."""

import csv
import io
import random
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

import openpyxl
import pytest
from django.http import QueryDict
from django.urls import reverse
from tests import bases, people
from tests import factories as make
from tests.pages import saved_people

from vernost.accounts.models import AccessRole
from vernost.core.actor import Role, system
from vernost.core.spreadsheets import unescaped
from vernost.facts import arrays
from vernost.facts import mirror as mirrors
from vernost.invitations.models import CampaignMember, Programme
from vernost.office.analytics.chosen import chosen_of
from vernost.office.analytics.words import rule_of
from vernost.office.views.analytics import PAGES
from vernost.reports import cell_yields
from vernost.reports.models import CellStrategy, Plan
from vernost.reports.queries.analytics import figures, look
from vernost.reports.queries.analytics import people as queries
from vernost.reports.queries.analytics.look import Base, Look
from vernost.segments import attributes
from vernost.segments.models import Segment
from vernost.segments.queries import membership
from vernost.segments.rules import tree

# What a test adds to the shared base is taken back.
pytestmark = pytest.mark.django_db
DAY = date(2025, 10, 31)
LOOK = {"on": f"{DAY}", "period": "custom", "since": "2024-11-01"}
LOOKS = [
    *((code, {}) for code in PAGES),
    ("rfm", {"measure": "check"}),
    ("cohorts", {"rows": "quarter"}),
    ("cohorts", {"of": "vehicle", "start": "sale"}),
    ("cohorts", {"of": "vehicle", "start": "sale", "rows": "branch"}),
    ("cohorts", {"start": "sale", "rows": "model"}),
    *(("cohorts", {"rows": cut}) for cut in ("age", "advisor", "source")),
    *(("retention", {"cut": cut}) for cut in ("model", "branch", "advisor", "source")),
    ("abc", {"by": "vehicle", "measure": "margin"}),
    ("abc", {"by": "model"}),
    ("abc", {"by": "category"}),
]
OPENED = 5
# Each list of these two pages is made of the whole history of every car.
COSTLY = {"risks", "upcoming"}


@pytest.fixture(scope="module")
def base(shared_rows):  # noqa: ARG001 - lets them be committed
    with bases.shown(DAY) as made:
        yield made


def page(client, code, **more):
    return client.get(reverse(f"office:analytics-{code}"), {**LOOK, **more})


def listed(client, **more):
    return client.get(reverse("office:analytics-people"), {**LOOK, **more})


def counted_cells(tables):
    rows = [row for table in tables for row in (*table.rows, *([table.total] if table.total else []))]
    return [(row.title, cell) for row in rows for cell in row.cells if cell.url and cell.kind == "count"]


def unequal(client, cells):
    """Return the cells whose list has neither so many rows nor so many customers."""
    wrong = []
    for title, cell in cells:
        found = client.get(cell.url).context["found"]
        if abs(cell.value) not in {found.count, found.customers}:
            wrong.append((title, cell.value, found.count, found.customers, cell.url))
    return wrong


@pytest.mark.usefixtures("base")
@pytest.mark.parametrize(
    ("code", "more"),
    [pytest.param(*each, marks=pytest.mark.slow if each[0] in COSTLY else ()) for each in LOOKS],
)
def test_figures_open_exactly_their_people(client, code, more):
    people.signed_in(client, Role.MANAGER)
    cells = counted_cells(page(client, code, **more).context["page"].tables)
    chosen = random.Random(1).sample(cells, min(OPENED, len(cells)))
    assert unequal(client, chosen) == []


@pytest.mark.parametrize(
    "code", ["states", "lost", *(pytest.param(code, marks=pytest.mark.slow) for code in ("cascade", "rfm", "abc"))]
)
def test_figures_of_a_branch_open_its_people(client, base, code):
    people.signed_in(client, Role.MANAGER, base.samara)
    cells = counted_cells(page(client, code).context["page"].tables)
    chosen = random.Random(2).sample(cells, min(OPENED, len(cells)))
    assert (bool(chosen), unequal(client, chosen)) == (True, [])


@pytest.mark.usefixtures("base")
def test_figures_of_the_overview_open_their_people_and_stand_beside_the_plan(client, base):
    people.signed_in(client, Role.MANAGER)
    october = {"on": f"{DAY}", "period": "month", "branch": base.samara.pk}
    plan = {"base_visits": 10, "base_revenue": 100_000, "base_retention": 50}
    for metric, value in plan.items():
        Plan.objects.create(month=date(2025, 10, 1), branch=base.samara, metric=metric, value=value)
    answer = client.get(reverse("office:analytics"), october)
    tiles = {tile.title: tile for tile in answer.context["home"].tiles}
    rows = {row.title: [cell.value for cell in row.cells] for row in answer.context["home"].figures.rows}
    made = {
        title: client.get(tiles[title].url).context["found"] for title in ("Визиты", "Выручка сервиса", "Маржа сервиса")
    }
    assert made["Визиты"].count == rows["Визиты"][0]
    assert made["Выручка сервиса"].amount == rows["Выручка сервиса"][0]
    assert made["Маржа сервиса"].amount == rows["Маржа сервиса"][0]
    for title in ("Новые клиенты", "Вернулись", "Уснули", "Активная база"):
        if rows[title][0]:
            assert client.get(tiles[title].url).context["found"].count == rows[title][0]
    assert rows["Визиты"][3:] == [10, pytest.approx((rows["Визиты"][0] - 10) / 10)]
    assert rows["Выручка сервиса"][3] == 100_000
    assert rows["Удержание, 12 мес."][3:] == [0.5, pytest.approx(rows["Удержание, 12 мес."][0] - 0.5)]
    assert [tile.title for tile in tiles.values() if tile.plan] == [
        "Удержание, 12 мес.",
        "Визиты",
        "Выручка сервиса",
    ]


@pytest.mark.usefixtures("base")
def test_what_a_strategy_brought_opens_its_people_and_is_honest(client):
    assigned = date(2025, 5, 1)
    cells = [(r, m) for r in range(1, 6) for m in range(1, 6)]
    for r, m in cells[:12]:
        CellStrategy.objects.create(r=r, m=m, title="Звонок", words="Позвонить", assigned_on=assigned)
    people.signed_in(client, Role.MANAGER)
    address = reverse("office:analytics-strategies")
    table = client.get(address, LOOK).context["table"]
    assert [row.title for row in table.rows] == [f"R{r} × M{m}" for r, m in cells[:12]]
    opened = [(row.title, cell) for row in table.rows for cell in row.cells if cell.url and cell.kind == "count"]
    assert unequal(client, random.Random(3).sample(opened, OPENED)) == []
    assert {row.cells[-1].value for row in table.rows} == {"данных мало"}
    # Those of the day's cells are everybody who came in the window up to it; half a year of visits is behind it.
    whole = Base(system("test"), Look(assigned, date(2025, 1, 1)))
    scored = figures.cells(whole).cells
    were = [scored[cell]["customers"] if cell in scored else 0 for cell in cells[:12]]
    assert [row.cells[1].value for row in table.rows] == were
    assert sum(row.cells[3].value for row in table.rows) > 0
    # A strategy of a later day is not there yet.
    early = client.get(address, {**LOOK, "on": "2025-04-30"}).context["table"]
    assert (list(early.rows), bool(early.empty)) == ([], True)
    text = client.get(address, {**LOOK, "format": "csv"}).content.decode("utf-8-sig")
    assert len(text.splitlines()) == 1 + 12


@pytest.mark.usefixtures("base")
def test_shares_and_money_open_the_people_they_are_made_of(client):
    people.signed_in(client, Role.MANAGER)
    tables = {table.code: table for table in page(client, "retention").context["page"].tables}
    base_, kept, left, share, money_kept, money_lost = tables["definitions"].rows[0].cells[1:]
    stayed, gone = (client.get(cell.url).context["found"] for cell in (kept, left))
    assert (stayed.count, gone.count) == (kept.value, left.value)
    assert (stayed.amount, gone.amount) == (money_kept.value, money_lost.value)
    assert share.value == pytest.approx(stayed.count / base_.value, abs=1e-6)


@pytest.mark.usefixtures("base")
def test_cascade_closes_and_its_chart_is_its_table(client):
    people.signed_in(client, Role.MANAGER)
    shown = page(client, "cascade").context["page"]
    total = [cell.value for cell in shown.tables[0].total.cells]
    # Opening, new, returned, slept, blocked, closing, change; nobody moves where the whole group is seen.
    assert total[0] + sum(total[1:5]) == total[5]
    assert total[5] - total[0] == total[6]
    flows = [*total[:6]]
    assert [step["value"] for step in shown.chart.data] == [
        value for place, value in enumerate(flows) if value or place in {0, 5}
    ]
    branches = shown.tables[1].rows
    assert [row.title for row in branches] == ["Казань", "Самара"]
    assert sum(row.cells[0].value for row in branches) == total[0]
    assert sum(row.cells[-2].value for row in branches) == total[5]


@pytest.mark.usefixtures("base")
@pytest.mark.parametrize(("code", "more"), LOOKS)
def test_files_are_the_tables(client, code, more):
    people.signed_in(client, Role.MANAGER)
    for table in page(client, code, **more).context["page"].tables:
        answer = page(client, code, **more, table=table.code, format="csv")
        text = answer.content.decode("utf-8-sig")
        rows = [[unescaped(cell) for cell in row] for row in csv.reader(io.StringIO(text), delimiter=";")]
        lines = [*table.rows, *([table.total] if table.total else [])]
        assert rows[0] == [column.title for column in table.head]
        assert [row[0] for row in rows[1:]] == [row.title for row in lines]
        counts = [counts_of(line) for line in lines]
        assert [{place: row[1 + place] for place in each} for row, each in zip(rows[1:], counts, strict=True)] == counts


def counts_of(line):
    """Map the places of a row's numbers to what its file must hold there."""
    cells = enumerate(line.cells)
    return {place: str(cell.value) for place, cell in cells if cell.kind == "count" and cell.value is not None}


@pytest.mark.usefixtures("base")
def test_people_as_a_file_are_the_list(client):
    people.signed_in(client, Role.MANAGER)
    found = listed(client, list="state", state="base").context["found"]
    answer = listed(client, list="state", state="base", format="xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    names = [row[0] for row in rows[2:]]
    assert (len(names), names[: len(found.rows)]) == (found.count, [row.customer for row in found.rows])


@pytest.mark.usefixtures("base")
def test_home_shows_what_its_pages_show(client):
    people.signed_in(client, Role.MANAGER)
    answer = client.get(reverse("office:analytics"), LOOK)
    home = answer.context["home"]
    tiles = {tile.url: tile.value for tile in home.tiles if tile.url}
    opened = {url: client.get(url).context["found"] for url in tiles}
    figures = {tile.title: tile for tile in home.tiles}
    for title in ("Активная база", "Вернулись", "Уснули"):
        tile = figures[title]
        assert tile.value == str(opened[tile.url].count if tile.url else 0)
    assert unequal(client, counted_cells([home.matrix, home.states, home.flows])[::6]) == []
    matrix = page(client, "rfm").context["page"].tables[0]
    assert [[cell.value for cell in row.cells] for row in home.matrix.rows] == [
        [cell.value for cell in row.cells] for row in matrix.rows
    ]


@pytest.mark.usefixtures("base")
def test_the_funnel_of_the_period_comes_after_the_page(client):
    people.signed_in(client, Role.MANAGER)
    answer = client.get(client.get(reverse("office:analytics"), LOOK).context["funnel_at"])
    assert (answer.status_code, answer.context["funnel"]["stages"]) == (200, [])


def test_manager_of_a_branch_cannot_look_at_another(client, base):
    people.signed_in(client, Role.MANAGER, base.samara)
    assert "Казань" not in page(client, "cascade").content.decode()
    found = listed(client, list="state", state="base", branch=base.kazan.pk).context["found"]
    assert (found.count, found.rows) == (0, [])


@pytest.mark.usefixtures("base")
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADVISOR])
def test_others_see_nothing(client, role):
    people.signed_in(client, role)
    names = ["analytics", "analytics-people", "analytics-strategies", *(f"analytics-{code}" for code in PAGES)]
    assert {client.get(reverse(f"office:{name}")).status_code for name in names} == {403}
    assert "analytics" not in client.get(reverse("home"), follow=True).content.decode()


def test_without_a_mirror_the_pages_say_so(client, settings, tmp_path):
    settings.MIRROR_DIR = tmp_path
    people.signed_in(client, Role.MANAGER)
    for name in ("analytics", "analytics-cascade", "analytics-people"):
        answer = client.get(reverse(f"office:{name}"), {"list": "soon"})
        assert (answer.status_code, answer.templates[0].name) == (200, "office/analytics/none.html")
    assert reverse("office:imports") in answer.content.decode()
    make.customer()
    counted = client.get(reverse("office:analytics")).content.decode()
    assert ("Показатели рассчитываются" in counted, reverse("office:imports") + '">За' in counted) == (True, False)


@pytest.mark.usefixtures("base")
@pytest.mark.parametrize("query", [{"list": "nobody"}, {}, {"list": "upcoming", "week": "x"}, {"list": "basket"}])
def test_unknown_lists_are_not_found(client, query):
    people.signed_in(client, Role.MANAGER)
    assert client.get(reverse("office:analytics-people"), query).status_code == 404


@pytest.mark.usefixtures("base")
def test_one_pass_counts_what_the_reports_do():
    actor, look = system("test"), Look(DAY, date(2025, 1, 1))
    base_ = Base(actor, look)
    for compared in (look.year_ago(), look.before()):
        found = figures.flows(base_, compared)
        for flow, shown in ((found.now, look), (found.before, compared)):
            (row,) = base_.on(shown).report("cascade", from_=shown.opened_on, to=shown.as_of)
            assert {"opening": flow.opening, **flow.kinds, "closing": flow.closing} == row
    by_month = base_.report("cascade", from_=look.opened_on, to=DAY, by="month")
    assert [month["base"] for month in found.months[-10:]] == [row["closing"] for row in by_month]
    cells = figures.cells(base_).cells
    assert {place: (row["customers"], Decimal(row["monetary"]) / 100) for place, row in cells.items()} == {
        (row["r"], row["m"]): (row["customers"], Decimal(row["monetary"]))
        for row in base_.report("matrix", as_of=DAY)
        if row["customers"]
    }
    last = figures.retained(base_)[-1]
    row = base_.report("retention", as_of=DAY)[0]
    assert (row["definition"], last.base, last.kept) == ("customers_12", row["base"], row["kept"])


@pytest.mark.usefixtures("base")
def test_a_list_becomes_a_campaign_of_its_people(client):
    people.signed_in(client, Role.MANAGER)
    query = {**LOOK, "list": "rfm", "m": "1"}
    found = client.get(reverse("office:analytics-people"), query).context["found"]
    url = f"{reverse('office:analytics-campaign')}?on={DAY}&list=rfm&m=1"
    answer = client.post(url)
    programme = Programme.objects.latest("pk")
    assert answer["Location"] == reverse("office:programme", args=[programme.pk])
    assert (programme.title, programme.active) == (f"RFM: M1 · {DAY:%d.%m.%Y}", False)
    members = CampaignMember.objects.filter(programme=programme)
    assert sorted(members.values_list("customer_id", "vehicle_id")) == sorted(
        (row.customer_id, None) for row in found.rows
    )


@pytest.mark.usefixtures("base")
@pytest.mark.parametrize(
    ("code", "keys"),
    [
        ("state", {"state": "base"}),
        ("state", {"state": "sleeping"}),
        ("cascade", {"kind": "closing"}),
        ("rfm", {"r": "1", "m": "2"}),
        ("overlay", {"state": "sleeping", "group": "outside"}),
        ("soon", {}),
        ("abc", {"abc": "A"}),
        ("risk", {"risk": "repeat_repair"}),
        ("lost", {}),
        ("lost", {"month": "2025-09"}),
        ("basket", {"bought": "oil_service", "then": "brakes", "of": "offer"}),
    ],
)
def test_a_list_and_the_segment_made_of_it_are_the_same_people(rf, code, keys):
    chosen = chosen_of(rf.get("/?period=twelve").GET, DAY)
    actor, known = system("test"), attributes.discover()
    rule = tree.read(rule_of(code, keys, chosen, sleep_after=365), known)
    asked = Base(actor, chosen.look).asked
    of_rule = {row["customer_id"] for row in asked.rows(membership.of_rule(asked.con, rule, DAY))}
    listed_ = {customer for customer, _car in queries.pairs(actor, chosen.look, code, keys, most=1000)}
    assert (of_rule, bool(of_rule)) == (listed_, True)


@pytest.mark.usefixtures("base")
def test_a_manager_writes_the_strategy_of_a_cell(client):
    people.signed_in(client, Role.MANAGER)
    url = reverse("office:analytics-strategy", args=[4, 1])
    assert client.post(url, {"title": "", "words": "Позвонить"}).status_code == 422
    answer = client.post(url, {"title": "Вернуть домой", "words": "Звонит директор"})
    assert answer["Location"] == reverse("office:analytics-strategies")
    assert list(CellStrategy.objects.values_list("r", "m", "title", "words")) == [
        (4, 1, "Вернуть домой", "Звонит директор")
    ]
    matrix = page(client, "rfm").context["page"].tables[0]
    assert matrix.rows[3].cells[0].note == "Вернуть домой"


def test_strategies_are_of_the_whole_group(client, base):
    people.signed_in(client, Role.MANAGER, base.kazan)
    assert client.get(reverse("office:analytics-strategies")).status_code == 200
    url = reverse("office:analytics-strategy", args=[4, 1])
    assert client.post(url, {"title": "Моё", "words": "Моё"}).status_code == 403


@pytest.mark.usefixtures("base")
def test_the_arrays_say_what_the_definitions_say():
    """All of a look's figures: by the definitions while nobody has made the arrays, then by the loops over them."""

    def told():
        look.forget()
        whole = Base(system("test"), Look(DAY, date(2024, 11, 1)))
        cells = figures.cells(whole)
        overlay = figures.overlay(whole)
        return {
            "flows": figures.flows(whole, whole.look.before()),
            "states": figures.states(whole),
            "cells": (cells.cells, cells.days, cells.money),
            "overlay": {(row["state"], row["rfm"]): (row["customers"], row["monetary"]) for row in overlay},
            "soon": figures.summed(whole, "soon"),
            "retained": figures.retained(whole),
            "made": figures.made(whole, whole.look.year_ago()),
            "cohorts": figures.cohorts(whole, "customer", "visit", None),
            "retention": whole.report("retention", as_of=DAY),
            "strategies": cell_yields.yields(whole.asked, date(2025, 3, 1), date(2025, 6, 1)),
        }

    assert not arrays.is_made(mirrors.current())
    by_definition = told()
    arrays.of()
    by_loops = told()
    assert by_loops == by_definition
    assert sum(row["came"] for row in by_loops["cohorts"]) > 0


@pytest.mark.parametrize(
    ("code", "keys"),
    [
        ("source", {"source": "sales"}),
        ("basket", {"bought": "oil_service", "then": "maintenance"}),
        ("retention", {"definition": "customers_12", "month": "2025-06", "kept": "0"}),
        ("trait", {"best": "1", "trait": "companies"}),
    ],
)
@pytest.mark.parametrize("of_branch", [False, True])
def test_a_list_without_a_rule_is_saved_as_a_segment_of_its_people(client, base, code, keys, of_branch):
    user = people.signed_in(client, Role.MANAGER, *([base.samara] if of_branch else []))
    found = listed(client, list=code, **keys).context
    wanted = set(queries.customers(user.as_actor(), chosen_of_query(LOOK), code, keys))
    url = f"{reverse('office:analytics-people')}?{urlencode({**LOOK, 'list': code, **keys})}"
    # Pressed twice it is one segment.
    for _press in range(2):
        members = saved_people(client, url)
        assert (members, len(members)) == (wanted, found["found"].customers)
    assert (found["savable"], Segment.objects.get().counted_for) == (True, DAY)


@pytest.mark.usefixtures("base")
def test_who_may_not_make_segments_has_no_button_and_saves_none(client):
    AccessRole.objects.create(code="manager", kind=Role.MANAGER, grants={"reaches": {"segments.change": ""}})
    people.signed_in(client, Role.MANAGER)
    answer = listed(client, list="source", source="sales")
    assert (answer.context["savable"], answer.context["segment_url"]) == (False, "")
    assert client.post(answer.wsgi_request.get_full_path()).status_code == 403
    assert Segment.objects.count() == 0


def chosen_of_query(query):
    return chosen_of(QueryDict(urlencode(query)), date.today()).look  # noqa: DTZ011 - the look has its own day
