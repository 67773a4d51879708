"""The office's segments: the list, the builder edit by edit, the people of one, who may do what."""

import io
import json
from datetime import timedelta

import openpyxl
import pytest
from django.utils import timezone
from tests import factories, march, people

from vernost.accounts.models import Source
from vernost.core.actor import Role
from vernost.segments import operations, ready
from vernost.segments.models import Segment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("base")]

CAME = {"attribute": "visits", "operator": "at_least", "value": 1, "within": {"months": 12}}
HTMX = {"HTTP_HX_REQUEST": "true"}
NEW = "/office/segments/new/"


@pytest.fixture(scope="module")
def today():
    return timezone.localdate()


@pytest.fixture(scope="module")
def base(shared_rows, today):  # noqa: ARG001 - lets the rows be committed
    branch = factories.branch()
    persons = [
        factories.customer(name=name, external_id=name, source=source()) for name in ("Иванов", "Петров", "Орлов")
    ]
    for number, person in enumerate(persons[:2]):
        factories.order(customer=person, branch=branch, opened_on=today, amount=1000 * (number + 1))
    march.build(timezone.now())
    yield {"branch": branch, "persons": persons}
    march.forget()


def source():
    return Source.objects.get_or_create(code="dms")[0]


def save(actor, rule=CAME, **more) -> Segment:
    return operations.save_segment(
        segment_id=None, title="Были за год", rule=rule, actor=actor, now=timezone.now(), **more
    )


def form(*conditions, **more):
    fields = {"n.1.parent": "0", "n.1.kind": "group", "n.1.logic": "all"}
    for number, condition in enumerate(conditions, 2):
        fields |= {f"n.{number}.parent": "1", f"n.{number}.kind": "condition"}
        fields |= {f"n.{number}.{name}": value for name, value in condition.items()}
    return {**fields, **more}


VISITS = {"attribute": "visits", "operator": "at_least", "value": "1", "window": "last", "window_number": "12"}


def test_the_list_begins_with_ready_ones(client):
    people.signed_in(client)
    page = client.get("/office/segments/")
    assert [one.code for one in page.context["ready"]] == [one.code for one in ready.READY]
    assert "Тонкий лёд" in page.content.decode()


@pytest.mark.parametrize("one", ready.READY, ids=lambda one: one.code)
def test_a_ready_segment_opens_counted_and_in_words(client, one):
    people.signed_in(client)
    page = client.get(f"{NEW}?start={one.code}")
    built = page.context["built"]
    assert (page.status_code, built.unfinished, built.found.base) == (200, 0, 3)
    assert built.sentence.startswith("Клиенты, у которых ")
    assert json.loads(built.rule)


def test_a_rule_of_a_report_opens_in_the_builder(client):
    people.signed_in(client)
    page = client.get(NEW, {"rule": json.dumps(CAME)})
    built = page.context["built"]
    assert (built.found.total, built.sentence) == (
        2,
        "Клиенты, у которых визиты (дни) за последние 12 месяцев — не меньше 1.",
    )


def test_an_edit_answers_with_the_counts_alone(client):
    people.signed_in(client)
    page = client.post(NEW, form(VISITS, {"attribute": "has_phone", "operator": "no"}, before="5"), **HTMX)
    built, words = page.context["built"], page.content.decode()
    assert page.templates[0].name == "office/segments/_outcome.html"
    assert (built.found.total, built.change, built.marks) == (0, -5, [(2, 2), (3, 0)])
    assert 'id="count-2" hx-swap-oob="true">2<' in words
    assert [person.name for person in built.people] == []


def test_the_people_shown_are_those_who_brought_most(client):
    people.signed_in(client)
    built = client.post(NEW, form(VISITS), **HTMX).context["built"]
    assert ([person.name for person in built.people], built.revenue) == (["Петров", "Иванов"], 3000)


@pytest.mark.parametrize(
    ("deed", "items"),
    [
        ("condition:1", ["condition", "condition"]),
        ("group:1", ["condition", "group"]),
        ("drop:2", []),
        ("drop:1", ["condition"]),
        ("nonsense", ["condition"]),
    ],
)
def test_buttons_of_the_tree_change_it(client, deed, items):
    people.signed_in(client)
    page = client.post(NEW, form(VISITS, act=deed), **HTMX)
    assert [item.kind for item in page.context["built"].root.items] == items
    assert page.templates[0].name == "office/segments/_tree.html"


def test_what_is_not_filled_in_is_left_out_and_what_is_wrong_is_said(client):
    people.signed_in(client)
    empty = {"attribute": "car_make", "operator": "in"}
    wrong = {"attribute": "revenue", "operator": "at_least", "value": "много"}
    built = client.post(NEW, form(VISITS, empty, wrong), **HTMX).context["built"]
    assert (built.found.total, built.unfinished) == (2, 2)
    assert [item.error for item in built.root.items] == ["", "", "нужно число, например 1500 или 0,5"]


def test_saving_makes_a_segment_of_ones_own(client):
    user = people.signed_in(client)
    answer = client.post(NEW, form(VISITS, act="save", title="Были", about="Для звонков", shared="on"))
    segment = Segment.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/office/segments/{segment.pk}/")
    assert (segment.title, segment.about, segment.shared, segment.owner) == ("Были", "Для звонков", True, user)
    assert segment.rule == {"all": [CAME]}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"title": " "}, "Назовите сегмент"),
        ({"title": "x", "n.2.value": "?"}, "Некоторые условия не заполнены: допишите их или уберите"),
    ],
)
def test_what_cannot_be_saved_is_said_and_kept(client, more, words):
    people.signed_in(client)
    page = client.post(NEW, {**form(VISITS, act="save"), **more})
    assert (page.status_code, page.context["error"]) == (422, words)
    assert page.context["built"].root.items[0].draft.attribute.code == "visits"
    assert not Segment.objects.exists()


