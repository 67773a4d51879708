"""The addresses of the API."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from vernost.api.problems import problem
from vernost.api.routers import (
    appointments,
    branches,
    contacts,
    customers,
    deals,
    fields,
    invitations,
    metrics,
    orders,
    records,
    segments,
    vehicles,
)
from vernost.api.service import api

ROOT: Final = "api/v1/"

# What lies below a customer comes before him: his id may have slashes.
for each in (
    metrics,
    invitations,
    contacts,
    fields,
    customers,
    vehicles,
    orders,
    deals,
    appointments,
    segments,
    branches,
    records,
):
    api.add_router("", each.router)


@csrf_exempt
def unknown(_request: HttpRequest, **_rest: Any) -> HttpResponse:  # noqa: ANN401 - parts of an address
    """Answer a wrong address as every other refusal, where pages would show one."""
    return problem(404, "no_such_address")


def _refusing_as_a_problem(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a method that an address does not know be refused in the shape of every other refusal."""

    @wraps(view)
    def refusing(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401 - parts of an address
        answer = view(request, *args, **kwargs)
        if answer.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return answer
        refusal = problem(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed")
        refusal["Allow"] = answer["Allow"]
        return refusal

    return refusing


_patterns, _app_name, _namespace = api.urls
for _pattern in _patterns:
    assert isinstance(_pattern, URLPattern)  # noqa: S101 - an operation is an address of its own
    _pattern.callback = _refusing_as_a_problem(_pattern.callback)

# Any address at all: one with a line break in it too, which a path converter passes over.
urlpatterns = [path("v1/", (_patterns, _app_name, _namespace)), re_path(r"^[\s\S]*$", unknown, name="api-unknown")]
