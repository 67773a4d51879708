"""People's names: «Фамилия Имя Отчество» in one field, with оглы and кызы, ё as е in search.

`MACROS` are the same rules for DuckDB; a test holds the two together.
"""

import re
from dataclasses import dataclass
from typing import Final

_BLANKS: Final = re.compile(r"[\s\u00a0\u2009\u202f]+")
_PATRONYMIC: Final = re.compile(r"(вич|вна|ична|ьич|оглы|кызы|улы|уулу)$")
_COMPANY: Final = re.compile(
    r"(^|[^а-яёa-z])(ооо|оао|зао|пао|ао|нко|тоо|гуп|муп|фгуп|гбу|мбу|фгбу|снт|тсж|ltd|llc|gmbh|inc)([^а-яёa-z]|$)"
)

MACROS: Final = (
    # Most texts are tidy: a look costs a tenth of the work.
    r"""CREATE OR REPLACE MACRO tidy_text(x) AS
    CASE WHEN regexp_matches(x, '^[\s\x{00a0}\x{2009}\x{202f}]|[\s\x{00a0}\x{2009}\x{202f}]{2}|[\t\r\n\v\f\x{00a0}\x{2009}\x{202f}]|\s$')
         THEN trim(regexp_replace(x, '[\s\x{00a0}\x{2009}\x{202f}]+', ' ', 'g')) ELSE x END""",
    "CREATE OR REPLACE MACRO name_key(x) AS replace(lower(tidy_text(x)), 'ё', 'е')",
    r"""CREATE OR REPLACE MACRO is_company_name(x) AS regexp_matches(lower(x),
    '(^|[^а-яёa-z])(ооо|оао|зао|пао|ао|нко|тоо|гуп|муп|фгуп|гбу|мбу|фгбу|снт|тсж|ltd|llc|gmbh|inc)([^а-яёa-z]|$)')""",
    """CREATE OR REPLACE MACRO personal_words(x) AS
    list_filter(string_split(tidy_text(x), ' '), lambda w: w <> '' AND lower(w) NOT IN ('ип', 'чп'))""",
    "CREATE OR REPLACE MACRO is_patronymic(w) AS regexp_matches(lower(w), '(вич|вна|ична|ьич|оглы|кызы|улы|уулу)$')",
    # Имя Отчество Фамилия is told by its second word; everything else is Фамилия Имя Отчество.
    # A list of one is how DuckDB gives a value a name.
    """CREATE OR REPLACE MACRO ordered_words(x) AS
    list_transform([personal_words(x)], lambda w:
        CASE WHEN len(w) = 3 AND is_patronymic(w[2]) AND NOT is_patronymic(w[3]) THEN [w[3], w[1], w[2]] ELSE w END)[1]""",
    "CREATE OR REPLACE MACRO last_name_of(x) AS coalesce(ordered_words(x)[1], '')",
    "CREATE OR REPLACE MACRO first_name_of(x) AS coalesce(ordered_words(x)[2], '')",
    "CREATE OR REPLACE MACRO middle_name_of(x) AS array_to_string(ordered_words(x)[3:], ' ')",
)


@dataclass(frozen=True, slots=True)
class Name:
    last: str
    first: str
    middle: str


def tidy(text: str) -> str:
    """Return the text with single plain blanks between its words."""
    return _BLANKS.sub(" ", text).strip(" ")


def sort_key(text: str) -> str:
    """Return the name in lower case with ё as е: what lists are sorted and searched by."""
    return tidy(text).lower().replace("ё", "е")


def split(full_name: str) -> Name:
    words = [word for word in tidy(full_name).split(" ") if word and word.lower() not in {"ип", "чп"}]
    if len(words) == 3 and _is_patronymic(words[1]) and not _is_patronymic(words[2]):  # noqa: PLR2004 - ФИО
        words = [words[2], words[0], words[1]]
    last, first, *middle = [*words, "", ""]
    return Name(last, first, " ".join(word for word in middle if word))


def is_company(text: str) -> bool:
    """Tell a company by its legal form: «ООО Ромашка». An entrepreneur (ИП) is a person."""
    return bool(_COMPANY.search(text.lower()))


def _is_patronymic(word: str) -> bool:
    return bool(_PATRONYMIC.search(word.lower()))
