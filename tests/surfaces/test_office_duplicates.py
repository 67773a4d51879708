"""The pages on which two cards become one, and two again."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests import factories as make
from tests import people
from tests.own_fields import held, listed, made, put
from tests.pages import sent

from vernost.accounts.queries import rule_settings
from vernost.core.actor import Role, system
from vernost.customers import jobs, operations
from vernost.customers.models import ContactAddress, Customer, CustomerMerge, DuplicatePair, DuplicateSearch

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    first = make.customer(name="Иванов Сергей Петрович", city="Казань")
    second = make.customer(name="Иванов С.П.", city="Москва", birth_date=date(1980, 5, 1), phones=("+79033334455",))
    make.order(customer=first)
    return DuplicatePair.objects.create(
        left=first, right=second, score=0.987, agreement={"family": 7.1, "born": -3.0}, found_at=timezone.now()
    )


def test_the_list_shows_the_pairs_with_their_evidence(client, pair, django_assert_max_num_queries):
    people.signed_in(client)
    with django_assert_max_num_queries(20):
        page = client.get(reverse("office:duplicates"))
    [shown] = page.context["pairs"]
    assert (shown.row.id, round(shown.percent, 1), len(shown.agrees), len(shown.differs)) == (pair.pk, 98.7, 1, 1)
    assert "Иванов С.П." in page.content.decode()


def decided(client, pair, way="duplicate", **said):
    """Look at the pair and decide as the page's form does."""
    seen = client.get(reverse("office:duplicate", args=[pair.pk])).context["seen"]
    return client.post(reverse(f"office:{way}", args=[pair.pk]), {"seen": seen, **said})


def queries_of_the_list(client):
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("office:duplicates"))
    return len(captured)


@pytest.mark.usefixtures("pair")
def test_queries_do_not_grow_with_the_list(client):
    people.signed_in(client)
    client.get(reverse("office:duplicates"))
    once = queries_of_the_list(client)
    for number in range(2):
        more = [make.customer(name=f"Петров {number}{one}") for one in "аб"]
        DuplicatePair.objects.create(left=more[0], right=more[1], score=0.9, found_at=timezone.now())
    assert queries_of_the_list(client) == once


def test_fields_of_ones_own_are_chosen_one_by_one_and_come_back(client, pair):
    people.signed_in(client)
    colour = made("Цвет", "choice", directory_id=listed("Красный", "Синий").pk)
    club, wish, same = made("Клуб", "text"), made("Пожелание", "text"), made("Баллы", "whole")
    put(pair.left, **{colour.code: "красный", club.code: "Золотой", same.code: "7"})
    put(pair.right, **{colour.code: "синий", club.code: "Чёрный", wish.code: "Кофе", same.code: "7"})
    before = [held(pair.left), held(pair.right)]
    page = client.get(reverse("office:duplicate", args=[pair.pk]))
    assert [(part.title, part.survivor, part.gone, part.differs, part.taken) for part in page.context["fields"]] == [
        ("Цвет", "Красный", "Синий", True, "survivor"),
        ("Клуб", "Золотой", "Чёрный", True, "survivor"),
        ("Пожелание", "", "Кофе", True, "gone"),
        ("Баллы", "7", "7", False, "survivor"),
    ]
    chosen = {f"field:{colour.pk}": "gone", f"field:{club.pk}": "survivor", f"field:{wish.pk}": "survivor"}
    decided(client, pair, survivor=pair.left_id, **chosen)
    assert held(pair.left) == {colour.code: before[1][colour.code], club.code: ("Золотой",), same.code: ("7",)}
    client.post(reverse("office:merge-undo", args=[CustomerMerge.objects.get().pk]))
    assert [held(pair.left), held(pair.right)] == before


def test_two_cards_stand_side_by_side_and_are_merged_as_chosen(client, pair):
    people.signed_in(client)
    page = client.get(reverse("office:duplicate", args=[pair.pk]))
    assert {part.code for part in page.context["parts"] if part.differs} == {"name", "city", "birth_date"}
    assert page.context["survivor"] == pair.left
    told = {part.code: (part.survivor, part.gone) for part in page.context["parts"]}
    assert (told["kind"], told["birth_date"]) == (("Физическое лицо",) * 2, ("—", "01.05.1980"))
    answer = decided(client, pair, survivor=pair.left_id, city="gone", name="survivor")
    assert answer.headers["Location"] == reverse("office:duplicates")
    first = Customer.objects.get(pk=pair.left_id)
    assert (first.city, first.full_name, first.birth_date) == ("Москва", "Иванов Сергей Петрович", date(1980, 5, 1))
    old = client.get(reverse("office:customer", args=[pair.right_id]))
    assert old.headers["Location"] == reverse("office:customer", args=[pair.left_id])


def test_the_other_card_may_stand(client, pair):
    people.signed_in(client)
    url = reverse("office:duplicate", args=[pair.pk])
    assert client.get(f"{url}?survivor={pair.right_id}").context["survivor"] == pair.right
    decided(client, pair, survivor=pair.right_id)
    assert Customer.objects.get(pk=pair.left_id).merged_into_id == pair.right_id


def test_a_merge_is_undone_on_the_page(client, pair):
    people.signed_in(client)
    decided(client, pair, survivor=pair.left_id)
    page = client.get(reverse("office:duplicates"))
    [row] = page.context["merges"]
    client.post(reverse("office:merge-undo", args=[row.id]))
    assert CustomerMerge.objects.get().undone_at is not None
    assert client.get(reverse("office:duplicates")).context["merges"] == []
    assert DuplicatePair.objects.get().state == "different"


