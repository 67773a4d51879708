"""Vehicle identification numbers and Japanese frame numbers: one way of writing them.

`MACROS` are the same rules for DuckDB; a test holds the two together.
"""

import re
from typing import Final

LENGTH: Final = 17
END: Final = 6  # the part by which people name a car
_CYRILLIC: Final = "АВЕКМНОРСТУХ"
_LATIN: Final = "ABEKMHOPCTYX"
_TO_LATIN: Final = str.maketrans(_CYRILLIC, _LATIN)
# I, O and Q are in no VIN: they are misread digits.
_TO_DIGITS: Final = str.maketrans("IOQ", "100")
_PUNCTUATION: Final = re.compile(r"[\s\u00a0\u2009\u202f\-.*/]+")
_WELL_FORMED: Final = re.compile(r"[A-HJ-NPR-Z0-9]{17}")

_VALUES: Final = "'0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ'"
MACROS: Final = (
    rf"""CREATE OR REPLACE MACRO vin_letters(x) AS
    translate(regexp_replace(upper(x), '[\s\x{{00a0}}\x{{2009}}\x{{202f}}\-.*/]+', '', 'g'),
        '{_CYRILLIC}', '{_LATIN}')""",
    f"""CREATE OR REPLACE MACRO vin_of(x) AS
    CASE WHEN length(vin_letters(x)) = {LENGTH} THEN translate(vin_letters(x), 'IOQ', '100') ELSE vin_letters(x) END""",
    "CREATE OR REPLACE MACRO is_vin(x) AS regexp_full_match(x, '[A-HJ-NPR-Z0-9]{17}')",
    # Position in _VALUES modulo 10 is the letter's value: A = 1, J = 1, S = 2 …
    f"CREATE OR REPLACE MACRO vin_value(x, n) AS (strpos({_VALUES}, x[n]) - 1) % 10",
    """CREATE OR REPLACE MACRO vin_sum(x) AS (
    8 * vin_value(x, 1) + 7 * vin_value(x, 2) + 6 * vin_value(x, 3) + 5 * vin_value(x, 4) + 4 * vin_value(x, 5)
    + 3 * vin_value(x, 6) + 2 * vin_value(x, 7) + 10 * vin_value(x, 8) + 9 * vin_value(x, 10) + 8 * vin_value(x, 11)
    + 7 * vin_value(x, 12) + 6 * vin_value(x, 13) + 5 * vin_value(x, 14) + 4 * vin_value(x, 15)
    + 3 * vin_value(x, 16) + 2 * vin_value(x, 17))""",
    "CREATE OR REPLACE MACRO has_check_digit(x) AS x[9] = '0123456789X'[(vin_sum(x) % 11 + 1)::INT]",
    # Only North America and China make the check digit binding.
    "CREATE OR REPLACE MACRO needs_check_digit(x) AS regexp_matches(x, '^[1-5L]') AND is_vin(x)",
)


def fold(text: str) -> str:
    letters = _PUNCTUATION.sub("", text.upper()).translate(_TO_LATIN)
    return letters.translate(_TO_DIGITS) if len(letters) == LENGTH else letters


def is_well_formed(vin: str) -> bool:
    return bool(_WELL_FORMED.fullmatch(vin))
