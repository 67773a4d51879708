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


def shown(actor: Actor, field: Sensitive, value: str) -> str:
    """Return the value as the actor is shown it; an empty one stays empty."""
    return value if not value or actor.shows(field) else MASKS[field](value)


def field_of(kind: str) -> Sensitive:
    """Return which field an address of a kind is."""
    return _ADDRESSES.get(kind, Sensitive.PHONE)


def address(actor: Actor, kind: str, value: str) -> str:
    """Return a telephone, an e-mail address or a messenger as the actor is shown it."""
    return shown(actor, field_of(kind), value)
