"""Fields that an administrator adds: twelve types, how a value is read, kept and told from others.

A value is kept as a text, one way of writing for each (`25`, `12.50`, `2026-11-20`, `1`, the code of a directory's
value, `+79171234567`); a field with several values has a row for each.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from vernost.core import names, numbers, phone
from vernost.core.errors import DomainError
from vernost.core.i18n import _

LONGEST_TEXT: Final = 200
LONGEST_LONG_TEXT: Final = 10_000
LONGEST_LINK: Final = 1000
BIGGEST: Final = 10**12
MOST_VALUES: Final = 100
KEY_LETTERS: Final = 100
_OFFSET: Final = 10**15
# Of every code: no column of the exchange format begins so, and none ever will.
PREFIX: Final = "x_"
LONGEST_CODE: Final = 40

_LINK: Final = re.compile(r"https?://[^\s/?#]+([/?#]\S*)?", re.IGNORECASE)
_EMAIL: Final = re.compile(r"[^\s@;,|<>()\"'«»]+@[^\s@;,|<>()\"'«»]+\.[^\s@;,|<>()\"'«».]{2,}")
_RUSSIAN_DAY: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Kind(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long_text"
    WHOLE = "whole"
    DECIMAL = "decimal"
    MONEY = "money"
    DAY = "day"
    FLAG = "flag"
    CHOICE = "choice"
    CHOICES = "choices"
    PHONE = "phone"
    LINK = "link"
    FILE = "file"


KIND_TITLES: Final[Mapping[Kind, str]] = {
    Kind.TEXT: _("Text of one line"),
    Kind.LONG_TEXT: _("Long text"),
    Kind.WHOLE: _("Whole number"),
    Kind.DECIMAL: _("Number with decimals"),
    Kind.MONEY: _("Money"),
    Kind.DAY: _("Date"),
    Kind.FLAG: _("Yes or no"),
    Kind.CHOICE: _("One value of a directory"),
    Kind.CHOICES: _("Several values of a directory"),
    Kind.PHONE: _("Telephone"),
    Kind.LINK: _("E-mail or link"),
    Kind.FILE: _("Photo or PDF file"),
}
# By what a list is filtered.
KIND_FILTERS: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "text",
    Kind.LONG_TEXT: "text",
    Kind.WHOLE: "numbers",
    Kind.DECIMAL: "numbers",
    Kind.MONEY: "numbers",
    Kind.DAY: "days",
    Kind.FLAG: "flag",
    Kind.CHOICE: "choice",
    Kind.CHOICES: "choice",
    Kind.PHONE: "text",
    Kind.LINK: "text",
    Kind.FILE: "flag",
}
LISTED: Final = frozenset({Kind.CHOICE, Kind.CHOICES})
NUMBERS: Final = frozenset({Kind.WHOLE, Kind.DECIMAL, Kind.MONEY})
WORDS: Final = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.PHONE, Kind.LINK})
# What no other type can become, nor be made of: the content of a file is not a value.
UNCHANGING: Final = frozenset({Kind.FILE})
# A file of the exchange format cannot carry them.
NOT_IN_FILES: Final = frozenset({Kind.FILE})

REASONS: Final = {
    "text": _("at most %(most)s letters"),
    "line": _("one line without control characters"),
    "whole": _("a whole number is expected, such as 25"),
    "number": _("a number is expected, such as 12.50"),
    "range": _("a number from %(least)s to %(most)s is expected"),
    "day": _("a date is expected, such as 20.11.2026"),
    "flag": _("yes or no is expected"),
    "choice": _("there is no value “%(value)s” in the directory"),
    "one": _("only one value is expected"),
    "phone": _("a telephone number is expected, such as +7 917 123-45-67"),
    "link": _("an e-mail address or a link that begins with https:// is expected"),
    "file": _("a file is put in on the card"),
    "many": _("at most %(most)s values"),
}


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """Why a text is no value of a field: a key of `REASONS` and its values."""

    reason: str
    values: Mapping[str, Any] = field(default_factory=dict)


class Misread(DomainError):
    """`text` is the reason; `field` among the values is the code of the field."""

    code = "field_misread"
    text = _("This is no value of the field")

    def __init__(self, definition: "Definition", refusal: Refusal) -> None:
        self.text = REASONS[refusal.reason]  # type: ignore[misc]  # each reason has its words
        super().__init__(field=definition.code, **refusal.values)


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a directory. `archived`: no new record gets it. `merged_into`: the value that it has become."""

    code: str
    title: str
    archived: bool = False
    merged_into: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """A field as everybody reads it. `least` and `most` bound numbers; `roles` see it, none: everybody.

    `choices` are those of its directory in their order, archived and merged ones too.
    """

    id: int
    target: str
    code: str
    title: str
    kind: Kind
    hint: str = ""
    unit: str = ""
    least: int | None = None
    most: int | None = None
    directory_id: int | None = None
    archived: bool = False
    roles: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()

    @property
    def attribute(self) -> str:
        """The code by which rules of segments and lists know the field."""
        return f"{self.target}.{self.code}"

    @property
    def open_choices(self) -> tuple[Choice, ...]:
        return tuple(one for one in self.choices if not one.archived and not one.merged_into)

    def title_of(self, code: str) -> str:
        return next((one.title for one in self.choices if one.code == code), code)

    def titles_of(self, codes: Iterable[str]) -> list[str]:
        """Return the titles of values in the order of their directory, whatever the order in which they were put in."""
        place = {one.code: number for number, one in enumerate(self.choices)}
        return [self.title_of(code) for code in sorted(codes, key=lambda code: place.get(code, len(place)))]

    def seen_by(self, role: str | None) -> bool:
        return not self.roles or role is None or role in self.roles


