"""The words of the command line, in the language of the terminal.

Django is asleep until a command needs the database, so the catalogue is read directly.
"""

import functools
import gettext
import os
from pathlib import Path
from typing import Any

import click

_CATALOGUES = Path(__file__).parents[1] / "locale"


def language() -> str:
    """Return `ru` or `en`: VERNOST_LANGUAGE, else English for an English terminal, Russian for all others."""
    for variable in ("VERNOST_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable)
        if value:
            return "en" if value.lower().startswith("en") else "ru"
    return "ru"


def translated(text: str, **values: Any) -> str:  # noqa: ANN401 - of any printable type
    found = _catalogue(language()).gettext(text)
    return found % values if values else found


def say(text: str, **values: Any) -> None:  # noqa: ANN401 - of any printable type
    """Tell the person at the terminal; stdout is kept for data."""
    click.echo(translated(text, **values), err=True)


def translate_click() -> None:
    """Let click take its own words (`click_texts`) from our catalogue, in our language."""
    # Its gettext knows no other way to be told a language.
    os.environ["LANGUAGE"] = language()
    gettext.bindtextdomain("django", _CATALOGUES)
    gettext.textdomain("django")


@functools.cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation("django", _CATALOGUES, languages=[code], fallback=True)
