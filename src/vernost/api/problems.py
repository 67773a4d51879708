"""Refusals as RFC 9457 has them: one shape for every error, with a code for machines."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja import Schema
from ninja.responses import NinjaJSONEncoder

from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.core.views import words_of

MEDIA_TYPE: Final = "application/problem+json"

TITLES: Final = {
    400: _("The request cannot be read"),
    401: _("A valid key is needed"),
    403: _("The key does not allow this"),
    404: _("There is no such record"),
    405: _("This address does not know the method"),
    409: _("Refused by a rule"),
    412: _("The record has changed since it was read"),
    413: _("The body is too large: send fewer records at once"),
    422: _("A field is wrong"),
    429: _("Too many calls"),
    503: _("Busy: try again a little later"),
}


class FieldFault(Schema):
    field: str
    code: str
    message: str


class Problem(Schema):
    """`code` is stable; `detail` is for people, in the language of the installation."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    values: dict[str, Any] = {}
    errors: list[FieldFault] = []


class Refused(Exception):
    """A refusal of the API itself, not of an operation."""

    def __init__(self, status: int, code: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.headers = status, code, headers or {}


def problem(
    status: int,
    code: str,
    *,
    detail: str = "",
    values: Mapping[str, Any] | None = None,
    errors: Sequence[Mapping[str, str]] = (),
) -> HttpResponse:
    title = gettext(TITLES[status])
    content = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail or title,
        "values": dict(values or {}),
        "errors": list(errors),
    }
    body = json.dumps(content, cls=NinjaJSONEncoder, ensure_ascii=False)
    response = HttpResponse(body, status=status, content_type=MEDIA_TYPE)
    response["Cache-Control"] = "no-store"
    return response


def of_refusal(_request: HttpRequest, refusal: Refused) -> HttpResponse:
    response = problem(refusal.status, refusal.code)
    for name, value in refusal.headers.items():
        response[name] = value
    return response


def of_domain(_request: HttpRequest, error: DomainError) -> HttpResponse:
    values = {name: value if isinstance(value, int) else str(value) for name, value in error.values.items()}
    return problem(409, error.code, detail=words_of(error), values=values)


def of_validation(_request: HttpRequest, faults: Sequence[Mapping[str, Any]]) -> HttpResponse:
    errors = [
        {"field": ".".join(str(part) for part in fault["loc"]), "code": fault["type"], "message": fault["msg"]}
        for fault in faults
    ]
    return problem(422, "invalid", errors=errors)
