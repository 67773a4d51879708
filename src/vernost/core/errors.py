"""Failures that a person can do something about."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar


class DomainError(Exception):
    """A named refusal: `code` for machines, `text` (a marked source text) and `values` for people.

    A surface translates it once: a page shows a toast, the API answers 409, the command exits 1.
    `titles` are the marked texts of values that are codes.
    """

    code: ClassVar[str]
    text: ClassVar[str]
    titles: ClassVar[Mapping[str, str]] = {}

    def __init__(self, **values: Any) -> None:  # noqa: ANN401 - values are of any printable type
        super().__init__(self.text % values if values else self.text)
        self.values = values

    def told(self, translate: Callable[[str], str], day: Callable[[date], str] = date.isoformat) -> str:
        """Say it in the language of `translate`, which is given marked texts; `day` writes the days in it."""
        values = {name: self._shown(value, translate, day) for name, value in self.values.items()}
        words = translate(self.text)
        return words % values if values else words

    def _shown(self, value: object, translate: Callable[[str], str], day: Callable[[date], str]) -> object:
        if isinstance(value, str) and value in self.titles:
            return translate(self.titles[value])
        return day(value) if isinstance(value, date) and not isinstance(value, datetime) else value


class TooMuch(DomainError):
    """Too much was asked for in too short a time: a page answers 429."""


class BadRequest(DomainError):
    """What was asked cannot be asked, whatever the data: the command exits 2."""