def test_the_people_of_a_segment_as_a_page_and_as_a_file(client, today):
    user = people.signed_in(client)
    segment = save(user.as_actor())
    operations.count_segment(segment_id=segment.pk, as_of=today)
    page = client.get(f"/office/segments/{segment.pk}/")
    assert [row.name for row in page.context["page"].rows] == ["Иванов", "Петров"]
    assert (page.context["count"], page.context["segment"].size) == (2, 2)
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/office/segments/{segment.pk}/?format=xlsx").content))
    rows = list(book.active.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["Клиент", "Иванов", "Петров"]
    assert client.get("/office/segments/").context["rows"][0].segment == segment


def test_who_came_and_who_left_opens_to_names(client, today):
    user = people.signed_in(client)
    segment = save(user.as_actor())
    yesterday = today - timedelta(days=1)
    operations.count_segment(segment_id=segment.pk, as_of=yesterday)
    operations.count_segment(segment_id=segment.pk, as_of=today)
    page = client.get(f"/office/segments/{segment.pk}/?of=came&on={today:%Y-%m-%d}")
    assert ([row.name for row in page.context["page"].rows], page.context["last"].came) == (["Иванов", "Петров"], 2)


def test_a_call_campaign_begins_with_the_people(client, today):
    user = people.signed_in(client)
    segment = save(user.as_actor())
    operations.count_segment(segment_id=segment.pk, as_of=today)
    begin = client.get(f"/office/programmes/campaigns/new/?segment={segment.code}").context["form"].initial
    assert begin == {"way": "list", "title": "Были за год", "entries": "Иванов\nПетров"}


def test_freezing_counting_and_removing(client):
    user = people.signed_in(client)
    segment = save(user.as_actor())
    url = f"/office/segments/{segment.pk}"
    assert client.post(f"{url}/count/").status_code == 302
    client.post(f"{url}/freeze/", {"frozen": "1"})
    segment.refresh_from_db()
    assert (segment.size, segment.frozen) == (2, True)
    client.post(f"{url}/remove/")
    assert not Segment.objects.exists()


def test_a_colleague_sees_a_shared_segment_and_does_not_change_it(client):
    owner = people.user()
    own, shared = save(owner.as_actor()), save(owner.as_actor(), shared=True)
    people.signed_in(client)
    assert client.get(f"/office/segments/{own.pk}/").status_code == 404
    page = client.get(f"/office/segments/{shared.pk}/")
    assert (page.status_code, page.context["own"]) == (200, False)
    client.post(f"/office/segments/{shared.pk}/remove/")
    assert Segment.objects.count() == 2


def test_a_branch_manager_counts_his_own_customers(client):
    people.signed_in(client, Role.MANAGER, factories.branch(name="Другой"))
    built = client.post(NEW, form(VISITS), **HTMX).context["built"]
    assert (built.found.total, built.found.base, built.people) == (0, 0, [])


def test_a_list_of_people_is_named_and_shared_by_its_owner_alone(client, base, today):
    people.signed_in(client)
    listed = operations.save_people(
        title="Из списка",
        about="",
        customer_ids=[person.pk for person in base["persons"]],
        on=today,
        actor=people.user().as_actor(),
        now=timezone.now(),
    )
    at = f"/office/segments/{listed.pk}/"
    assert client.get(at).status_code == 404
    client.force_login(listed.owner)
    assert "naming" in client.get(at).context
    sent = {"title": "Позвать весной", "about": "Шины", "shared": "on"}
    for refused in ({**sent, "title": " "}, {**sent, "title": "я" * 121}):
        assert "Дайте сегменту название" in client.post(f"{at}words/", refused, follow=True).text
    client.post(f"{at}words/", sent)
    listed.refresh_from_db()
    assert (listed.title, listed.about, listed.shared, listed.size) == ("Позвать весной", "Шины", True, 3)
    people.signed_in(client)
    answer = client.post(f"{at}words/", {**sent, "title": "Моё"}, follow=True)
    listed.refresh_from_db()
    assert (listed.title, "Этот сегмент меняет только" in answer.text) == ("Позвать весной", True)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADVISOR])
def test_others_have_no_segments(client, role):
    people.signed_in(client, role)
    assert client.get("/office/segments/").status_code == 403
    assert client.get(NEW).status_code == 403


def test_without_a_mirror_the_builder_says_so(client, tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "nothing"
    people.signed_in(client)
    page = client.get(NEW)
    assert "Пока некого считать" in page.content.decode()


def test_the_list_reads_as_much_for_three_as_for_one(client, django_assert_max_num_queries):
    user = people.signed_in(client)
    save(user.as_actor())
    with django_assert_max_num_queries(12) as one:
        client.get("/office/segments/")
    for _ in range(2):
        save(user.as_actor())
    with django_assert_max_num_queries(len(one)):
        client.get("/office/segments/")


def test_a_past_day_is_not_needed_to_be_a_date(client):
    user = people.signed_in(client)
    segment = save(user.as_actor())
    assert client.get(f"/office/segments/{segment.pk}/?on=yesterday").context["on"] == timezone.localdate()
