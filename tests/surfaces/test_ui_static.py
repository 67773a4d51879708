"""Styles and scripts under ASGI: warnings are errors in these tests."""

import asyncio
from http import HTTPStatus

import pytest
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.test import RequestFactory

from vernost.core.middleware import StaticFilesMiddleware

NAME = "/static/dist/theme.js"


@pytest.fixture(scope="module")
def middleware():
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    return StaticFilesMiddleware(lambda _request: None)


def served(middleware, method="GET", name=NAME, **headers):
    return middleware(RequestFactory().generic(method, name, headers=headers))


def test_a_file_is_answered_whole_and_without_an_iterator(middleware):
    answer = served(middleware)
    assert (answer.status_code, answer.streaming) == (HTTPStatus.OK, False)
    assert answer["Content-Type"] == 'text/javascript; charset="utf-8"'
    assert int(answer["Content-Length"]) == len(answer.content) > 0


def test_asgi_sends_it_without_a_warning(middleware):
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(ASGIHandler().send_response(served(middleware), send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]


def test_what_the_browser_has_is_not_sent_again(middleware):
    again = served(middleware, **{"If-None-Match": served(middleware)["ETag"]})
    assert (again.status_code, again.content) == (HTTPStatus.NOT_MODIFIED, b"")


def test_what_scripts_load_by_the_name_of_what_it_holds_is_not_asked_for_again(middleware):
    """The others of Django's storage have its hash; their plain names are asked for each time."""
    chunks = sorted((settings.STATICFILES_DIRS[0] / "dist" / "chunks").glob("*.js"))
    assert chunks
    for chunk in chunks:
        assert "immutable" in served(middleware, name=f"/static/dist/chunks/{chunk.name}")["Cache-Control"]
    assert "immutable" not in served(middleware)["Cache-Control"]
    assert middleware.immutable_file_test("", "/static/dist/app.8ea20b2c4aa2.js")
    assert not middleware.immutable_file_test("", "/static/dist/app.js")


def test_a_part_of_a_file(middleware):
    part = served(middleware, Range="bytes=0-9")
    assert (part.status_code, part.content) == (HTTPStatus.PARTIAL_CONTENT, served(middleware).content[:10])
    assert (served(middleware, method="HEAD").content, served(middleware, method="POST").status_code) == (b"", 405)
