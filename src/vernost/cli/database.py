"""The database of a command: found or started, of the right version, with Django awake."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import django
from django.conf import settings
from django.utils import translation

from vernost import embedded
from vernost.cli.words import language, say
from vernost.core.errors import DomainError
from vernost.core.i18n import _

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vernost.config.settings")


class DatabaseIsOlder(DomainError):
    code = "database_is_older"
    text = _("The database was made by an older Vernost: run `vernost init` to bring it up to date")


class DatabaseIsNewer(DomainError):
    code = "database_is_newer"
    text = _("The database was made by a newer Vernost (it knows %(names)s): install that version")


def uses_embedded_server() -> bool:
    return settings.ENVIRONMENT.database_url is None


@contextmanager
def server() -> Iterator[None]:
    """Keep the database server reachable, and wake Django; the tables may be of any version."""
    with _signals_as_exits(), embedded.ensure(settings.DATA_DIR) if uses_embedded_server() else nullcontext():
        django.setup()
        try:
            with translation.override(language()):
                yield
        finally:
            from django.db import connections  # noqa: PLC0415 - needs Django awake

            connections.close_all()


@contextmanager
def database() -> Iterator[None]:
    """Give a command its database, ready for use: an empty one is made on the way, an old one is refused.

    Works as a decorator too: `@database()` below click's decorators.
    """
    with server():
        from vernost.cli import installation  # noqa: PLC0415 - needs Django awake

        state = installation.state()
        if state.is_empty:
            say(_("%(place)s is empty: the tables are made now"), place=_place())
            installation.prepare()
        elif state.unknown:
            raise DatabaseIsNewer(names=", ".join(state.unknown))
        elif state.missing:
            raise DatabaseIsOlder
        yield


@contextmanager
def _signals_as_exits() -> Iterator[None]:
    """Let a command that is ended by a signal leave its server in order, not as an orphan."""

    def leave(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _place() -> str:
    return str(settings.DATA_DIR) if uses_embedded_server() else "DATABASE_URL"
