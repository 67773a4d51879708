"""JSON documents that a command takes from a file."""

import json
from typing import Any, TextIO

from vernost.cli.failures import UnreadableInputError
from vernost.cli.words import translated
from vernost.core.i18n import _

NO_JSON = _("The file is no JSON: line %(line)d, column %(column)d")
NO_TEXT = _("The file is no text in UTF-8")
TOO_DEEP = _("The file is no JSON that can be read: too many brackets in one another")


def document_of(file: TextIO) -> Any:  # noqa: ANN401 - what JSON holds
    """Return what the file holds; raise UnreadableInputError, which says where it is no JSON."""
    try:
        return json.load(file)
    except json.JSONDecodeError as error:
        raise UnreadableInputError(translated(NO_JSON, line=error.lineno, column=error.colno)) from error
    except UnicodeDecodeError as error:
        raise UnreadableInputError(translated(NO_TEXT)) from error
    except RecursionError as error:
        raise UnreadableInputError(translated(TOO_DEEP)) from error
