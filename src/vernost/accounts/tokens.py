"""Tokens of the API: made and revoked by administrators, recognised at every call, one answer to a key."""

import hashlib
import json
import math
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from vernost.accounts.audit import record_change
from vernost.accounts.models import ApiToken, GivenAnswer
from vernost.accounts.operations import BeyondScope
from vernost.accounts.queries import within_scope
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.core.rights import Sensitive

PREFIX: Final = "vnt_"
_SECRET_BYTES: Final = 32
_HINT_LETTERS: Final = 10
# As long a repeated call is answered as the first one was.
ANSWERS_KEPT: Final = timedelta(days=7)


class Scope(StrEnum):
    CUSTOMERS = "customers:read"
    VEHICLES = "vehicles:read"
    ORDERS = "orders:read"
    DEALS = "deals:read"
    APPOINTMENTS = "appointments:read"
    BOOKING = "appointments:write"
    INVITATIONS = "invitations:read"
    CONTACTS = "contacts:read"
    CONTACTING = "contacts:write"
    CONSENTS = "consents:read"
    CONSENTING = "consents:write"
    SEGMENTS = "segments:read"
    METRICS = "metrics:read"
    BRANCHES = "branches:read"
    FIELDS = "fields:write"
    RECORDS = "records:write"


SCOPE_TITLES: Final = {
    Scope.CUSTOMERS: _("Customers with telephones and addresses"),
    Scope.VEHICLES: _("Cars"),
    Scope.ORDERS: _("Repair orders with amounts"),
    Scope.DEALS: _("Car deals with amounts"),
    Scope.APPOINTMENTS: _("Appointments"),
    Scope.BOOKING: _("Book, move and cancel appointments"),
    Scope.INVITATIONS: _("Invitations, and why somebody is invited or is not"),
    Scope.CONTACTS: _("Calls, messages and visits"),
    Scope.CONTACTING: _("Write down a call, a message or a visit"),
    Scope.CONSENTS: _("Consents to advertising"),
    Scope.CONSENTING: _("Write down a consent given or withdrawn"),
    Scope.SEGMENTS: _("Segments and who is in them"),
    Scope.METRICS: _("State, RFM, ABC, revenue and margin of a customer"),
    Scope.BRANCHES: _("Branches and invitation programmes"),
    Scope.FIELDS: _("Put values into the fields of customers, cars, orders and deals"),
    Scope.RECORDS: _("Bring in records as an import does (the whole group only)"),
}

# The clock of another machine may be behind: an allowance never shrinks by it.
_RECOGNISE: Final = """
    UPDATE accounts_apitoken token
       SET allowance = CASE WHEN asked.refilled >= 1 THEN asked.refilled - 1 ELSE asked.refilled END,
           refilled_at = greatest(asked.refilled_at, %(now)s), last_used_at = %(now)s
      FROM (SELECT id, refilled_at,
                   least(calls_per_minute, allowance + calls_per_minute / 60.0
                         * greatest(extract(epoch FROM %(now)s - refilled_at), 0))::float8 AS refilled
              FROM accounts_apitoken WHERE digest = %(digest)s AND revoked_at IS NULL FOR UPDATE) asked
     WHERE token.id = asked.id
    RETURNING token.id, token.scopes, token.hidden_fields, token.calls_per_minute, asked.refilled,
              CASE WHEN NOT token.all_branches THEN
                  ARRAY(SELECT branch_id FROM accounts_apitoken_branches own WHERE own.apitoken_id = token.id) END
"""


class NoScope(DomainError):
    code = "no_scope"
    text = _("Choose at least one thing that the key may do")


class UnknownScope(DomainError):
    code = "unknown_scope"
    text = _("There is no right “%(scope)s”")


class RecordsNeedTheGroup(DomainError):
    code = "records_need_the_group"
    text = _("Only a key of the whole group can bring in records: their customers belong to no branch")


class KeyReused(DomainError):
    code = "idempotency_key_reused"
    text = _("This Idempotency-Key was already used with other contents")


@dataclass(frozen=True, slots=True)
class TokenEntry:
    """What an administrator says of a key. `all_branches` makes `branch_ids` meaningless.

    `hidden_fields` are those that the key is not told.
    """

    name: str
    scopes: frozenset[Scope]
    all_branches: bool
    branch_ids: frozenset[int] = frozenset()
    calls_per_minute: int = 600
    hidden_fields: frozenset[Sensitive] = frozenset()


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A new key. `secret` is shown once and stored nowhere."""

    token_id: int
    secret: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose call it is. `wait` is None, or the seconds until the next call is allowed."""

    token_id: int
    actor: Actor
    scopes: frozenset[str]
    wait: int | None


@dataclass(frozen=True, slots=True)
class TokenRow:
    id: int
    name: str
    hint: str
    scopes: tuple[str, ...]
    all_branches: bool
    branches: tuple[str, ...]
    calls_per_minute: int
    created_at: datetime
    created_by: str
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Given:
    """An answer under an Idempotency-Key. `again`: it was given before."""

    status: int
    body: bytes
    again: bool = False


def visible_to(actor: Actor) -> QuerySet[ApiToken]:
    return within_scope(ApiToken.objects.all(), actor)


