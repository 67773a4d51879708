"""The pages of roles and of the journal, and the command that proves the journal whole."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests import factories as make
from tests import people
from tests.command_line import on_this_database, told, vernost
from tests.own_fields import made

from vernost.accounts import audit, queries, roles
from vernost.accounts import operations as accounts
from vernost.accounts.models import AccessRole, AuditRecord, User
from vernost.accounts.rules import Grants
from vernost.accounts.tokens import Scope, TokenEntry, make_token
from vernost.core.actor import Actor, Role
from vernost.core.rights import Sensitive
from vernost.core.things import actions
from vernost.customers.operations import refresh_search_keys
from vernost.reports import operations as reports
from vernost.reports.rules import Kpi, MotivationLine
from vernost.segments.models import Segment, SegmentMember
from vernost.workshop import operations as workshop

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def form_of(page, **changes):
    """Return the matrix as a browser would send it back."""
    form = page.context["form"]
    values = {bound.html_name: bound.value() for bound in form if bound.html_name != "fields_shown"}
    return {**values, "fields_shown": form["fields_shown"].value(), **changes}


def test_the_matrix_shows_every_right_of_every_role(client, django_assert_max_num_queries):
    people.signed_in(client, Role.ADMINISTRATOR)
    with django_assert_max_num_queries(8):
        page = client.get(reverse("office:roles"))
    shown = [action for _thing, rows in page.context["groups"] for action, _reaches in rows]
    assert shown == [action for _right, action in actions()]
    assert [row.code for row in page.context["rows"]] == ["operator", "advisor", "manager", "administrator"]


def test_a_role_is_changed_on_its_page_and_holds_at_once(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    address = reverse("office:role", args=["operator"])
    page = client.get(address)
    sent = form_of(page, **{"reports-view": "group", "fields_shown": ["phone"]})
    assert client.post(address, sent).status_code == 302
    stored = AccessRole.objects.get(pk="operator").grants
    assert stored == {"reaches": {"reports.view": "group"}, "fields": ["phone"]}
    changes = client.get(address).context["changes"]
    assert set(changes[0].lines) == {
        "Отчёты и аналитика: видеть: — → вся группа",
        "Видит поля: Почта: да → нет",
        "Видит поля: VIN: да → нет",
    }
    people.signed_in(client, Role.OPERATOR, people.branch())
    assert client.get(reverse("office:home")).status_code == 200
    client.get("/")
    people.signed_in(client, Role.ADMINISTRATOR)
    client.post(reverse("office:role-reset", args=["operator"]))
    assert AccessRole.objects.get(pk="operator").grants == {"reaches": {}, "fields": None}


def test_a_copy_is_given_to_a_user_and_cannot_be_removed_then(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    client.post(reverse("office:role-copy", args=["manager"]), {"title": "Маркетолог"})
    copy = AccessRole.objects.get(title="Маркетолог")
    form = {
        "last_name": "Сафин",
        "first_name": "Марат",
        "username": "safin",
        "email": "",
        "role": copy.code,
        "scope": "group",
        "employee": "",
    }
    assert client.post(reverse("office:user-add"), form).status_code == 200
    user = User.objects.get(username="safin")
    assert (user.role, user.access_role) == ("manager", copy)
    assert "Маркетолог" in client.get(reverse("office:users")).content.decode()
    client.post(reverse("office:role-drop", args=[copy.code]))
    assert AccessRole.objects.filter(pk=copy.code).exists()
    client.post(reverse("office:user-edit", args=[user.pk]), {**form, "role": "manager"})
    client.post(reverse("office:role-drop", args=[copy.code]))
    assert not AccessRole.objects.filter(pk=copy.code).exists()


def test_a_role_of_ones_own_begins_with_a_page_that_opens(client):
    role = AccessRole.objects.create(
        code="clerk",
        kind=Role.MANAGER,
        title="Писарь",
        grants={"reaches": {right: "" for right, _action in actions() if right != "programmes.view"}},
    )
    client.force_login(people.user(Role.MANAGER, access_role=role))
    assert client.get("/").headers["Location"] == reverse("office:programmes")
    page = client.get(reverse("office:programmes")).content.decode()
    assert (reverse("office:funnel") in page, reverse("office:programmes") in page) == (False, True)


def test_own_customers_are_those_whose_advisor_one_is(client):
    kazan = make.branch()
    advisor, other = make.advisor(branch=kazan), make.advisor(branch=kazan, name="Other")
    mine, foreign = (
        make.customer(name="Свой Клиент", advisor=advisor),
        make.customer(name="Чужой Клиент", advisor=other),
    )
    AccessRole.objects.create(code="advisor", kind=Role.ADVISOR, grants={"reaches": {"customers.view": "own"}})
    people.signed_in(client, Role.ADVISOR, kazan, employee=advisor)
    answers = [client.get(reverse("workplace:customer", args=[pk])).status_code for pk in (mine.pk, foreign.pk)]
    assert answers == [200, 404]
    assert AuditRecord.objects.filter(action="viewed").values_list("subject_id", flat=True).get() == str(mine.pk)


def searches():
    rows = AuditRecord.objects.filter(subject="search").order_by("pk")
    return [(row.subject_id, row.fields["question"], sorted(row.fields["customers"])) for row in rows]


SEARCHED_AT = ("office:search", "office:customers", "workplace:find")


@pytest.mark.parametrize("name", SEARCHED_AT)
def test_whom_somebody_looks_for_is_written_down_without_the_number_itself(client, name):
    people.signed_in(client, Role.MANAGER)
    found, other = (make.customer(name="Искомый Иван", phones=(phone,)) for phone in ("+79179990011", "+79031112233"))
    refresh_search_keys(customer_ids=[found.pk, other.pk])
    for text in ("8 (917) 999-00-11", "9990011", "искомый", "Никтошкин", ""):
        client.get(reverse(name), {"q": text})
    assert searches() == [
        (str(found.pk), "+8 ··· ··11", [found.pk]),
        (str(found.pk), "·····11", [found.pk]),
        ("", "искомый", [found.pk, other.pk]),
        ("", "", []),
    ]


def test_pages_that_tell_telephones_or_vins_are_written_down_with_their_people(client):
    people.signed_in(client, Role.MANAGER)
    branch, whom = make.branch(), make.customer(name="Искомый Иван", phones=("+79179990011",))
    car = make.vehicle(owner=whom)
    make.appointment(branch=branch, customer=whom, vehicle=car, starts_at=NOW)
    segment = Segment.objects.create(code="mine", title="Мои", shared=True, frozen=True, created_at=NOW, changed_at=NOW)
    SegmentMember.objects.create(segment=segment, customer=whom, since=NOW.date())
    for address, asked in (
        (reverse("office:customers"), {}),
        (reverse("office:customers"), {"c": "name"}),
        (reverse("office:vehicles"), {"c": "vin"}),
        (reverse("office:vehicles"), {"c": "car"}),
        (reverse("office:orders"), {}),
        (reverse("office:segment", args=[segment.pk]), {}),
        (reverse("workplace:reception"), {"branch": branch.pk, "day": "2026-11-24"}),
        (reverse("workplace:reception"), {"branch": branch.pk, "day": "2026-11-25"}),
    ):
        assert client.get(address, asked).status_code == 200
    lines = AuditRecord.objects.filter(subject="list").order_by("pk").values_list("action", "subject_id", "fields")
    assert list(lines) == [
        ("listed", "customers", {"customers": [whom.pk]}),
        ("listed", "vehicles", {"vehicles": [car.pk]}),
        ("listed", "segment/mine", {"customers": [whom.pk]}),
        ("listed", f"reception/{branch.pk}", {"customers": [whom.pk]}),
    ]


def test_who_walks_the_search_by_beginnings_of_names_is_stopped(client):
    """Eight people at a time, as Ctrl+K answers them."""
    user = people.signed_in(client, Role.OPERATOR)
    found = [make.customer(name=f"Искомый Иван {number}") for number in range(2)]
    refresh_search_keys(customer_ids=[each.pk for each in found])
    shown = [{"customers": list(range(first, first + 8))} for first in range(10**9, 10**9 + 2_000, 8)]
    line = {"user": user, "at": timezone.now(), "subject": "search", "action": "searched"}
    AuditRecord.objects.bulk_create([AuditRecord(fields=fields, **line) for fields in shown])
    answer = client.get(reverse("office:search"), {"q": "искомый"})
    assert (answer.status_code, "2000" in answer.content.decode()) == (429, True)
    people.signed_in(client, Role.ADMINISTRATOR)
    assert f"?who={user.pk}" in client.get(reverse("office:home")).content.decode()


def test_a_card_of_a_car_and_of_an_order_is_a_look_too(client):
    people.signed_in(client, Role.MANAGER)
    owner = make.customer()
    car = make.vehicle(owner=owner)
    order = make.order(branch=make.branch(), customer=owner, vehicle=car)
    for name, pk in (("office:vehicle", car.pk), ("office:order", order.pk), ("office:customer", owner.pk)):
        assert client.get(reverse(name, args=[pk])).status_code == 200
    seen = AuditRecord.objects.filter(action="viewed").order_by("pk").values_list("subject", "subject_id")
    assert list(seen) == [("vehicle", str(car.pk)), ("order", str(order.pk)), ("customer", str(owner.pk))]


def test_the_journal_is_searched_by_person_object_action_and_day(client):
    boss = people.signed_in(client, Role.ADMINISTRATOR)
    operator = people.user(Role.OPERATOR, last_name="Искомая")
    for who in (boss, operator):
        audit.record_view(subject="customer", subject_id=make.customer().pk, actor=who.as_actor(), now=timezone.now())

    def lines(**query):
        return [line.who for line in client.get(reverse("office:audit"), query).context["page"].rows]

    assert len(lines()) == 2
    assert lines(who=operator.pk) == ["Искомая"]
    assert lines(action="exported") == []
    assert len(lines(subject="customer", action="viewed")) == 2
    today = timezone.localdate().isoformat()
    assert (len(lines(since=today, until=today)), lines(until="2020-01-01")) == (2, [])


def test_the_journal_names_a_key_and_the_branches_of_a_move(client):
    boss = people.signed_in(client, Role.ADMINISTRATOR).as_actor()
    entry = TokenEntry("Сайт", frozenset(Scope), all_branches=True)
    key = make_token(entry=entry, actor=boss, now=NOW).token_id
    kazan, ufa = make.branch(name="Казань"), make.branch(name="Уфа")
    appointment = make.appointment(branch=kazan, starts_at=make.at(15))
    site = Actor(code=f"token:{key}", branch_ids=None)
    for branch, hour in ((kazan, 16), (ufa, 16)):
        more = {"branch_id": branch.pk, "starts_at": make.at(hour), "actor": site, "now": make.at(12)}
        workshop.move(appointment_id=appointment.pk, **more)
    lines = client.get(reverse("office:audit"), {"action": "moved"}).context["page"].rows
    assert [(line.who, [words.split(":")[0] for words in line.lines]) for line in lines] == [
        ("Сайт", ["Дилерский центр"]),
        ("Сайт", ["Начало"]),
    ]
    assert lines[0].lines == ("Дилерский центр: Казань → Уфа",)


def test_the_journal_calls_a_list_as_its_page_does(client):
    boss = people.signed_in(client, Role.ADMINISTRATOR).as_actor()
    about = {"rule": {}, "size": 0, "counted_for": NOW.date()}
    Segment.objects.create(code="sleeping", title="Спящие", created_at=NOW, changed_at=NOW, **about)
    make.customer()
    client.get(reverse("office:customers"))
    for what in ("segment/sleeping", "segment/removed"):
        audit.record_list(what=what, kind="customers", ids=[1], tells=Sensitive.PHONE, actor=boss, now=timezone.now())
    lines = client.get(reverse("office:audit"), {"subject": "list"}).context["page"].rows
    assert [line.about for line in lines] == ["removed", "Спящие", "Клиенты"]


def test_a_page_of_the_journal_asks_the_database_as_often_for_one_line_as_for_fifty(client):
    boss = people.signed_in(client, Role.ADMINISTRATOR).as_actor()
    asked = []
    for count in (1, 50):
        for number in range(count):
            fields = {"value": [number, number + 1]}
            more = {"subject": "setting", "subject_id": f"of-{number}", "action": "changed", "fields": fields}
            audit.record_change(**more, actor=boss, now=timezone.now())
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("office:audit"))
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 20


def test_the_journal_is_taken_out_and_that_is_written_down_too(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    answer = client.get(reverse("office:audit"), {"format": "csv", "action": "viewed"})
    assert answer.headers["Content-Type"].startswith("text/csv")
    line = AuditRecord.objects.latest("pk")
    assert (line.action, line.subject_id) == ("exported", "office:audit")
    assert line.fields == {
        "rows": 0,
        "question": "/office/settings/journal/?format=csv&action=viewed",
        "people": False,
    }


def test_whom_a_file_was_made_of_by_words_is_told_beside_them_and_not_in_the_address(client):
    made("Дача", "text"), made("Размер", "whole")
    people.signed_in(client, Role.ADMINISTRATOR)
    found = make.customer(name="Искомый Иван", phones=("+79179990011",))
    refresh_search_keys(customer_ids=[found.pk])
    asked = {"c": "name", "q": "8 (917) 999-00-11", "x_dacha": "у Искомого", "x_razmer.from": "2", "format": "csv"}
    assert client.get(reverse("office:customers"), asked).status_code == 200
    client.get(reverse("office:vehicles"), {"c": "car", "plate": "А123ВС116", "of": "Искомого", "format": "csv"})
    lines = AuditRecord.objects.filter(subject="export").order_by("pk")
    assert [line.fields["question"] for line in lines] == [
        "/office/customers/?c=name&sort=name&x_dacha=***&x_razmer.from=2&q=***&format=csv",
        "/office/cars/?c=car&sort=-ref&plate=***&format=csv",
    ]
    assert searches() == [("", "", [])]
    client.get(reverse("office:customers"), {"format": "csv", "q": "9990011"})
    assert searches()[1] == (str(found.pk), "·····11", [found.pk])


def test_lines_of_plans_schemes_and_rules_are_in_words(client, django_assert_max_num_queries):
    boss = people.signed_in(client, Role.ADMINISTRATOR).as_actor()
    make.programme(code="lost", title="Потерянные")
    plan = {(None, "paid"): Decimal(10), ("lost", "booked"): Decimal(7), (None, "base_revenue"): Decimal("1500.50")}
    reports.save_plan(month=date(2026, 11, 1), branch_id=None, figures=plan, actor=boss, now=NOW)
    scheme = [MotivationLine(Kpi.BOOKED, Decimal(5), Decimal(250), None)]
    reports.save_scheme(role=Role.OPERATOR, valid_from=date(2026, 11, 1), lines=scheme, actor=boss, now=NOW)
    accounts.save_settings(values={"lease_minutes": 20}, actor=boss, now=NOW)

    def rows():
        with django_assert_max_num_queries(20):
            return client.get(reverse("office:audit"), {"action": "changed"}).context["page"].rows

    def told():
        return [sorted(line.replace("\xa0", " ") for line in row.lines) for row in rows()]

    lease = "На сколько минут клиент закрепляется за оператором"
    about = [row.about.replace("\xa0", " ") for row in rows()]
    assert about == [lease, "Оператор", "ноябрь 2026, вся группа"]
    assert told() == [
        ["На сколько минут клиент закрепляется за оператором: 15 → 20"],
        ["Запись: — → сверх 5, ставка 250 ₽"],
        ["Все программы вместе, Оплата: — → 10", "Выручка сервиса, ₽: — → 1 500,50", "Потерянные, Запись: — → 7"],
    ]
    people.signed_in(client, Role.ADMINISTRATOR, language="en")
    assert told()[2] == [
        "All programmes together, Payment: — → 10",
        "Revenue of service, ₽: — → 1,500.50",
        "Потерянные, Booking: — → 7",
    ]


def test_a_rule_is_taken_back_from_the_journal(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    accounts.save_settings(values={"lease_minutes": 20}, actor=people.user().as_actor(), now=timezone.now())
    row = client.get(reverse("office:audit")).context["page"].rows[0]
    assert row.undoing.can
    client.post(reverse("office:audit-undo", args=[row.id]))
    assert queries.rule_settings().lease_minutes == 15
    assert not client.get(reverse("office:audit")).context["page"].rows[-1].undoing.can
    changes = client.get(reverse("office:settings")).context["changes"]
    assert ("Изменение отменено", ()) in [(change.title, change.lines) for change in changes]


def test_a_role_is_taken_back_from_the_journal_while_it_is_there(client):
    boss = people.signed_in(client, Role.ADMINISTRATOR).as_actor()
    copy = roles.copy_role(code="manager", title="Маркетолог", actor=boss, now=timezone.now())
    for reach in ("", "group"):
        roles.save_role(code=copy, grants=Grants({"reports.export": reach}), actor=boss, now=timezone.now())

    def lines():
        return client.get(reverse("office:audit"), {"subject": "role", "id": copy}).context["page"].rows

    assert [(line.about, line.undoing.can) for line in lines()] == [("Маркетолог", can) for can in (True, False, False)]
    assert lines()[-1].lines == ("Название: — → Маркетолог", "Копия роли: — → Руководитель")
    client.post(reverse("office:audit-undo", args=[lines()[0].id]))
    assert roles.role(copy).rights.reach("reports.export") is None
    titles = [change.title for change in client.get(reverse("office:role", args=[copy])).context["changes"]]
    assert titles == ["Изменение отменено", "Изменено", "Изменено", "Изменено", "Добавлено"]
    roles.drop_role(code=copy, actor=boss, now=timezone.now())
    assert not any(line.undoing.can for line in lines())


def test_who_may_not_export_gets_no_file(client):
    AccessRole.objects.create(
        code="manager", kind=Role.MANAGER, grants={"reaches": {"customers.export": "", "reports.export": ""}}
    )
    people.signed_in(client, Role.MANAGER)
    segment = Segment.objects.create(code="all", title="Все", rule={}, created_at=NOW, changed_at=NOW)
    address = reverse("office:segment", args=[segment.pk])
    assert client.get(address, {"format": "csv"}).status_code == 403
    assert not AuditRecord.objects.filter(action="exported").exists()


@pytest.mark.django_db(transaction=True)
def test_the_command_proves_the_journal_whole(monkeypatch):
    on_this_database(monkeypatch)
    boss = people.user(Role.ADMINISTRATOR).as_actor()
    lines = [
        audit.record_change(subject="branch", subject_id=n, action="changed", fields={}, actor=boss, now=timezone.now())
        for n in range(3)
    ]
    whole = told("audit", "verify")
    assert (whole["holds"], whole["links"], whole["sealed_now"], whole["faults"]) == (True, 3, 3, [])
    assert told("audit", "verify", "--head", whole["head"])["holds"] is True
    AuditRecord.objects.filter(pk=lines[1]).update(actor="user:666")
    answer = vernost("audit", "verify", "--json")
    assert (answer.exit_code, json.loads(answer.stdout)["faults"]) == (
        1,
        [{"number": 2, "line": lines[1], "fault": "altered"}],
    )
    assert "Журнал не сходится: выше названо нарушений — 1" in answer.stderr
    assert vernost("audit", "verify", "--head", "nonsense").exit_code == 2
