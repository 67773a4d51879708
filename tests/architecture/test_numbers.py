"""Numbers that people type."""

import re
from pathlib import Path

import vernost

# Of a single sign it may be asked: nobody makes a number of it.
OF_A_TEXT = re.compile(r"(?<!letter)(?<!sign)\.isdigit\(\)")


def test_no_text_is_taken_for_a_number_that_int_cannot_read():
    """`isdigit` is true of "²³", of which `int` makes an error: `isdecimal` is what is meant."""
    folder = Path(vernost.__file__).parent
    found = [path.name for path in folder.rglob("*.py") if OF_A_TEXT.search(path.read_text(encoding="utf-8"))]
    assert found == []
