"""The API as a whole: its errors, its ETags, its description."""

import hashlib
from typing import Any, Final

from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from vernost.api import problems
from vernost.api.problems import MEDIA_TYPE, Problem, Refused
from vernost.core.errors import DomainError

VERSION: Final = "1"
_ABOUT: Final = (
    "Customers, cars, visits, appointments and invitations of a dealer group for other systems. "
    "Ids are those of the source system: `source:id` where several are known, `vernost:number` for what was made here. "
    "Every refusal is a problem+json with a stable `code`."
)
# What any operation may answer beside its own.
_REFUSALS: Final = {
    400: "The body is no JSON",
    401: "No key, or one that does not work",
    403: "The key lacks the scope",
    404: "There is no such record for this key",
    409: "Refused by a rule: see `code`",
    412: "The record has changed since it was read",
    413: "The body is larger than 2.5 MB: send fewer records at once",
    422: "A field is wrong: see `errors`",
    429: "Too many calls: see Retry-After",
    503: "Busy: see Retry-After",
}
_OF_WRITES: Final = frozenset({400, 412, 413, 503})


class Service(NinjaAPI):
    def create_response(
        self,
        request: HttpRequest,
        data: Any,  # noqa: ANN401 - as ninja has it
        *,
        status: int | None = None,
        temporal_response: HttpResponse | None = None,
    ) -> HttpResponse:
        """Give every answer its ETag, and nothing but it to who has the answer already."""
        response = super().create_response(request, data, status=status, temporal_response=temporal_response)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        if response.status_code < 300:  # noqa: PLR2004 - what is no refusal
            response["ETag"] = tag = etag_of(response.content)
            if request.method == "GET" and tag in _tags(request, "If-None-Match"):
                unchanged = HttpResponse(status=304)
                unchanged["ETag"], unchanged["Cache-Control"] = tag, "private, no-cache"
                return unchanged
        return response

    def rendered(self, request: HttpRequest, answer: Any) -> bytes:  # noqa: ANN401 - a schema
        """Return the very bytes that `answer` would be sent as."""
        content = self.renderer.render(request, answer.model_dump(), response_status=200)
        return content.encode() if isinstance(content, str) else bytes(content)

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:  # noqa: ANN401 - as ninja has it
        schema = super().get_openapi_schema(**kwargs)
        schema["components"]["schemas"]["Problem"] = _problem_schema()
        for operations in schema["paths"].values():
            for method, operation in operations.items():
                operation["responses"] |= _refusals(method) | _unchanged(method)
        return schema


def _problem_schema() -> dict[str, Any]:
    schema = Problem.model_json_schema(mode="serialization")
    fault = schema.pop("$defs")["FieldFault"]
    schema["properties"]["errors"]["items"] = fault
    return schema


def _refusals(method: str) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        str(status): {"description": words, "content": content}
        for status, words in _REFUSALS.items()
        if method != "get" or status not in _OF_WRITES
    }


def _unchanged(method: str) -> dict[str, Any]:
    return {"304": {"description": "As If-None-Match has it"}} if method == "get" else {}


def etag_of(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def check_if_match(request: HttpRequest, service: Service, current: Any) -> None:  # noqa: ANN401 - a schema
    """Refuse a change of a record that is no longer as the caller has read it; `current` is what GET would answer."""
    tags = _tags(request, "If-Match")
    if not tags or "*" in tags:
        return
    if etag_of(service.rendered(request, current)) not in tags:
        raise Refused(412, "changed_meanwhile")


def _tags(request: HttpRequest, header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in request.headers.get(header, "").split(",") if tag.strip()}


api = Service(
    title="Vernost",
    version=VERSION,
    description=_ABOUT,
    urls_namespace="api",
    docs_url=None,
    openapi_url="/openapi.json",
)


@api.exception_handler(Refused)
def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return problems.of_refusal(request, error)


@api.exception_handler(DomainError)
def _domain(request: HttpRequest, error: DomainError) -> HttpResponse:
    return problems.of_domain(request, error)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problems.of_validation(request, error.errors)


@api.exception_handler(ObjectDoesNotExist)
@api.exception_handler(Http404)
def _missing(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return problems.problem(404, "not_found")


@api.exception_handler(RequestDataTooBig)
def _too_large(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return problems.problem(413, "body_too_large")


@api.exception_handler(HttpError)
def _unreadable(_request: HttpRequest, error: HttpError) -> HttpResponse:
    return problems.problem(error.status_code, "unreadable")
