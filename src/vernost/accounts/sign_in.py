"""Signing in: wrong passwords and codes close the door for a while, and every coming and going is written down."""

import hashlib
from datetime import datetime, timedelta

from django.db import connection, transaction

from vernost.accounts import audit
from vernost.accounts.models import KnownAddress, SignInFailure, User
from vernost.accounts.rules import lockout
from vernost.core.actor import Actor, Role

_COUNT = """
    INSERT INTO accounts_signinfailure AS kept (login, address, failures, failed_at)
    VALUES (%(login)s, %(address)s, 1, %(now)s)
    ON CONFLICT (login, address) DO UPDATE
       SET failures = CASE WHEN kept.failed_at > %(forgotten)s THEN kept.failures + 1 ELSE 1 END, failed_at = %(now)s
"""


def wait(*, login: str, address: str, now: datetime) -> timedelta | None:
    """Return how long the door stays closed to this login from this address; None: it is open.

    From an address that its owner has signed in from only the wrong passwords of that address count, so
    strangers cannot lock him out; from any other those of all strange addresses count together.
    """
    known = set(_known_addresses(login))
    rows = SignInFailure.objects.filter(login=_digest(login)).values_list("address", "failures", "failed_at")
    counts = [
        (failures, failed_at)
        for where, failures, failed_at in rows
        if where == address or (address not in known and where not in known)
    ]
    return lockout.wait(counts, now)


def note_failure(*, login: str, address: str, now: datetime) -> None:
    """Count a wrong password, of a login that exists or not alike."""
    _note_failure(login, _user(login), address, audit.REFUSED, now)


def note_wrong_code(*, user: User, address: str, now: datetime) -> None:
    """Count a wrong code of the second step with the wrong passwords: who tries codes knows the password."""
    _note_failure(user.username, user, address, audit.CODE_REFUSED, now)


@transaction.atomic
def _note_failure(login: str, user: User | None, address: str, action: str, now: datetime) -> None:
    forgotten = now - lockout.FORGOTTEN_AFTER
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"login": _digest(login), "address": address, "now": now, "forgotten": forgotten})
    actor = Actor(code="anonymous", branch_ids=frozenset())
    about = user.pk if user else ""
    audit.record_change(subject="user", subject_id=about, action=action, fields={}, actor=actor, now=now)


@transaction.atomic
def note_success(*, user: User, login: str, address: str, now: datetime) -> None:
    """Forget the wrong passwords from here, and know the address from now on."""
    SignInFailure.objects.filter(login=_digest(login), address=address).delete()
    KnownAddress.objects.bulk_create(
        [KnownAddress(user=user, address=address, seen_at=now)],
        update_conflicts=True,
        unique_fields=["user", "address"],
        update_fields=["seen_at"],
    )
    _note(user, audit.SIGNED_IN, now)


def note_end(*, user: User, now: datetime) -> None:
    _note(user, audit.SIGNED_OUT, now)


def forget_old_failures(*, now: datetime) -> int:
    deleted, _by_model = SignInFailure.objects.filter(failed_at__lt=now - lockout.FORGOTTEN_AFTER).delete()
    return deleted


def _note(user: User, action: str, now: datetime) -> None:
    actor = Actor(code=f"user:{user.pk}", branch_ids=frozenset(), role=Role(user.role), user_id=user.pk)
    audit.record_change(subject="user", subject_id=user.pk, action=action, fields={}, actor=actor, now=now)


def _user(login: str) -> User | None:
    name = login.strip()
    return User.objects.filter(username__iexact=name).first() or (
        User.objects.filter(email__iexact=name).exclude(email="").first()
    )


def _known_addresses(login: str) -> list[str]:
    user = _user(login)
    return list(KnownAddress.objects.filter(user=user).values_list("address", flat=True)) if user else []


def _digest(login: str) -> str:
    # Of whoever typed his password into the field of the login nothing readable stays.
    return hashlib.sha256(login.strip().lower().encode("utf-8", "surrogatepass")).hexdigest()
