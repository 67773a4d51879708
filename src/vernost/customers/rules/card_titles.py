"""What the parts of a card are called in its history of changes."""

from collections.abc import Mapping
from typing import Final

from vernost.core.i18n import _

FIELDS: Final[Mapping[str, str]] = {
    "kind": _("Person or company"),
    "full_name": _("Name of the person or company"),
    "last_name": _("Last name"),
    "first_name": _("First name"),
    "middle_name": _("Patronymic"),
    "inn": _("INN"),
    "birth_date": _("Date of birth"),
    "gender": _("Gender"),
    "city": _("City"),
    "address": _("Address"),
    "timezone": _("Time zone"),
    "origin": _("Learned of us"),
    "category": _("Category"),
    "advisor": _("Advisor"),
    "advisor_id": _("Advisor"),
    "blocked": _("Blocked"),
    "blocked_on": _("Blocked since"),
    "blocked_reason": _("Why blocked"),
    "phones": _("Phones"),
    "emails": _("E-mails"),
    "messengers": _("Messengers"),
    "checked": _("Verified"),
    "contact_person": _("Contact person"),
    "car": _("Car"),
    "role": _("Role"),
}

CAR_FIELDS: Final[Mapping[str, str]] = {
    "make": _("Make"),
    "model": _("Model"),
    "vin": _("VIN"),
    "plate": _("Plate"),
    "year": _("Year"),
    "engine": _("Engine"),
    "gearbox": _("Gearbox"),
}
DAYS: Final = ("birth_date", "blocked_on", "created_on")
# What the history says of an address in the place of its value.
WRONG, RIGHT, VERIFIED, OF_THE_SOURCE = _("wrong"), _("right"), _("verified"), _("named by the source")
MARKS: Final = {mark: mark for mark in (WRONG, RIGHT, VERIFIED, OF_THE_SOURCE)}
# Words for what the history holds as codes, by field.
VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "kind": {"person": _("Person"), "company": _("Company")},
    "gender": {"m": _("Male"), "f": _("Female")},
    "phones": MARKS,
    "emails": MARKS,
    "messengers": MARKS,
}
