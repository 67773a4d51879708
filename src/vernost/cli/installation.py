"""Making an installation ready, safe to repeat: secret, roles, tables, ready-made data, static files."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.module_loading import import_string

from vernost import embedded
from vernost.accounts import operations as accounts
from vernost.cli.database import uses_embedded_server
from vernost.cli.words import say
from vernost.core import parents
from vernost.core.actor import system
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.embedded import roles

ADMINISTRATOR: Final = "admin"
# Any number: who holds it in PostgreSQL is the one who changes the tables.
_LOCK: Final = 7036874417766


class RoleMissing(DomainError):
    code = "role_missing"
    text = _("The user of DATABASE_URL may not make the role %(role)s: let an administrator run\n%(statements)s")


@dataclass(frozen=True, slots=True)
class State:
    """Which migrations the tables lack, and which they have that this version does not know."""

    is_empty: bool
    missing: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def word(self) -> str:
        if self.is_empty:
            return "none"
        if self.unknown:
            return "newer"
        return "older" if self.missing else "current"


def state() -> State:
    executor = MigrationExecutor(connection)
    applied, known = executor.loader.applied_migrations, executor.loader.disk_migrations
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return State(
        is_empty=not applied,
        missing=tuple(f"{migration.app_label}.{migration.name}" for migration, _backwards in plan),
        unknown=tuple(
            ".".join(name) for name in sorted(applied) if name not in known and name[0] in executor.loader.migrated_apps
        ),
    )


def prepare() -> None:
    """Make or bring up to date everything but the first administrator."""
    with _alone():
        _make_secret_key()
        if not uses_embedded_server():
            _make_app_role()
            _tell_of_batches()
        if state().missing:
            call_command("migrate", interactive=False, verbosity=0)
        for initialise in import_string(settings.INITIALISERS)():
            initialise()
        _collect_static_files()


def make_first_administrator() -> dict[str, str | None] | None:
    """Return the login and the password to be shown once (None if the caller gave it); None if there is one already."""
    given = os.environ.get("VERNOST_ADMIN_PASSWORD") or None
    password = accounts.ensure_administrator(
        username=ADMINISTRATOR, password=given, actor=system("init"), now=timezone.now()
    )
    return {"login": ADMINISTRATOR, "password": None if given else password} if password else None


def collect_static_files() -> None:
    """Copy the styles and scripts of this version to where the web server takes them from, when they differ."""
    with _alone():
        _collect_static_files()


@contextmanager
def _alone() -> Iterator[None]:
    """Let one command at a time change the installation, on however many machines."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _make_secret_key() -> None:
    """Write the key that signs sessions, once, readable by its owner alone; a given one is not written."""
    file = settings.SECRET_KEY_FILE
    if file.exists() or os.environ.get("VERNOST_SECRET_KEY"):
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as stream:
        stream.write(secrets.token_urlsafe(48))
    fresh.replace(file)


def _make_app_role() -> None:
    """Make on a server of the dealer's own what the embedded one has from its birth."""
    owner = connection.settings_dict["USER"]
    try:
        roles.prepare_app_role(connection.connection, owner=owner)
    except psycopg.errors.InsufficientPrivilege as error:
        statements = roles.statements_for_an_administrator(owner)
        raise RoleMissing(role=embedded.APP_ROLE, statements=statements) from error


def _tell_of_batches() -> None:
    """Say what makes imports twice as quick where the user of DATABASE_URL may not do it himself (`core.parents`)."""
    with connection.cursor() as cursor:
        if not parents.may_put_keys_aside(cursor):
            say(
                _("Imports of orders take twice as long until an administrator runs %(statement)s"),
                statement=roles.statement_for_batches(connection.settings_dict["USER"]),
            )


def _collect_static_files() -> None:
    stamp = _static_stamp()
    mark = Path(settings.STATIC_ROOT) / ".stamp"
    if mark.is_file() and mark.read_text(encoding="ascii") == stamp:
        return
    # Our scripts have an htmx of their own: that of django-htmx would only be compressed, for longer than all else.
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["django_htmx"])
    mark.write_text(stamp, encoding="ascii")


def _static_stamp() -> str:
    """Return a digest of names, sizes and times: the content of megabytes need not be read for it."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            digest.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()
