"""Idempotency-Key: a call that is sent again gets the answer of the first one, and writes nothing twice."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.http import HttpResponse
from ninja.params.functions import Header

from vernost.accounts import tokens
from vernost.accounts.tokens import Given
from vernost.api.access import ApiRequest
from vernost.api.service import etag_of

_NAMESPACE: Final = uuid.UUID("6f1c1d2e-0c3f-5d57-9f0a-6c8e0b3b7a11")
# Visible ASCII: what a header can carry.
_PATTERN: Final = "^[!-~]{1,200}$"


def key_header() -> Any:  # noqa: ANN401 - a default, for ninja
    about = "Any unique text of up to 200 signs, best a UUID: sent again, the call gets the answer of the first one"
    return Header(..., alias="Idempotency-Key", description=about, pattern=_PATTERN)


def key_of(request: ApiRequest, key: str) -> uuid.UUID:
    """Return the key as operations know it: one of another token is another."""
    return uuid.uuid5(_NAMESPACE, f"{request.auth.token_id}:{key}")


def once(request: ApiRequest, key: str, work: Callable[[], Given], now: datetime) -> HttpResponse:
    """Do the work, or give the answer that was given to the same key."""
    asked = f"{request.method} {request.path}\n".encode() + request.body
    given = tokens.answer_once(token_id=request.auth.token_id, key=key, asked=asked, work=work, now=now)
    response = HttpResponse(given.body, status=given.status, content_type="application/json; charset=utf-8")
    response["ETag"] = etag_of(given.body)
    response["Cache-Control"] = "private, no-cache"
    if given.again:
        response["Idempotent-Replayed"] = "true"
    return response
