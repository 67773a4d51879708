"""E-mail addresses as people write them: several in a field, with words around them.

`MACROS` are the same rules for DuckDB, for fields that hold nothing but addresses; a test holds the two together.
"""

import re
from typing import Final

from vernost.core.phone import SEPARATORS, Contact, Contacts

_ADDRESS: Final = re.compile(r"[^\s@;,|<>()\"'«»]+@[^\s@;,|<>()\"'«»]+\.[^\s@;,|<>()\"'«».]{2,}")
_EDGES: Final = " \t\u00a0.:-–—()<>«»\"'/\\"

MACROS: Final = (
    r"""CREATE OR REPLACE MACRO plain_email(x) AS
    CASE WHEN regexp_full_match(trim(x), '[^\s@;,|<>()"''«»]+@[^\s@;,|<>()"''«»]+\.[^\s@;,|<>()"''«».]{2,}')
         THEN lower(trim(x)) END""",
    # NULL: the field needs `contacts_of`.
    f"""CREATE OR REPLACE MACRO plain_emails(x) AS
    CASE WHEN NOT regexp_matches(x, '[{SEPARATORS}]') THEN
        CASE WHEN plain_email(x) IS NOT NULL THEN [plain_email(x)] END
    ELSE list_transform(
        [list_transform(list_filter(string_split_regex(x, '[{SEPARATORS}]'), lambda part: trim(part) <> ''),
                        lambda part: plain_email(part))],
        lambda found: CASE WHEN list_count(found) = len(found) THEN found END)[1] END""",
)


def contacts_of(text: str) -> Contacts:
    found: dict[str, Contact] = {}
    rest: list[str] = []
    for part in re.split(f"[{SEPARATORS}]", text):
        words = part.strip(" \t\u00a0\r\n")
        matches = list(_ADDRESS.finditer(words))
        for match in matches:
            note = f"{words[: match.start()].strip(_EDGES)} {words[match.end() :].strip(_EDGES)}".strip()
            found.setdefault(match[0].lower(), Contact(match[0].lower(), note if len(matches) == 1 else ""))
        if words and not matches:
            rest.append(words)
    return Contacts(tuple(found.values()), tuple(rest))
