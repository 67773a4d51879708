"""A cell of a spreadsheet as the text that a person sees in it."""

from datetime import date, datetime, time, timedelta
from typing import Final

_EXACT: Final = 2**53


def text_of(value: object) -> str:  # noqa: PLR0911 - one for each type
    """Return the text of a cell: whole numbers without a point, dates in ISO form, flags as 1 and 0."""
    match value:
        case str():
            return value
        case bool():
            return "1" if value else "0"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)
        case datetime():
            midnight = value.time() == time(0)
            return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str((datetime(1, 1, 1) + value).time())  # noqa: DTZ001 - a time of day
        case None:
            return ""
        case _:
            return str(value)
