"""Calling the API as another system does."""

import itertools
import json

from django.utils import timezone

from vernost.accounts import tokens
from vernost.accounts.models import Branch, Source
from vernost.accounts.tokens import Scope, TokenEntry
from vernost.core.actor import system

ROOT = "/api/v1"
_numbers = itertools.count(1)


def key(*branches, scopes=tuple(Scope), calls_per_minute=100_000, hidden_fields=frozenset()):
    """Make a key of these branches (without any: of the whole group); return its secret."""
    allowed = frozenset(scopes) - (frozenset({Scope.RECORDS}) if branches else frozenset())
    entry = TokenEntry(
        name="Another system",
        scopes=allowed,
        all_branches=not branches,
        branch_ids=frozenset(branch.pk for branch in branches),
        calls_per_minute=calls_per_minute,
        hidden_fields=hidden_fields,
    )
    return tokens.make_token(entry=entry, actor=system("tests"), now=timezone.now()).secret


class Caller:
    """A client with a key."""

    def __init__(self, client, secret):
        self.client, self.secret = client, secret

    def get(self, path, query=None, **headers):
        return self.client.get(f"{ROOT}{path}", query or {}, headers=self._headers(headers))

    def post(self, path, body=None, **headers):
        headers.setdefault("idempotency_key", f"key-{next(_numbers)}")
        return self.client.post(
            f"{ROOT}{path}",
            "" if body is None else json.dumps(body),
            content_type="application/json",
            headers=self._headers(headers),
        )

    def _headers(self, more):
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"authorization": f"Bearer {self.secret}", **named} if self.secret else named


def source(code="dms"):
    return Source.objects.get_or_create(code=code)[0]


def named(row, external_id, *, code="dms"):
    """Give a row the id of a source."""
    row.source, row.external_id = source(code), external_id
    row.save(update_fields=["source", "external_id"])
    return row


def branch_named(external_id, name):
    return named(Branch.objects.get(name=name), external_id)
