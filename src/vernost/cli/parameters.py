"""Kinds of arguments that several commands take; what does not fit is told in the language of the terminal."""

from datetime import date, datetime
from typing import Final

import click

from vernost.cli.words import translated
from vernost.core.i18n import _

# Rules look years back and ahead of a day, and a date has its ends.
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2199


class Day(click.ParamType[date]):
    """A date as 2026-03-31 or 31.03.2026."""

    name = "date"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        pattern = "%d.%m.%Y" if "." in value else "%Y-%m-%d"
        try:
            day = datetime.strptime(value, pattern).date()  # noqa: DTZ007 - a calendar day has no zone
        except ValueError:
            self.fail(translated(_("“%(value)s” is no date such as 2026-03-31"), value=value), param, ctx)
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            words = _("The year of %(value)s is not between %(first)s and %(last)s")
            self.fail(translated(words, value=value, first=_FIRST_YEAR, last=_LAST_YEAR), param, ctx)
        return day


class ChainHead(click.ParamType[tuple[int, bytes]]):
    """`NUMBER:HASH`, as an earlier check of a chain has printed it."""

    name = "NUMBER:HASH"

    def convert(
        self, value: str | tuple[int, bytes], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, bytes]:
        if isinstance(value, tuple):
            return value
        number, _colon, digest = value.partition(":")
        try:
            return int(number), bytes.fromhex(digest)
        except ValueError:
            words = _("“%(value)s” is no head of a chain: it is NUMBER:HASH, as a check has printed it")
            self.fail(translated(words, value=value), param, ctx)
