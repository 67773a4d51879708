"""Number plates: «a 123 bc 77» and «А123ВС77» are one plate, kept in Cyrillic capitals.

`MACRO` is the same rule for DuckDB; a test holds the two together.
"""

import re
from typing import Final

LATIN: Final = "ABEKMHOPCTYX"
CYRILLIC: Final = "АВЕКМНОРСТУХ"
_TO_CYRILLIC: Final = str.maketrans(LATIN, CYRILLIC)
_BLANKS: Final = re.compile(r"[\s\u00a0\u2009\u202f\-.·*|/]+")
_COUNTRY: Final = "RUS"

MACRO: Final = rf"""CREATE OR REPLACE MACRO plate_of(x) AS
    translate(regexp_replace(regexp_replace(upper(x), '[\s\x{{00a0}}\x{{2009}}\x{{202f}}\-.·*|/]+', '', 'g'),
        '(.){_COUNTRY}$', '\1'), '{LATIN}', '{CYRILLIC}')"""


def fold(text: str) -> str:
    plate = _BLANKS.sub("", text.upper())
    if len(plate) > len(_COUNTRY):
        plate = plate.removesuffix(_COUNTRY)
    return plate.translate(_TO_CYRILLIC)
