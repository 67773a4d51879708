"""Telephone numbers as people write them, made E.164: «8 (916) 123-45-67 доб. 12, жена».

The rule is `number_of`, which asks libphonenumber. `regular` and `MACROS` are the short way for the usual
Russian numbers, alone or for columns of millions; a test proves that both ways agree.
"""

import re
from dataclasses import dataclass, field
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, ValidationResult

REGION: Final = "RU"
RUSSIA: Final = 7
SEPARATORS: Final = ";,|\n"
_PADDING: Final = " \t()-.\u00a0\u2009\u202f\u2010\u2011\u2012\u2013\u2014"
_DROP_PADDING: Final = str.maketrans("", "", _PADDING)
_REGULAR: Final = re.compile(r"(?:\+?7|8)[3-9]\d{9}|[34569]\d{9}", re.ASCII)
_WITHOUT_PLUS: Final = re.compile(r"7\d{10}", re.ASCII)
# A Russian national number begins with 3, 4, 8 or 9; 6 and 7 are Kazakhstan, 5 its neighbours.
_NATIONAL: Final = re.compile(r"[3-9]\d{9}", re.ASCII)
_RUN: Final = re.compile(rf"\+?\(?\d[\d{re.escape(_PADDING)}]*\d", re.ASCII)
_SPREADSHEET: Final = re.compile(r"\d[.,]\d+[eе]\+?\d+", re.IGNORECASE)
_WHOLE_FLOAT: Final = re.compile(r"(\d{10,15})\.0", re.ASCII)
_EDGES: Final = " \t\u00a0.:-–—()«»\"'/\\"

MACROS: Final = (
    # translate() takes characters out ten times faster than a regular expression.
    rf"""CREATE OR REPLACE MACRO plain_phone(x) AS
    CASE WHEN regexp_full_match(translate(x, '{_PADDING}', ''), '(\+?7|8)[3-9]\d{{9}}|[34569]\d{{9}}')
         THEN '+7' || right(translate(x, '{_PADDING}', ''), 10) END""",
    # NULL: the field needs `contacts_of`. A field of one number, as most are, is not taken apart.
    rf"""CREATE OR REPLACE MACRO plain_phones(x) AS
    CASE WHEN NOT regexp_matches(x, '[{SEPARATORS}]') THEN
        CASE WHEN plain_phone(x) IS NOT NULL THEN [plain_phone(x)] END
    ELSE list_transform(
        [list_transform(list_filter(string_split_regex(x, '[{SEPARATORS}]'), lambda part: trim(part) <> ''),
                        lambda part: plain_phone(part))],
        lambda found: CASE WHEN list_count(found) = len(found) THEN found END)[1] END""",
)


@dataclass(frozen=True, slots=True)
class Contact:
    """A number or an address, and the words that stood around it."""

    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Contacts:
    """What a field with several contacts says; `rest` are the parts that are no contact, as written."""

    found: tuple[Contact, ...] = field(default=())
    rest: tuple[str, ...] = field(default=())


def number_of(text: str) -> str | None:
    """Return the E.164 form of a text that is one number, None if it cannot be one."""
    return regular(text) or by_library(text)


def regular(text: str) -> str | None:
    digits = text.translate(_DROP_PADDING)
    return f"+7{digits[-10:]}" if _REGULAR.fullmatch(digits) else None


def by_library(text: str) -> str | None:
    # Eleven digits from 7 on: the plus is missing.
    missing_plus = "+" if _WITHOUT_PLUS.fullmatch(text.translate(_DROP_PADDING)) else ""
    try:
        number = phonenumbers.parse(missing_plus + text.lstrip(), REGION)
    except NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    if number.country_code == RUSSIA:
        # New codes are given out faster than libraries learn them, so only the form is asked for.
        fits = bool(_NATIONAL.fullmatch(str(number.national_number)))
    else:
        fits = phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if fits else None


def contacts_of(text: str) -> Contacts:
    """Take a field apart: several numbers, words and extensions around them, what is no number."""
    if _SPREADSHEET.fullmatch(text.strip()):
        # 7,91612E+10: the spreadsheet has eaten the digits.
        return Contacts(rest=(text.strip(),))
    found: list[Contact] = []
    rest: list[str] = []
    for part in re.split(f"[{SEPARATORS}]", text):
        numbers, words = _read(part)
        if numbers:
            found += numbers
        elif words and found and not any(letter.isdigit() for letter in words):
            found[-1] = Contact(found[-1].value, " ".join(filter(None, [found[-1].note, words])))
        elif words:
            rest.append(words)
    return Contacts(_once(found), tuple(rest))


def searched(text: str) -> str:
    """Return the digits by which a number is stored for search: the last ten of a Russian one."""
    digits = "".join(letter for letter in text if letter.isdigit() and letter.isascii())
    return digits[1:] if text.startswith("+7") and len(digits) == 11 else digits  # noqa: PLR2004 - 7 and ten digits


def _read(part: str) -> tuple[list[Contact], str]:
    """Return the numbers in one part of a field, or no number and the part's words."""
    part = part.strip(" \t\u00a0\r")
    whole = _WHOLE_FLOAT.fullmatch(part)
    if whole:
        part = whole[1]
    for run in _RUN.finditer(part):
        note = f"{part[: run.start()].strip(_EDGES)} {part[run.end() :].strip(_EDGES)}".strip()
        number = number_of(run[0])
        if number:
            return [Contact(number, note)], ""
        several = [number_of(word) for word in run[0].split()]
        if len(several) > 1 and all(several):
            return [Contact(value, note) for value in several if value], ""
    return [], part


def _once(found: list[Contact]) -> tuple[Contact, ...]:
    first: dict[str, Contact] = {}
    for contact in found:
        known = first.get(contact.value)
        first[contact.value] = Contact(contact.value, known.note or contact.note) if known else contact
    return tuple(first.values())
