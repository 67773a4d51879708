"""How the values of two records are compared, by what sort of thing they are.

Each comparison goes from the strongest agreement to none; a missing value says nothing. How much an agreement
is worth is learnt from the data, rare values weigh more than common ones.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

# What Splink takes for names by default: Jaro-Winkler of a typing slip, of a variant, of something alike.
_ALIKE: Final = (0.92, 0.88, 0.7)
_ONE_SLIP: Final = 1


class Sort(StrEnum):
    """What a column holds. `GIVEN` may be an initial; `NUMBERS` are lists of which one in common is enough."""

    GIVEN = "given"
    TEXT = "text"
    CODE = "code"
    DATE = "date"
    NUMBERS = "numbers"


@dataclass(frozen=True, slots=True)
class Compared:
    """A column of the table that is compared. `swapped` is the one that people confuse it with.

    `of_one`: how often each degree of agreement is that of one person's two records, where that is not left to
    the data to say.
    """

    column: str
    sort: Sort
    swapped: str = ""
    of_one: tuple[float, ...] = ()


def comparison(compared: Compared) -> dict[str, Any]:
    """Return the comparison as Splink's settings have it."""
    column = compared.column
    levels = [_null(column)]
    match compared.sort:
        case Sort.NUMBERS:
            levels += [_level(f"len(list_intersect({column}_l, {column}_r)) > 0")]
        case Sort.DATE:
            levels += [_exact(column), _level(_slip(column)), _level(_parts_of_a_date(column))]
        case Sort.CODE:
            levels += [_exact(column, rare=True), _level(_slip(column))]
        case Sort.GIVEN | Sort.TEXT:
            levels += [_exact(column, rare=True)]
            if compared.swapped:
                levels += [_level(f"{column}_l = {compared.swapped}_r AND {compared.swapped}_l = {column}_r")]
            levels += [_level(f"jaro_winkler_similarity({column}_l, {column}_r) >= {least}") for least in _ALIKE]
            if compared.sort == Sort.GIVEN:
                levels += [_level(_initial(column))]
    levels += [_level("ELSE")]
    known = zip(levels[1:], compared.of_one, strict=True) if compared.of_one else ()
    for level, share in known:
        level |= {"m_probability": share, "fix_m_probability": True}
    return {"output_column_name": column, "comparison_levels": levels}


def _null(column: str) -> dict[str, Any]:
    return {"sql_condition": f"{column}_l IS NULL OR {column}_r IS NULL", "is_null_level": True}


def _exact(column: str, *, rare: bool = False) -> dict[str, Any]:
    level = _level(f"{column}_l = {column}_r")
    return {**level, "tf_adjustment_column": column, "tf_minimum_u_value": 0.0001} if rare else level


def _level(condition: str) -> dict[str, Any]:
    return {"sql_condition": condition}


def _slip(column: str) -> str:
    return f"damerau_levenshtein({column}_l, {column}_r) <= {_ONE_SLIP}"


def _initial(column: str) -> str:
    return f"""starts_with({column}_l, left({column}_r, 1))
               AND least(strlen({column}_l), strlen({column}_r)) <= strlen(left({column}_l, 1))"""


def _parts_of_a_date(column: str) -> str:
    """Two of year, month and day; dates are written YYYYMMDD."""
    parts = [
        f"(substr({column}_l, {start}, {size}) = substr({column}_r, {start}, {size}))::INT"
        for start, size in ((1, 4), (5, 2), (7, 2))
    ]
    return f"{' + '.join(parts)} >= 2"