def test_not_the_same_person_is_remembered(client, pair):
    people.signed_in(client)
    decided(client, pair, "duplicate-apart")
    assert DuplicatePair.objects.get().state == "different"
    assert client.get(reverse("office:duplicates")).context["pairs"] == []


@pytest.mark.parametrize("way", ["duplicate", "duplicate-apart"])
def test_who_decides_by_cards_that_have_changed_since_is_told_and_shown_them_again(client, pair, way):
    people.signed_in(client)
    address = reverse("office:duplicate", args=[pair.pk])
    wish = made("Пожелание", "text")
    changes = (
        lambda: Customer.objects.filter(pk=pair.right_id).update(city="Самара"),
        lambda: ContactAddress.objects.filter(customer=pair.right_id).update(value="+79030000001"),
        lambda: put(pair.left, **{wish.code: "Кофе"}),
    )
    for change in changes:
        seen = client.get(address).context["seen"]
        change()
        said = {"seen": seen, "survivor": pair.left_id}
        again = client.post(reverse(f"office:{way}", args=[pair.pk]), said, follow=True)
        assert again.context["seen"] not in {None, seen}
        assert "тем временем изменили" in again.content.decode()
        assert (CustomerMerge.objects.count(), DuplicatePair.objects.get().state) == (0, "open")
    decided(client, pair, way, survivor=pair.left_id)
    assert DuplicatePair.objects.get().state == ("merged" if way == "duplicate" else "different")


def test_a_manager_of_another_branch_neither_sees_nor_merges(client, pair):
    people.signed_in(client, Role.MANAGER, make.branch(name="Other"))
    assert client.get(reverse("office:duplicates")).context["pairs"] == []
    url = reverse("office:duplicate", args=[pair.pk])
    assert [client.get(url).status_code, client.post(url, {}).status_code] == [404, 404]
    assert client.post(reverse("office:duplicate-apart", args=[pair.pk])).status_code == 404
    assert not CustomerMerge.objects.exists()


def test_the_switch_of_automatic_merging_stands_beside_its_figure(client):
    people.signed_in(client)
    words = client.get(reverse("office:settings")).context["form"]["merge_automatically"].help_text
    assert "803" in words
    assert "99,6" in words


def test_only_an_administrator_turns_the_switch(client):
    page = reverse("office:settings")
    kept = []
    for role in (Role.MANAGER, Role.ADMINISTRATOR, Role.MANAGER):
        people.signed_in(client, role)
        client.post(page, sent(client.get(page), merge_automatically="on", lease_minutes="20"))
        kept.append((rule_settings().merge_automatically, rule_settings().lease_minutes))
    assert kept == [(False, 20), (True, 20), (True, 20)]
    answer = client.post(reverse("office:setting-reset", args=["merge_automatically"]), follow=True)
    assert ("Ваша роль не позволяет" in answer.content.decode(), rule_settings().merge_automatically) == (True, True)


def test_a_merge_without_a_person_is_marked(client, pair):
    people.signed_in(client)
    named = {"survivor_id": pair.left_id, "gone_id": pair.right_id, "now": timezone.now()}
    operations.merge_customers(score=0.999, actor=system("duplicates"), **named)
    page = client.get(reverse("office:duplicates"))
    assert [row.automatic for row in page.context["merges"]] == [True]
    assert "автоматически" in page.content.decode()


def queued():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'customers.search_duplicates'")
        return cursor.fetchone()[0]


def page_of_pairs(client, **headers):
    return client.get(reverse("office:duplicates"), headers=headers).content.decode()


def test_cards_are_compared_when_somebody_asks_and_the_page_follows(client):
    people.signed_in(client)
    for name in ("Петров Пётр Петрович", "Петров Петр Петрович"):
        make.customer(name=name, phones=("+79033334455",))
    assert "Карточки ещё не сравнивали" in page_of_pairs(client)
    for _again in range(2):
        assert client.post(reverse("office:duplicates-search")).status_code == 302
    assert (queued(), DuplicateSearch.objects.count()) == (1, 1)
    part = page_of_pairs(client, hx_request="true")
    assert "Сравнение ждёт своей очереди" in part
    assert 'hx-trigger="every 2s"' in part
    assert "<html" not in part

    jobs.search_duplicates()
    search = DuplicateSearch.objects.get()
    assert (search.customers, search.pairs, search.merged) == (2, DuplicatePair.objects.count(), 0)
    after = page_of_pairs(client)
    assert "Сравнили 2 карточки" in after
    assert 'hx-trigger="every 2s"' not in after
    jobs.search_duplicates()
    operations.search_where_due(actor=system("test"), now=timezone.now())
    assert DuplicateSearch.objects.count() == 1, "nobody has asked again, and a week has not passed"


def test_a_comparison_that_was_broken_off_says_so_and_is_done_in_the_next_night(client):
    people.signed_in(client)
    DuplicateSearch.objects.create(asked_at=timezone.now(), actor="test", ended_at=timezone.now())
    assert "Последнее сравнение прервалось" in page_of_pairs(client)
    operations.search_where_due(actor=system("test"), now=timezone.now())
    assert DuplicateSearch.objects.filter(customers=0, ended_at__isnull=False).count() == 1