def read(definition: Definition, said: str | Sequence[str]) -> tuple[str, ...]:
    """Return the values as they are kept, none for an empty text; `Refusal` where a text is none."""
    texts = [said] if isinstance(said, str) else list(said)
    texts = [text for text in texts if text.strip()]
    if definition.kind is Kind.CHOICES:
        parts = [part for text in texts for part in _parts(definition, text)]
        if len(parts) > MOST_VALUES:
            raise Refusal("many", {"most": MOST_VALUES})
        return tuple(dict.fromkeys(_choice(definition, part) for part in parts))
    if len(texts) > 1:
        raise Refusal("one")
    return tuple(_READERS[definition.kind](definition, text) for text in texts)


def checked(definition: Definition, said: str | Sequence[str]) -> tuple[str, ...]:
    """`read`, with the refusal as people read it."""
    try:
        return read(definition, said)
    except Refusal as refusal:
        raise Misread(definition, refusal) from None


def code_of(title: str, taken: Sequence[str]) -> str:
    """Make a code of a title: Latin letters, digits and underscores, never one that is taken."""
    latin = "".join(_LATIN.get(letter, letter) for letter in title.lower())
    plain = re.sub(r"[^a-z0-9]+", "_", latin).strip("_") or "field"
    stem = f"{PREFIX}{plain}"[: LONGEST_CODE - 3].rstrip("_")
    number, code = 1, stem
    while code in taken:
        number += 1
        code = f"{stem}_{number}"
    return code


# The letters from a (U+0430) on, as passports write them, and yo.
_LATIN: Final[Mapping[str, str]] = dict(
    zip(
        map(chr, [*range(0x430, 0x450), 0x451]),
        "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya e".replace("-", "").split(" "),
        strict=True,
    )
)


def key_sql(kind: Kind, value: str) -> str:
    """SQL of PostgreSQL for what lists sort and find a value by, of any text in the order of its bytes."""
    if kind in NUMBERS:
        return f"lpad((({value})::numeric * 100 + {_OFFSET})::bigint::text, 16, '0')"
    if kind in WORDS:
        return f"left(replace(lower({value}), 'ё', 'е'), {KEY_LETTERS})"
    return value


def key_of(kind: Kind, value: str) -> str:
    """Return what `key_sql` gives."""
    if kind in NUMBERS:
        return f"{int(Decimal(value) * 100) + _OFFSET:016d}"
    return value.lower().replace("ё", "е")[:KEY_LETTERS] if kind in WORDS else value


def _parts(definition: Definition, text: str) -> list[str]:
    """Take a list apart, unless the whole text is one of the values: a title may have a semicolon in it."""
    if _found(definition, text):
        return [text]
    return [part for part in re.split(r"[;\n]", text) if part.strip()]


def _line(definition: Definition, text: str) -> str:  # noqa: ARG001 - as all readers
    line = names.tidy(text)
    if any(ord(letter) < 32 or letter == "\x7f" for letter in line):  # noqa: PLR2004 - the first printable
        raise Refusal("line")
    if len(line) > LONGEST_TEXT:
        raise Refusal("text", {"most": LONGEST_TEXT})
    return line


