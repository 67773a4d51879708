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
    """CREATE OR REPLACE MACRO are_sums(words) AS
    len(list_filter(words, lambda word: plain_number(word) IS NULL)) = 0""",
    """CREATE OR REPLACE MACRO words_of(cells) AS
    list_filter(list_transform(cells, lambda cell: clean_text(cell)), lambda cell: cell IS NOT NULL)""",
    # A list of one is how DuckDB gives a value a name.
    """CREATE OR REPLACE MACRO is_junk(lead, others) AS list_transform([{'l': words_of(lead), 'o': words_of(others)}],
    lambda row: coalesce(is_total(coalesce(row.l[1], row.o[1])), true)
        OR coalesce(is_heading(row.l[1], len(row.o) = 0) AND are_sums(row.o), false))[1]""",
)


def is_junk(lead: Sequence[str], others: Sequence[str]) -> bool:
    """Say of a row that lacks a required value whether it is no record at all.

    `lead` are the cells up to the first column of the header. A total begins with «Итого». A heading is
    Russian words in the lead, alone or with the group's sums beside them; words with a digit and sums
    beside them may be a broken record, so they are not passed over.
    """
    label, sums = _words(lead), _words(others)
    if not label and not sums:
        return True
    if _TOTAL.match((label or sums)[0].lower()):
        return True
    if not label or not _CYRILLIC.search(label[0]):
        return False
    heading = not _DIGIT.search(label[0]) or (not sums and " " in label[0])
    return heading and all(decimal_of(one, digits=50) is not None for one in sums)


def _words(cells: Sequence[str]) -> list[str]:
    return [cell.strip(_BLANKS) for cell in cells if cell.strip(_BLANKS)]
