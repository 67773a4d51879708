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

# Seconds after which a command that was asked to end and goes on is asked again.
_AGAIN = 5.0
_ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGALRM)


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
    embedded_server = embedded.ensure(settings.DATA_DIR) if uses_embedded_server() else nullcontext()
    with _signals_as_exits() as leaving, embedded_server:
        try:
            leaving.insists = True
            django.setup()
            with translation.override(language()):
                yield
        finally:
            leaving.has_begun()
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


class _Leaving:
    """Ends a command that a signal asks to end, by an exit that leaves its server in order."""

    def __init__(self) -> None:
        self.insists = False
        self.asked_by = 0

    def __call__(self, number: int, _frame: object) -> None:
        if number != signal.SIGALRM:
            self.asked_by = number
        # An exit that is raised within a destructor, or as a loop of events starts, is lost: it is raised again.
        if self.insists:
            signal.setitimer(signal.ITIMER_REAL, _AGAIN)
        if self.asked_by == signal.SIGINT:
            raise KeyboardInterrupt
        sys.exit(128 + self.asked_by)

    def has_begun(self) -> None:
        """Let the server be left in peace."""
        self.insists = False
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def _signals_as_exits() -> Iterator[_Leaving]:
    """Let a command that is ended by a signal leave its server in order, not as an orphan."""
    leaving = _Leaving()
    before = {number: signal.signal(number, leaving) for number in _ENDING}
    try:
        yield leaving
    except BaseException:
        # Whatever is left by: DuckDB, for one, makes a failure of its own of an exit that is raised within it.
        if not leaving.asked_by:
            raise
        say(_("Stopped: what was saved stays. Run the same command again to go on."))
        raise SystemExit(128 + leaving.asked_by) from None
    finally:
        leaving.has_begun()
        for number, handler in before.items():
            signal.signal(number, handler)


def _place() -> str:
    return str(settings.DATA_DIR) if uses_embedded_server() else "DATABASE_URL"
