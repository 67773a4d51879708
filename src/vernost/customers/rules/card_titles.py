"""What the parts of a card are called in its history of changes."""

from collections.abc import Mapping
from typing import Final

from vernost.core.i18n import _

FIELDS: Final[Mapping[str, str]] = {
    "kind": _("Person or company"),
    "full_name": _("Name"),
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
