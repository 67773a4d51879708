"""The frame around every page: sections by role, the strict policy, and what is shown when something fails."""

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client, RequestFactory
from tests import people

from vernost.core import context, navigation, views
from vernost.core.actor import Actor, Role
from vernost.core.errors import DomainError
from vernost.core.htmx import closing_dialog, with_toast
from vernost.core.middleware import RefusalMiddleware
from vernost.core.navigation import Section
from vernost.core.registry import Registry

INLINE = re.compile(r"<script(?![^>]*\b(?:src=|type=\"application/json\"))|<style|\son\w+=", re.IGNORECASE)


class SlotTakenError(DomainError):
    code = "slot_taken"
    text = "Ticked: %(count)s"


@pytest.mark.django_db
def test_the_gallery_is_for_those_who_are_signed_in(client):
    assert client.get("/ui/").url == "/account/login/?next=/ui/"
    people.signed_in(client, Role.OPERATOR)
    assert client.get("/ui/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/ui/", "/account/login/", "/account/password/change/", "/nowhere/"])
def test_pages_keep_the_strict_policy(client, address):
    if address != "/account/login/":
        people.signed_in(client)
    response = client.get(address)
    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
    assert (policy["script-src"], policy["style-src"], policy["default-src"]) == ("'self'", "'self'", "'self'")
    assert INLINE.findall(response.content.decode()) == []


@pytest.mark.django_db
def test_preferences_are_on_the_page(client):
    people.signed_in(client)
    client.cookies.load({"theme": "dark", "density": "compact", "keys": "off"})
    page = client.get("/ui/").content.decode()
    assert 'data-theme-choice="dark" data-density="compact"' in page
    assert 'data-single-keys="off"' in page


@pytest.mark.django_db
def test_a_forged_cookie_chooses_nothing(client):
    people.signed_in(client)
    client.cookies.load({"theme": "x", "density": "huge", "keys": "perhaps"})
    page = client.get("/ui/").content.decode()
    assert 'data-theme-choice="auto" data-density="default"' in page
    assert 'data-single-keys="on"' in page


@pytest.fixture
def sections(monkeypatch):
    made = Registry("test")
    made.add(Section("home", "Search:", "home", "home", order=10))
    made.add(
        Section(
            "look",
            "Copied",
            "palette",
            "ui:gallery",
            frozenset({Role.MANAGER}),
            order=5,
            badge=lambda _: 120,
            also=("office:vehicle", "office:orders"),
        )
    )
    made.add(Section("ghost", "Nowhere", "ghost", "no-such:page"))
    monkeypatch.setattr(context, "sections", made)
    return made


def nav(role, path):
    request = RequestFactory().get(path)
    request.actor = Actor(code="user:1", branch_ids=None, role=role)
    return [(item.code, item.title, item.current, item.badge) for item in context.navigation(request)["nav"]]


@pytest.mark.usefixtures("sections")
def test_sections_are_those_of_the_role():
    for path in ("/ui/", "/office/vehicles/7/edit/", "/office/orders/"):
        assert nav(Role.MANAGER, path) == [("look", "Скопировано", True, "99+"), ("home", "Поиск:", False, "")]
    assert nav(Role.OPERATOR, "/ui/deep/") == [("home", "Поиск:", True, "")]


def test_a_stranger_has_no_sections():
    assert list(context.navigation(RequestFactory().get("/"))["nav"]) == []


def test_every_registered_section_has_words():
    assert [section.code for section in navigation.sections if not section.title] == []


@pytest.mark.django_db
@pytest.mark.parametrize("inside", [True, False])
def test_a_lost_page_is_in_the_frame_of_the_person(client, inside):
    if inside:
        people.signed_in(client)
    response = client.get("/nowhere/")
    assert response.status_code == 404
    page = response.content.decode()
    assert "<h1>Страница не найдена</h1>" in page
    assert ('<nav class="rail"' in page) is inside


@pytest.mark.django_db
def test_no_access_is_told(rf):
    request = rf.get("/")
    request.user = people.user(Role.OPERATOR)
    response = views.forbidden(request, PermissionDenied())
    assert (response.status_code, "<h1>Нет доступа</h1>" in response.content.decode()) == (403, True)


@pytest.mark.django_db
def test_an_old_form_is_told_and_not_taken_for_a_crime():
    response = Client(enforce_csrf_checks=True).post("/account/login/", {"login": "x"})
    assert response.status_code == 403
    assert "<h1>Страница устарела</h1>" in response.content.decode()


@pytest.mark.django_db
def test_too_many_attempts_are_told(client):
    answers = [client.post("/account/password/reset/", {"email": "a@example.com"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert "<h1>Слишком много попыток</h1>" in answers[-1].content.decode()


def test_the_page_of_a_crash_needs_no_database(rf):
    request = rf.get("/")
    request.COOKIES["theme"] = "dark"
    response = views.server_error(request)
    assert response.status_code == 500
    assert 'data-theme-choice="dark"' in response.content.decode()


def refuse(request):
    refusing = RefusalMiddleware(lambda _: HttpResponse())
    return refusing.process_exception(request, SlotTakenError(count=3))


def test_a_refusal_is_a_toast_over_the_page(rf):
    response = refuse(rf.post("/", headers={"HX-Request": "true"}))
    assert response.status_code == 409
    assert response.headers["HX-Trigger"] == (
        '{"toast": {"text": "\\u0412\\u044b\\u0431\\u0440\\u0430\\u043d\\u043e: 3", "level": "bad"}}'
    )


def test_a_refusal_without_scripts_is_a_page(rf):
    response = refuse(rf.post("/", headers={"Referer": "http://testserver/office/"}))
    page = response.content.decode()
    assert response.status_code == 409
    assert "<p>Выбрано: 3</p>" in page
    assert 'href="http://testserver/office/"' in page


def test_other_failures_are_no_refusals(rf):
    assert RefusalMiddleware(lambda _: HttpResponse()).process_exception(rf.get("/"), ValueError()) is None


def test_an_answer_may_do_two_things():
    response = closing_dialog(with_toast(HttpResponse(), "Saved"))
    assert response["HX-Trigger"] == '{"toast": {"text": "Saved", "level": "ok"}, "dialog:close": {}}'
