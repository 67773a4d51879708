"""Rows of a report that are no records: empty ones, totals, headings of groups.

`MACROS` are the rule for DuckDB, over the list of a row's cells; a test holds both together.
"""

import re
from collections.abc import Sequence
from typing import Final

from vernost.core.numbers import decimal_of

_TOTAL: Final = re.compile(r"(итого|всего|total)([^а-яa-z]|$)")
_CYRILLIC: Final = re.compile(r"[А-Яа-яЁё]")
_DIGIT: Final = re.compile(r"[0-9]")
_BLANKS: Final = " \t\r\n\u00a0\u2009\u202f"

MACROS: Final = (
    "CREATE OR REPLACE MACRO is_total(x) AS regexp_matches(lower(x), '^(итого|всего|total)([^а-яa-z]|$)')",
    """CREATE OR REPLACE MACRO is_heading(x, alone) AS
    regexp_matches(x, '[А-Яа-яЁё]') AND (NOT regexp_matches(x, '[0-9]') OR (alone AND contains(x, ' ')))""",
    """CREATE OR REPLACE MACRO junk_words(cells) AS
    len(cells) = 0 OR is_total(cells[1]) OR (is_heading(cells[1], len(cells) = 1)
        AND len(list_filter(cells[2:], lambda cell: plain_number(cell) IS NULL)) = 0)""",
    # A list of one is how DuckDB gives a value a name.
    """CREATE OR REPLACE MACRO is_junk(cells) AS list_transform(
    [list_filter(list_transform(cells, lambda cell: clean_text(cell)), lambda cell: cell IS NOT NULL)],
    lambda words: junk_words(words))[1]""",
)


def is_junk(cells: Sequence[str]) -> bool:
    """Say of a row that lacks a required value whether it is no record at all.

    A total begins with «Итого». A heading is Russian words alone in their row, or with the group's sums
    beside them; words with a digit and sums beside them may be a broken record, so they are not passed over.
    """
    words = [cell.strip(_BLANKS) for cell in cells if cell.strip(_BLANKS)]
    if not words:
        return True
    label, *others = words
    if _TOTAL.match(label.lower()):
        return True
    heading = bool(_CYRILLIC.search(label)) and (not _DIGIT.search(label) or (not others and " " in label))
    return heading and all(decimal_of(other, digits=50) is not None for other in others)