def _text(definition: Definition, text: str) -> str:  # noqa: ARG001 - as above
    words = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if "\0" in words:
        raise Refusal("line")
    if len(words) > LONGEST_LONG_TEXT:
        raise Refusal("text", {"most": LONGEST_LONG_TEXT})
    return words


def _whole(definition: Definition, text: str) -> str:
    number = numbers.decimal_of(text, digits=numbers.WHOLE_DIGITS, places=3)
    if number is None or number != int(number):
        raise Refusal("whole")
    _bound(definition, int(number))
    return str(int(number))


def _decimal(definition: Definition, text: str) -> str:
    exact = numbers.decimal_of(text, digits=18, places=4)
    number = numbers.decimal_of(text, digits=16, places=2)
    if number is None or exact != number:
        raise Refusal("number")
    _bound(definition, number)
    return f"{number:.2f}" if number else "0.00"


def _bound(definition: Definition, number: Any) -> None:  # noqa: ANN401 - int or Decimal
    least = -BIGGEST if definition.least is None else definition.least
    most = BIGGEST if definition.most is None else definition.most
    if not least <= number <= most:
        raise Refusal("range", {"least": least, "most": most})


def _day(definition: Definition, text: str) -> str:  # noqa: ARG001 - as all readers
    words = text.strip()
    try:
        if match := _RUSSIAN_DAY.fullmatch(words):
            return date(int(match[3]), int(match[2]), int(match[1])).isoformat()
        if _ISO_DAY.fullmatch(words):
            return date.fromisoformat(words).isoformat()
    except ValueError:
        pass
    raise Refusal("day")


FLAG_WORDS: Final[Mapping[str, str]] = {
    "1": "1",
    "0": "0",
    "yes": "1",
    "no": "0",
    "true": "1",
    "false": "0",
    # Yes, no, truth and lie as 1C writes them in Russian.
    "\u0434\u0430": "1",
    "\u043d\u0435\u0442": "0",
    "\u0438\u0441\u0442\u0438\u043d\u0430": "1",
    "\u043b\u043e\u0436\u044c": "0",
}


def _flag(definition: Definition, text: str) -> str:  # noqa: ARG001 - as all readers
    try:
        return FLAG_WORDS[text.strip().lower()]
    except KeyError:
        raise Refusal("flag") from None


def _choice(definition: Definition, text: str) -> str:
    found = _found(definition, text)
    if not found:
        raise Refusal("choice", {"value": text.strip()[:LONGEST_TEXT]})
    return found


def _found(definition: Definition, text: str) -> str:
    """Return the code of the value that is meant: by its code, else by its title; of a merged one its heir's."""
    by_code = {one.code: one for one in definition.choices}
    wanted = names.sort_key(text)
    one = by_code.get(text.strip())
    if one is None:
        titled = [each for each in definition.choices if names.sort_key(each.title) == wanted]
        one = next((each for each in titled if not each.merged_into and not each.archived), next(iter(titled), None))
    while one is not None and one.merged_into:
        one = by_code[one.merged_into]
    return one.code if one is not None else ""


def _phone(definition: Definition, text: str) -> str:  # noqa: ARG001 - as all readers
    number = phone.number_of(text.strip())
    if number is None:
        raise Refusal("phone")
    return number


def _link(definition: Definition, text: str) -> str:  # noqa: ARG001 - as above
    words = text.strip()
    if len(words) > LONGEST_LINK or "\0" in words:
        raise Refusal("text", {"most": LONGEST_LINK})
    if _EMAIL.fullmatch(words):
        return words.lower()
    if _LINK.fullmatch(words):
        return words
    raise Refusal("link")


def _file(definition: Definition, text: str) -> str:  # noqa: ARG001 - as above
    raise Refusal("file")


_READERS: Final[Mapping[Kind, Callable[[Definition, str], str]]] = {
    Kind.TEXT: _line,
    Kind.LONG_TEXT: _text,
    Kind.WHOLE: _whole,
    Kind.DECIMAL: _decimal,
    Kind.MONEY: _decimal,
    Kind.DAY: _day,
    Kind.FLAG: _flag,
    Kind.CHOICE: _choice,
    Kind.PHONE: _phone,
    Kind.LINK: _link,
    Kind.FILE: _file,
}
