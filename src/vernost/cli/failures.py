"""Failures become words and an exit status, in one place: 1 for a refusal, 2 for unreadable input."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from vernost.cli.words import translated
from vernost.core.errors import DomainError
from vernost.core.i18n import _


class UnreadableInputError(click.ClickException):
    """What the user has given cannot be read at all: exit status 2."""

    exit_code = 2


@contextmanager
def failures_as_words() -> Iterator[None]:
    try:
        yield
    except DomainError as error:
        raise click.ClickException(translated(error.text, **error.values)) from error
    except Exception as error:
        words = _words_of(error)
        if words is None:
            raise
        raise click.ClickException(words) from error


def _words_of(error: Exception) -> str | None:
    """Recognise failures of the database by name: importing its libraries would slow every command down."""
    kinds = {f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(error).__mro__}
    if "vernost.EmbeddedServerError" in kinds:
        return str(error)
    if kinds & {"django.OperationalError", "psycopg.OperationalError"}:
        return translated(_("The database does not answer: %(error)s"), error=str(error).strip())
    return None
