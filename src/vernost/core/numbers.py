"""Numbers as people and 1C write them: «15 234,50 руб.», 1 234.5, -0.005.

`MACROS` are the same rules for DuckDB, for columns of millions; a test holds the two together.
"""

import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Final

# Wide enough for any number that a column of the database takes; a longer one is refused.
_EXACT = Context(prec=60)
_PLAIN: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_PADDING: Final = re.compile(r"[\s\u00a0\u2009\u202f]|руб\.?|р\.|₽|rub\.?")
WHOLE_DIGITS: Final = 18

MACROS: Final = (
    r"""CREATE OR REPLACE MACRO unpadded_number(x) AS
    regexp_replace(lower(x), '[\s\x{00a0}\x{2009}\x{202f}]|руб\.?|р\.|₽|rub\.?', '', 'g')""",
    """CREATE OR REPLACE MACRO pointed_number(y) AS
    CASE WHEN contains(y, ',') AND contains(y, '.') THEN
        CASE WHEN strpos(reverse(y), ',') < strpos(reverse(y), '.') THEN replace(replace(y, '.', ''), ',', '.')
             ELSE replace(y, ',', '') END
    ELSE replace(y, ',', '.') END""",
    # A list of one is how DuckDB gives a value a name: written out in full, the planner would drown in it.
    r"""CREATE OR REPLACE MACRO plain_number(x) AS
    list_filter(list_transform([unpadded_number(x)], lambda y: pointed_number(y)),
                lambda y: regexp_full_match(y, '[+-]?(\d+(\.\d*)?|\.\d+)'))[1]""",
    # What 1C writes: a comma, no-break spaces between thousands.
    """CREATE OR REPLACE MACRO comma_number(x) AS
    replace(CASE WHEN contains(x, '\u00a0') THEN replace(x, '\u00a0', '') ELSE x END, ',', '.')""",
    # `usual_` is what computers wrote or what 1C wrote, NULL for the rest: a failed cast costs most.
    *(
        f"""CREATE OR REPLACE MACRO usual_{name}(x) AS
    CASE WHEN contains(x, ',') THEN TRY_CAST(comma_number(x) AS {kind}) ELSE TRY_CAST(x AS {kind}) END"""
        for name, kind in (("money", "DECIMAL(14,2)"), ("quantity", "DECIMAL(12,3)"), ("decimal", "DECIMAL(18,3)"))
    ),
    "CREATE OR REPLACE MACRO usual_whole(x) AS trunc(usual_decimal(x))::BIGINT",
    """CREATE OR REPLACE MACRO money_of(x) AS
    CASE WHEN x IS NULL THEN NULL ELSE coalesce(usual_money(x), TRY_CAST(plain_number(x) AS DECIMAL(14,2))) END""",
    """CREATE OR REPLACE MACRO quantity_of(x) AS
    CASE WHEN x IS NULL THEN NULL ELSE coalesce(usual_quantity(x), TRY_CAST(plain_number(x) AS DECIMAL(12,3))) END""",
    """CREATE OR REPLACE MACRO whole_of(x) AS
    trunc(CASE WHEN x IS NULL THEN NULL
               ELSE coalesce(usual_decimal(x), TRY_CAST(plain_number(x) AS DECIMAL(18,3))) END)::BIGINT""",
)


def decimal_of(text: str, *, digits: int = 14, places: int = 2) -> Decimal | None:
    """Return the number rounded half away from zero, None if it is none or has more than `digits` digits."""
    plain = _plain(text)
    if plain is None:
        return None
    try:
        number = Decimal(plain).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT)
    except InvalidOperation:
        return None
    return number if abs(number) < Decimal(10) ** (digits - places) else None


def whole_of(text: str) -> int | None:
    """Return the number cut to a whole one: 12,7 km are 12."""
    number = decimal_of(text, digits=WHOLE_DIGITS, places=3)
    return None if number is None else int(number.to_integral_value(ROUND_DOWN))


def _plain(text: str) -> str | None:
    number = _PADDING.sub("", text.lower())
    if "," in number and "." in number:
        comma_is_decimal = number.rfind(",") > number.rfind(".")
        number = number.replace(".", "").replace(",", ".") if comma_is_decimal else number.replace(",", "")
    else:
        number = number.replace(",", ".")
    return number if _PLAIN.fullmatch(number, endpos=len(number)) and number.isascii() else None
