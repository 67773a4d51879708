"""Failures become words and an exit status, in one place: 1 for a refusal, 2 for what cannot be read or asked."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from vernost.cli.words import translated
from vernost.core.errors import BadRequest, DomainError
from vernost.core.i18n import _

_LIBRARIES = ("django", "psycopg", "adbc_driver_manager")
_NO_SPACE = os.strerror(errno.ENOSPC)


class UnreadableInputError(click.ClickException):
    """What the user has given cannot be read, or asked: exit status 2."""

    exit_code = 2


@contextmanager
def failures_as_words() -> Iterator[None]:
    try:
        yield
    except BadRequest as error:
        raise UnreadableInputError(error.told(translated)) from error
    except DomainError as error:
        raise click.ClickException(error.told(translated)) from error
    except Exception as error:
        words = _words_of(error)
        if words is None:
            raise
        raise click.ClickException(words) from error


def _words_of(error: Exception) -> str | None:
    """Recognise failures of the database and the disk: importing its libraries would slow every command down."""
    kinds = {kind for cause in _chain(error) for kind in _kinds(cause)}
    if "vernost.EmbeddedServerError" in kinds:
        return str(error)
    if any(_is_full(cause) for cause in _chain(error)) or "psycopg.DiskFull" in kinds:
        return translated(_("The disk is full: make room and run the command again. Whatever was saved is still there"))
    if kinds & {f"{library}.{kind}" for library in _LIBRARIES for kind in ("OperationalError", "InterfaceError")}:
        return translated(_("The database does not answer: %(error)s"), error=str(error).strip())
    if isinstance(error, PermissionError):
        return translated(_("This user may not use %(name)s: give him the right to"), name=error.filename)
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _kinds(error: BaseException) -> Iterator[str]:
    return (f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(error).__mro__)


def _is_full(error: BaseException) -> bool:
    """Tell a full disk: by its number, or by the words in which a library passes it on."""
    return (isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}) or _NO_SPACE in str(error)
