"""Who calls: a key in `Authorization: Bearer …`, with the right that the operation asks for."""

from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from vernost.accounts import tokens
from vernost.accounts.tokens import Caller, Scope
from vernost.api.problems import Refused
from vernost.core import reader, wall
from vernost.core.actor import Actor

_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="vernost"'}


class ApiRequest(HttpRequest):
    """A call that has been let in."""

    auth: Caller
    actor: Actor


class Needs(HttpBearer):
    """Lets in a key that works, has the scope and has not spent its calls of the minute."""

    openapi_name = "Key"

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Any:  # noqa: ANN401 - as ninja has it
        scheme, _blank, secret = request.headers.get(self.header, "").partition(" ")
        if scheme.lower() != "bearer" or not secret:
            raise Refused(401, "no_key", _CHALLENGE)
        return self.authenticate(request, secret.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        caller = tokens.recognise(secret=token, now=timezone.now())
        if caller is None:
            raise Refused(401, "unknown_key", {"WWW-Authenticate": 'Bearer realm="vernost", error="invalid_token"'})
        if caller.wait is not None:
            raise Refused(429, "too_many_calls", {"Retry-After": str(caller.wait)})
        if self.scope not in caller.scopes:
            raise Refused(403, "missing_scope")
        wall.see(caller.actor.branch_ids)
        if request.method in reader.METHODS:
            reader.reads(caller.actor)
        request.actor = caller.actor  # type: ignore[attr-defined]  # an `ApiRequest` from here on
        return caller
