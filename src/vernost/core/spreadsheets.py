"""Texts in files that a spreadsheet opens: none of them is run, and each comes back as it was."""

import re
from typing import Final

# Full-width twins too: some spreadsheets fold them.
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n\0＝＋－＠]")


def escaped(text: str) -> str:
    """Keep a spreadsheet from running a text: a quote in front, which `unescaped` takes away again."""
    return f"'{text}" if _FORMULA.match(text) else text


def unescaped(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text
