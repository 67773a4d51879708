from datetime import date

import pytest
from django.urls import reverse
from tests import factories, own_fields, people
from tests.pages import sent

from vernost.core.actor import Role
from vernost.invitations.models import Programme
from vernost.invitations.operations import ensure_standing_programmes

pytestmark = pytest.mark.django_db


def page_of(client, code):
    return client.get(reverse("office:programme", args=[Programme.objects.get(code=code).pk]))


def test_list_counts_a_day_of_each_programme(client, django_assert_num_queries):
    people.signed_in(client)
    for count in (1, 3):
        while Programme.objects.count() < count:
            programme = factories.programme(rank=Programme.objects.count())
            factories.invitation(programme=programme, created_for=date.today(), state="booked")  # noqa: DTZ011 - the page's today
        with django_assert_num_queries(9):
            page = client.get(reverse("office:programmes"))
        rows = page.context["programmes"]
        assert [(row.invited, row.in_work, row.booked) for row in rows] == [(1, 0, 1)] * count


@pytest.mark.parametrize(
    "code",
    [
        "next_service",
        "first_service",
        "warranty_end",
        "lost",
        "recall",
        "seasonal",
        "courtesy",
        "repurchase",
        "deferred_work",
    ],
)
def test_every_kind_has_a_page_that_saves_itself_unchanged(client, code):
    ensure_standing_programmes()
    people.signed_in(client)
    page = page_of(client, code)
    before = Programme.objects.filter(code=code).values().get()
    answer = client.post(page.request["PATH_INFO"], sent(page))
    assert answer.status_code == 302, answer.context["form"].errors
    after = Programme.objects.filter(code=code).values().get()
    assert {**after, "changed_at": None, "params": None} == {**before, "changed_at": None, "params": None}


def test_parameters_of_the_kind_are_fields_of_the_page(client):
    ensure_standing_programmes()
    people.signed_in(client)
    seasonal, lost = page_of(client, "seasonal"), page_of(client, "lost")
    assert 'value="01.10–15.11"' in seasonal.content.decode()
    client.post(seasonal.request["PATH_INFO"], sent(seasonal, **{"params-winter_tyres": "15.10 - 30.11"}))
    client.post(lost.request["PATH_INFO"], sent(lost, **{"params-months": "18"}))
    assert Programme.objects.get(code="seasonal").params["winter_tyres"] == "10-15..11-30"
    assert Programme.objects.get(code="lost").params["months"] == 18
    wrong = client.post(seasonal.request["PATH_INFO"], sent(seasonal, **{"params-winter_tyres": "31.02-1.3"}))
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["params-winter_tyres"])


def test_change_is_written_down_and_shown(client):
    ensure_standing_programmes()
    people.signed_in(client)
    page = page_of(client, "lost")
    changed = sent(page, control_share="7,5", attempt_delays="2 ч, 1 дн, 30 мин", daily_limit="40")
    client.post(page.request["PATH_INFO"], changed)
    programme = Programme.objects.get(code="lost")
    assert (programme.control_share, programme.attempt_delays, programme.daily_limit) == (750, [120, 1440, 30], 40)
    lines = page_of(client, "lost").context["changes"][0].lines
    assert "Приглашений в день, не больше: — → 40" in lines


def test_offer_makes_it_advertising(client):
    ensure_standing_programmes()
    people.signed_in(client)
    page = page_of(client, "next_service")
    client.post(page.request["PATH_INFO"], sent(page, offer="Скидка 10 %"))
    assert Programme.objects.get(code="next_service").message_class == "advertising"


def test_refusal_of_the_operation_stands_above_the_fields(client):
    ensure_standing_programmes()
    people.signed_in(client)
    page = page_of(client, "lost")
    answer = client.post(page.request["PATH_INFO"], sent(page, control_share="60"))
    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors()


def test_stop_is_always_at_hand(client):
    ensure_standing_programmes()
    people.signed_in(client)
    programme = Programme.objects.get(code="lost")
    client.post(reverse("office:programme-stop", args=[programme.pk]))
    programme.refresh_from_db()
    assert not programme.active


def test_what_waits_after_the_stop_can_be_taken_out_of_the_queue(client):
    people.signed_in(client)
    programme = factories.programme(active=False)
    waiting, called = (
        factories.invitation(programme=programme),
        factories.invitation(programme=programme, state="booked"),
    )
    url = reverse("office:programme", args=[programme.pk])
    assert reverse("office:programme-withdraw", args=[programme.pk]) in client.get(url).content.decode()
    client.post(reverse("office:programme-withdraw", args=[programme.pk]))
    for invitation, state in ((waiting, "cancelled"), (called, "booked")):
        invitation.refresh_from_db()
        assert invitation.state == state


def test_manager_of_some_branches_changes_only_their_programmes(client):
    kazan, samara = factories.branch(), factories.branch(name="Samara")
    ours, everybodys, theirs = (factories.programme() for _each in range(3))
    ours.branches.set([kazan])
    theirs.branches.set([samara])
    people.signed_in(client, Role.MANAGER, kazan)
    assert {row.id for row in client.get(reverse("office:programmes")).context["programmes"]} == {
        ours.pk,
        everybodys.pk,
    }
    assert client.get(reverse("office:programme", args=[theirs.pk])).status_code == 404
    stop = [client.post(reverse("office:programme-stop", args=[each.pk])).status_code for each in (ours, everybodys)]
    assert stop == [302, 403]


def test_preview_fills_the_script_with_a_real_customer(client):
    people.signed_in(client)
    programme = factories.programme()
    url = reverse("office:programme-preview", args=[programme.pk])
    script = {"script": "# Привет\n{{ name }}, ваш {{ car }}.{% if works %} Совет: {{ works }}{% endif %}"}
    assert "Сергей Петрович" in client.post(url, script).content.decode()
    customer = factories.customer(name="Орлова Анна Ивановна")
    factories.invitation(programme=programme, customer=customer, vehicle=factories.vehicle(owner=customer))
    page = client.post(url, script).content.decode()
    assert "<mark>Анна Ивановна</mark>" in page
    assert "Совет" not in page
    assert "note--warn" in client.post(url, {"script": "{{ name"}).content.decode()


def test_a_field_that_an_administrator_has_added_is_a_fact_of_scripts_at_once(client):
    people.signed_in(client)
    programme = factories.programme()
    own_fields.made("Hobby", "text")
    url = reverse("office:programme-preview", args=[programme.pk])
    assert 'data-words="x_hobby"' in client.get(reverse("office:programme", args=[programme.pk])).content.decode()
    assert "<mark>Hobby</mark>" in client.post(url, {"script": "{{ x_hobby }}"}).content.decode()
    invitation = factories.invitation(programme=programme)
    own_fields.put(invitation.customer, x_hobby="angling")
    assert "<mark>angling</mark>" in client.post(url, {"script": "{{ x_hobby }}"}).content.decode()


def test_a_field_that_a_kind_does_not_need_says_so(client):
    ensure_standing_programmes()
    people.signed_in(client)
    said = "Не действует: приглашаем, пока кампания открыта"
    assert said in page_of(client, "recall").content.decode()
    assert "Не действует" not in page_of(client, "next_service").content.decode()
