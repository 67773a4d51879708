"""The addresses of the API."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from vernost.api.problems import problem
from vernost.api.routers import (
    appointments,
    branches,
    contacts,
    customers,
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


# Any address at all: one with a line break in it too, which a path converter passes over.
urlpatterns = [path("v1/", api.urls), re_path(r"^[\s\S]*$", unknown, name="api-unknown")]
