"""What a condition compares: the types of attributes, their operators, and how a value is read from JSON.

A value as it is kept here is ready to compare: whole kopecks, days as `date`, choices as a tuple of texts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from vernost.core.i18n import _
from vernost.core.period import add_months

KOPECKS = 100
LONGEST_LIST = 500
LONGEST_SPAN = {"days": 36_500, "months": 1_200}


class Type(StrEnum):
    NUMBER = "number"
    MONEY = "money"
    DECIMAL = "decimal"
    CHOICE = "choice"
    DAY = "day"
    FLAG = "flag"
    TEXT = "text"


class Misread(Exception):
    """What is wrong with a value, as a marked text and its values."""

    def __init__(self, text: str, **values: Any) -> None:  # noqa: ANN401 - of any printable type
        super().__init__(text % values if values else text)
        self.text = text
        self.values = values


@dataclass(frozen=True, slots=True)
class Span:
    """So many days or months: back from the day asked, or on from it."""

    unit: str
    number: int

    def before(self, day: date) -> date:
        return day - timedelta(days=self.number) if self.unit == "days" else add_months(day, -self.number)

    def after(self, day: date) -> date:
        return day + timedelta(days=self.number) if self.unit == "days" else add_months(day, self.number)


@dataclass(frozen=True, slots=True)
class Operator:
    """`words` go between the attribute and its value. `opposite`: it holds where that one does not."""

    code: str
    words: str
    takes: str
    opposite: str = ""


_SINGLE, _PAIR, _LIST, _SPAN, _NOTHING = "one", "two", "list", "span", "nothing"

_COMPARE = (
    Operator("at_least", _("at least"), _SINGLE),
    Operator("at_most", _("at most"), _SINGLE),
    Operator("is", _("is exactly"), _SINGLE),
    Operator("is_not", _("is not"), _SINGLE, "is"),
    Operator("between", _("between"), _PAIR),
)
_KNOWN = (
    Operator("known", _("is known"), _NOTHING),
    Operator("unknown", _("is not known"), _NOTHING, "known"),
)
OPERATORS: Mapping[Type, tuple[Operator, ...]] = {
    Type.NUMBER: (*_COMPARE, *_KNOWN),
    Type.MONEY: (*_COMPARE, *_KNOWN),
    Type.DECIMAL: (*_COMPARE[:2], _COMPARE[4], *_KNOWN),
    Type.CHOICE: (
        Operator("in", _("is one of"), _LIST),
        Operator("not_in", _("is none of"), _LIST, "in"),
        *_KNOWN,
    ),
    Type.DAY: (
        Operator("within_last", _("is in the last"), _SPAN),
        Operator("before_last", _("is earlier than the last"), _SPAN),
        Operator("within_next", _("is in the next"), _SPAN),
        Operator("from", _("is on or after"), _SINGLE),
        Operator("until", _("is on or before"), _SINGLE),
        Operator("between", _("between"), _PAIR),
        *_KNOWN,
    ),
    Type.FLAG: (
        Operator("yes", _("yes"), _NOTHING),
        Operator("no", _("no"), _NOTHING, "yes"),
    ),
    Type.TEXT: (
        Operator("contains", _("contains"), _SINGLE),
        Operator("begins", _("begins with"), _SINGLE),
        Operator("ends", _("ends with"), _SINGLE),
        Operator("is", _("is exactly"), _SINGLE),
        Operator("contains_not", _("does not contain"), _SINGLE, "contains"),
        *_KNOWN,
    ),
}


def operator(kind: Type, code: str) -> Operator | None:
    return next((one for one in OPERATORS[kind] if one.code == code), None)


def read(kind: Type, wanted: Operator, value: Any) -> Any:  # noqa: ANN401 - what JSON holds
    """Return the value of a condition ready to compare; `Misread` says what is wrong with it."""
    match wanted.takes:
        case "nothing":
            return None
        case "list":
            return _choices(value)
        case "span":
            return read_span(value)
        case "two":
            return _pair(_READERS[kind], value)
    return _READERS[kind](value)


def write(kind: Type, value: Any) -> Any:  # noqa: ANN401 - as above
    """Return the value as JSON has it: the reverse of `read`."""
    match value:
        case None:
            return None
        case Span():
            return {value.unit: value.number}
        case tuple():
            return [write(kind, one) for one in value]
        case date():
            return value.isoformat()
    return _plain(Decimal(value) / KOPECKS) if kind in {Type.MONEY, Type.DECIMAL} else value


def _plain(value: Decimal) -> int | str:
    return int(value) if value == value.to_integral_value() else str(value)


def read_span(value: Any) -> Span:  # noqa: ANN401 - as above
    if not isinstance(value, Mapping) or len(value) != 1 or not set(value) <= set(LONGEST_SPAN):
        raise Misread(_('a number of days or months is expected, such as {"months": 12}'))
    ((unit, number),) = value.items()
    if not _is_whole(number) or not 0 <= int(number) <= LONGEST_SPAN[unit]:
        raise Misread(_("a whole number from 0 to %(most)s is expected"), most=LONGEST_SPAN[unit])
    return Span(unit, int(number))


def read_day(value: Any) -> date:  # noqa: ANN401 - as above
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise Misread(_("a date is expected, such as 2026-10-01")) from None


def _is_whole(value: Any) -> bool:  # noqa: ANN401 - as above
    if isinstance(value, str):
        return value.strip().removeprefix("-").isdecimal()
    return isinstance(value, int) and not isinstance(value, bool)


def _whole(value: Any) -> int:  # noqa: ANN401 - as above
    if not _is_whole(value) or abs(int(value)) > 10**12:
        raise Misread(_("a whole number is expected"))
    return int(value)


def _hundredths(value: Any) -> int:  # noqa: ANN401 - as above
    """Read roubles into kopecks, and any other number of two decimals into its hundredths."""
    words = str(value).replace("\u00a0", "").replace(" ", "").replace(",", ".")
    try:
        exact = Decimal(words) * KOPECKS
    except InvalidOperation:
        raise Misread(_("a number is expected, such as 1500 or 0.5")) from None
    if not exact.is_finite() or exact != exact.to_integral_value() or abs(exact) > 10**15:
        raise Misread(_("at most two decimals are expected"))
    return int(exact)


def _text(value: Any) -> str:  # noqa: ANN401 - as above
    words = str(value).strip()
    if not words:
        raise Misread(_("a value is missing"))
    return words


def compared(kind: Type, value: Any) -> Any:  # noqa: ANN401 - of the kind's type
    """Return the value as it is compared: texts without case and with ё as е, as lists find them."""
    return value.lower().replace("ё", "е") if kind is Type.TEXT and value is not None else value


def _choices(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - as above
    if not isinstance(value, list) or not value:
        raise Misread(_("choose at least one value"))
    if len(value) > LONGEST_LIST:
        raise Misread(_("at most %(most)s values are expected"), most=LONGEST_LIST)
    return tuple(dict.fromkeys(str(one) for one in value))


def _pair(reader: Callable[[Any], Any], value: Any) -> tuple[Any, Any]:  # noqa: ANN401 - as above
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 - from and to
        raise Misread(_("two values are expected: from and to"))
    low, high = (reader(one) for one in value)
    if high < low:
        raise Misread(_("the first value must not be greater than the second"))
    return low, high


_READERS: Mapping[Type, Callable[[Any], Any]] = {
    Type.NUMBER: _whole,
    Type.MONEY: _hundredths,
    Type.DECIMAL: _hundredths,
    Type.DAY: read_day,
    Type.TEXT: _text,
    Type.CHOICE: _text,
}
