"""Fields that not everybody is shown: what stands in their place."""

import re
from collections.abc import Callable
from typing import Final

from vernost.core.actor import Actor
from vernost.core.rights import Sensitive

HIDDEN: Final = "•••"
_DOTS: Final = "···"
_LEAST_DIGITS: Final = 10


def phone(value: str) -> str:
    """+7 ··· ··12: enough to tell that it is known, not to call nor to guess."""
    digits = re.sub(r"\D", "", value)
    if len(digits) < _LEAST_DIGITS:
        return HIDDEN
    country = f"+{digits[:1]}" if len(digits) > _LEAST_DIGITS else ""
    return " ".join(filter(None, [country, _DOTS, f"··{digits[-2:]}"]))


def email(value: str) -> str:
    """i•••@mail.ru."""
    name, at, host = value.rpartition("@")
    return f"{name[:1]}{HIDDEN}{at}{host}" if name else HIDDEN


def vin(value: str) -> str:
    """XTA•••: the maker, and nothing of the car."""
    return f"{value[:3]}{HIDDEN}" if value else ""


MASKS: Final[dict[Sensitive, Callable[[str], str]]] = {
    Sensitive.PHONE: phone,
    Sensitive.EMAIL: email,
    Sensitive.VIN: vin,
    Sensitive.MARGIN: lambda _value: HIDDEN,
}
# A messenger is a number or a nickname by which he is reached; a note may hold either.
_ADDRESSES: Final = {
    "phone": Sensitive.PHONE,
    "email": Sensitive.EMAIL,
    "messenger": Sensitive.PHONE,
    "note": Sensitive.PHONE,
}


# Looser than a number that can be dialled: what is hidden by mistake can be asked for, what is shown cannot be
# hidden again. Eleven digits from 7 or 8, ten from 3, 4, 8 or 9, any with a plus, and a city's seven with dashes.
_PHONE: Final = re.compile(
    r"(?<![\w+])(?:\+\d(?:[\s().\-]{0,3}\d){8,13}|[78](?:[\s().\-]{0,3}\d){10}|[(]?[3489](?:[\s().\-]{0,3}\d){9}"
    r"|\d{2,3}-\d{2}-\d{2})(?!\d)"
)
_EMAIL: Final = re.compile(r"[^\s@,;:<>()\"«»]+@[^\s@,;:<>()\"«»]+\.\w+")
_NICKNAME: Final = re.compile(r"(?<![\w@.•])@\w{4,}|(?:t\.me|wa\.me|vk\.com)/\S+", re.IGNORECASE)
# Letters of both alphabets: a VIN is copied by hand.
_VIN: Final = re.compile(r"(?<!\w)(?=\w*\d\w*\d\w*\d)[A-Za-zА-Яа-я0-9]{17}(?!\w)")
_WRITTEN: Final = (
    (Sensitive.EMAIL, _EMAIL),
    (Sensitive.PHONE, _NICKNAME),
    (Sensitive.PHONE, _PHONE),
    (Sensitive.VIN, _VIN),
)


# What each of them has; most words have nothing of it.
_ANY: Final = re.compile(r"[\d@]|\.me/|\.com/", re.IGNORECASE)


def told(actor: Actor, text: str) -> str:
    """Return words that people wrote as the actor is told them: without the numbers and addresses in them."""
    if not _ANY.search(text):
        return text
    for field, pattern in _WRITTEN:
        if text and not actor.shows(field):
            mask = MASKS[field]
            text = pattern.sub(lambda found, mask=mask: mask(found[0]) or HIDDEN, text)  # type: ignore[misc]
    return text


def tells_more(actor: Actor, text: str) -> bool:
    """Whether words name what the actor is not shown: nobody looks for them then."""
    return bool(text) and told(actor, text) != text


def shown(actor: Actor, field: Sensitive, value: str) -> str:
    """Return the value as the actor is shown it; an empty one stays empty."""
    return value if not value or actor.shows(field) else MASKS[field](value)


def field_of(kind: str) -> Sensitive:
    """Return which field an address of a kind is."""
    return _ADDRESSES.get(kind, Sensitive.PHONE)


def address(actor: Actor, kind: str, value: str) -> str:
    """Return a telephone, an e-mail address or a messenger as the actor is shown it."""
    return shown(actor, field_of(kind), value)
