"""How numbers, days, phones and plates are written for people, in the reader's language.

Spaces inside a value are no-break ones, minus is U+2212; nothing known is a dash.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import wraps
from typing import ParamSpec, TypeVar

import phonenumbers
from django.utils.dateformat import DateFormat
from django.utils.timezone import localdate
from django.utils.translation import get_language, gettext, pgettext

from vernost.core.i18n import _

NBSP = "\u00a0"
MINUS = "\u2212"
DASH = "\u2014"
MILLION = 1_000_000
MILLIARD = 1_000_000_000

# Twelve Cyrillic letters that look like Latin ones: the only letters of a Russian plate.
_PLATE_LETTERS = str.maketrans("ABEKMHOPCTYX", "АВЕКМНОРСТУХ")
_PLATE = re.compile(r"(?P<body>[А-Я]\d{3}[А-Я]{2}|[А-Я]{2}\d{3,4}|\d{4}[А-Я]{2}|[А-Я]{2}\d{4})(?P<region>\d{2,3})")
_RUSSIAN_MOBILE = re.compile(r"\+7(\d{3})(\d{3})(\d{2})(\d{2})")

Amount = int | float | Decimal
P = ParamSpec("P")
T = TypeVar("T")


def _known(write: Callable[P, str]) -> Callable[P, str]:
    """Write a dash for a value that is not known."""

    @wraps(write)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> str:
        return DASH if args[0] is None or args[0] == "" else write(*args, **kwargs)

    return wrapper


def _is_english() -> bool:
    return (get_language() or "").startswith("en")


@_known
def number(value: Amount | None, digits: int = 0) -> str:
    """1 284,5: half away from zero."""
    return numbers([value], digits)[0]


def numbers(values: Iterable[Amount | None], digits: int = 0) -> list[str]:
    """Write each value as `number` does: for tables, as the language is asked once."""
    english, unit = _is_english(), Decimal(1).scaleb(-digits)
    return [DASH if value is None else _number(value, digits, unit, english=english) for value in values]


def _number(value: Amount, digits: int, unit: Decimal, *, english: bool) -> str:
    exact = value
    if digits or not isinstance(value, int):
        exact = (value if isinstance(value, Decimal) else Decimal(str(value))).quantize(unit, ROUND_HALF_UP)
    words = f"{abs(exact):,.{digits}f}" if digits else f"{abs(int(exact)):,}"
    if not english:
        words = words.replace(",", NBSP).replace(".", ",")
    return MINUS + words if exact < 0 else words


@_known
def signed(value: Amount | None, digits: int = 0) -> str:
    words = number(value, digits)
    return words if words.startswith(MINUS) or not words.strip(f"0.,{NBSP}") else f"+{words}"


@_known
def roubles(value: Amount | None) -> str:
    return f"{number(value)}{NBSP}₽"


@_known
def roubles_exact(value: Amount | None) -> str:
    """With kopecks: documents only."""
    return f"{number(value, 2)}{NBSP}₽"


@_known
def trimmed(value: Decimal | None) -> str:
    """12, and 12,50 where there is something behind the point."""
    return number(value, 0 if value == int(value or 0) else 2)


@_known
def roubles_trimmed(value: Decimal | None) -> str:
    return f"{trimmed(value)}{NBSP}₽"


@_known
def roubles_short(value: Amount | None) -> str:
    amount = Decimal(str(value))
    if abs(amount) >= MILLIARD:
        return gettext("%(amount)s bn ₽") % {"amount": number(amount / MILLIARD, 1)}
    if abs(amount) >= MILLION:
        return gettext("%(amount)s m ₽") % {"amount": number(amount / MILLION, 1)}
    return roubles(amount)


@_known
def percent(share: Amount | None, digits: int = 1) -> str:
    """Take a share, 0.614, and write 61,4 %."""
    return f"{number(Decimal(str(share)) * 100, digits)}{NBSP}%"


@_known
def percent_change(share: Amount | None, digits: int = 1) -> str:
    """Take a relative change, 0.059, and write +5,9 %."""
    return f"{signed(Decimal(str(share)) * 100, digits)}{NBSP}%"


@_known
def points(difference: Amount | None, digits: int = 1) -> str:
    """Take a difference of two shares, 0.021, and write +2,1 п. п. (percentage points)."""
    return gettext("%(number)s pp") % {"number": signed(Decimal(str(difference)) * 100, digits)}


@_known
def kilometres(value: Amount | None) -> str:
    return gettext("%(number)s km") % {"number": number(value)}


@_known
def labour_hours(value: Amount | None) -> str:
    return gettext("%(number)s lab. h") % {"number": number(value, 1)}


@_known
def day(value: date | None) -> str:
    """26.11.2026."""
    return f"{value:%d.%m.%Y}"


@_known
def day_short(value: date | None) -> str:
    """26 ноя; another year than the present one is named."""
    return _with_year(value, "j b", "j b Y")


@_known
def week(first: date | None) -> str:
    """24–30 ноя, 29 дек – 4 янв; another year than the present one is named once, behind both days."""
    if first is None:
        return DASH
    last = first + timedelta(days=6)
    begins = _date(first, "j" if first.month == last.month else "j b").replace(" ", NBSP)
    return f"{begins}{'–' if first.month == last.month else f'{NBSP}– '}{day_short(last)}"


@_known
def day_long(value: date | None) -> str:
    """26 ноября; another year than the present one is named."""
    return _with_year(value, "j E", "j E Y")


@_known
def weekday(value: date | None) -> str:
    """Чт 26 ноября, in small letters."""
    return f"{_date(value, 'D').lower()} {day_long(value)}".replace(" ", NBSP)


@_known
def month(value: date | None) -> str:
    """Ноябрь 2026, in small letters."""
    return _date(value, f"F{NBSP}Y").lower() if not _is_english() else _date(value, f"F{NBSP}Y")


@_known
def clock(value: time | datetime | None) -> str:
    """9:00."""
    return f"{value.hour}:{value:%M}" if value else DASH


@_known
def moment(value: datetime | None) -> str:
    """26 ноя, 11:00."""
    return f"{day_short(value)}, {clock(value)}"


def _with_year(value: date | None, same: str, other: str) -> str:
    same_year = value is not None and value.year == localdate().year
    return _date(value, same if same_year else other).replace(" ", NBSP)


def _date(value: date | None, pattern: str) -> str:
    return str(DateFormat(value).format(pattern)) if value else DASH


@_known
def phone(value: str | None) -> str:
    """+7 917 123-45-67; what is no number stays as it is."""
    if not value:
        return DASH
    if match := _RUSSIAN_MOBILE.fullmatch(value):
        return f"+7{NBSP}{match[1]}{NBSP}{match[2]}-{match[3]}-{match[4]}"
    try:
        parsed = phonenumbers.parse(value, "RU")
    except phonenumbers.NumberParseException:
        return value
    if not phonenumbers.is_possible_number(parsed):
        return value
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return written.replace(" ", NBSP)


@_known
def phone_masked(value: str | None) -> str:
    """+7 917 ••• 45-67: enough to tell two customers apart, not to call."""
    digits = re.sub(r"\D", "", value or "")
    if len(digits) < 10:  # noqa: PLR2004 - shorter is no full number, so nothing of it is shown
        return "•••"
    head, tail = digits[:-7], digits[-4:]
    country, area = (head[:1], head[1:]) if digits.startswith("7") else (head, "")
    return NBSP.join(filter(None, [f"+{country}", area, "•••", f"{tail[:2]}-{tail[2:]}"]))


def plate_parts(value: str) -> tuple[str, str]:
    """Return the letters and digits in Cyrillic, and the region; an unusual plate is whole, without one."""
    written = re.sub(r"[\s-]", "", value).upper().translate(_PLATE_LETTERS)
    if match := _PLATE.fullmatch(written):
        return match["body"], match["region"]
    return value, ""


@_known
def plate(value: str | None) -> str:
    """А123ВС 116."""
    return NBSP.join(filter(None, plate_parts(value or "")))


def initials(name: str) -> str:
    words = [word for word in re.split(r"[\s«»\"().-]+", name) if word[:1].isalpha()]
    return "".join(word[0] for word in words[:2]).upper()


def duration(seconds: int) -> str:
    """2:14, or 1:02:14."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def count_limited(value: int, limit: int = 99) -> str:
    """Write a badge's number: 7, and 99+ above the limit."""
    return pgettext("a count above the limit", "%(limit)s+") % {"limit": limit} if value > limit else str(value)


_SYSTEMS = {
    "cli": _("command line"),
    "demo": _("demo"),
    "import": _("import"),
    "init": _("installation"),
    "night": _("the night's run"),
    "reception": _("reception"),
}


@_known
def who(code: str | None) -> str:
    """Name a person, who stays as he is, or the part of the system that an actor's code stands for."""
    system, _colon, name = str(code).partition(":")
    return str(code) if system != "system" else gettext(_SYSTEMS.get(name, _("the system")))
