"""What commands print of people is written into the journal, as files taken out by the pages are."""

import getpass
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import click
from django.utils import timezone

from vernost.accounts.audit import record_export
from vernost.core.actor import system


class Taken:
    """Counts the rows as they are printed."""

    def __init__(self) -> None:
        self.rows = 0

    def counted(self, rows: Iterable[Any]) -> Iterator[Any]:
        for row in rows:
            self.rows += 1
            yield row


@contextmanager
def taken_out() -> Iterator[Taken]:
    """Note how many people a command has printed, also where its reader goes away before the end."""
    taken = Taken()
    try:
        yield taken
    finally:
        if taken.rows:
            note(rows=taken.rows)


def note(*, rows: int) -> None:
    """Write into the journal that the command at work has printed so many people."""
    context = click.get_current_context()
    options = [
        f"--{name.rstrip('_').replace('_', '-')} {value}"
        for name, value in context.params.items()
        if isinstance(value, str | int | date) and not isinstance(value, bool)
    ]
    record_export(
        what=context.command_path,
        question=" ".join([context.command_path, *options]),
        rows=rows,
        people=True,
        actor=system("cli"),
        now=timezone.now(),
        login=login(),
    )


def login() -> str:
    """Return the account of the machine that runs the command, as far as the machine knows it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