def tokens(actor: Actor) -> list[TokenRow]:
    """Return the keys that work, by name, then the revoked ones."""
    names = ArrayAgg("branches__name", filter=Q(branches__isnull=False), order_by="branches__name", default=[])
    found = visible_to(actor).select_related("created_by").annotate(branch_names=names)
    rows = [
        TokenRow(
            id=row.pk,
            name=row.name,
            hint=row.hint,
            scopes=tuple(row.scopes),
            all_branches=row.all_branches,
            branches=tuple(row.branch_names),
            calls_per_minute=row.calls_per_minute,
            created_at=row.created_at,
            created_by=row.created_by.display_name if row.created_by else "",
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
        )
        for row in found.order_by("name", "pk")
    ]
    return sorted(rows, key=lambda row: row.revoked_at is not None)


@transaction.atomic
def make_token(*, entry: TokenEntry, actor: Actor, now: datetime) -> MadeToken:
    _check(entry, actor)
    secret = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    token = ApiToken.objects.create(
        name=entry.name,
        digest=_digest(secret),
        hint=secret[:_HINT_LETTERS],
        scopes=sorted(entry.scopes),
        hidden_fields=sorted(entry.hidden_fields),
        all_branches=entry.all_branches,
        calls_per_minute=entry.calls_per_minute,
        allowance=entry.calls_per_minute,
        refilled_at=now,
        created_at=now,
        created_by_id=actor.user_id,
    )
    token.branches.set([] if entry.all_branches else entry.branch_ids)
    fields: dict[str, list[Any]] = {"name": [None, entry.name], "scopes": [None, sorted(entry.scopes)]}
    if entry.hidden_fields:
        fields["hidden_fields"] = [None, sorted(entry.hidden_fields)]
    record_change(subject="token", subject_id=token.pk, action="added", fields=fields, actor=actor, now=now)
    return MadeToken(token.pk, secret)


def _check(entry: TokenEntry, actor: Actor) -> None:
    if not entry.scopes:
        raise NoScope
    for scope in entry.scopes:
        if scope not in set(Scope):
            raise UnknownScope(scope=scope)
    if entry.all_branches and actor.branch_ids is not None:
        raise BeyondScope
    if not entry.all_branches and not all(actor.sees_branch(branch_id) for branch_id in entry.branch_ids):
        raise BeyondScope
    if Scope.RECORDS in entry.scopes and not entry.all_branches:
        raise RecordsNeedTheGroup


@transaction.atomic
def revoke_token(*, token_id: int, actor: Actor, now: datetime) -> None:
    """End a key at once and for good; asking again changes nothing."""
    token = visible_to(actor).select_for_update(of=("self",)).get(pk=token_id)
    if token.revoked_at is None:
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        record_change(subject="token", subject_id=token_id, action="revoked", fields={}, actor=actor, now=now)


def recognise(*, secret: str, now: datetime) -> Caller | None:
    """Return who calls, and count the call; None for a key that does not work.

    One statement: it finds the key, notes its use and takes one call from its allowance.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RECOGNISE, {"digest": _digest(secret), "now": now})
        row = cursor.fetchone()
    if row is None:
        return None
    token_id, scopes, hidden, per_minute, refilled, branch_ids = row
    wait = None if refilled >= 1 else max(math.ceil((1 - refilled) * 60 / per_minute), 1)
    seen = None if branch_ids is None else frozenset(branch_ids)
    unseen = frozenset(Sensitive(field) for field in _read_codes(hidden))
    actor = Actor(code=f"token:{token_id}", branch_ids=seen, hidden=unseen)
    return Caller(token_id, actor, _read_codes(scopes), wait)


def _read_codes(stored: str | Sequence[str]) -> frozenset[str]:
    # A cursor of Django's hands JSON out as its text.
    return frozenset(json.loads(stored) if isinstance(stored, str) else stored)


@transaction.atomic
def answer_once(*, token_id: int, key: str, asked: bytes, work: Callable[[], Given], now: datetime) -> Given:
    """Do the work of a call and keep its answer, in one transaction; the same key again gets the same answer.

    Two at once: the second waits for the first. A work that raises leaves nothing, so the key can be used again.
    """
    digest = hashlib.sha256(asked).digest()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_givenanswer (token_id, key, asked, at) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (token_id, key) DO NOTHING RETURNING id",
            [token_id, key, digest, now],
        )
        row = cursor.fetchone()
    if row is None:
        known = GivenAnswer.objects.get(token_id=token_id, key=key)
        if bytes(known.asked) != digest or known.status is None or known.body is None:
            raise KeyReused
        return Given(known.status, bytes(known.body), again=True)
    given = work()
    GivenAnswer.objects.filter(pk=row[0]).update(status=given.status, body=given.body)
    return given


def forget_old_answers(*, now: datetime) -> int:
    deleted, _by_model = GivenAnswer.objects.filter(at__lt=now - ANSWERS_KEPT).delete()
    return deleted


def scope_titles(codes: Collection[str]) -> list[str]:
    """Return the marked titles of scopes, in the order of their list."""
    return [title for scope, title in SCOPE_TITLES.items() if scope in codes]


def _digest(secret: str) -> bytes:
    # 256 bits of chance need no slow hash: nobody guesses them from a dictionary.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
