"""Words for what a person's data are: columns of tables, kinds of tables, codes."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext

from vernost.core.i18n import _
from vernost.core.references import parts, references
from vernost.customers.rules.consents import CHANNEL_TITLES, PURPOSES, WAYS, Purpose, Way
from vernost.privacy.queries.copy import CARD, CARS, CHANGES

COLUMNS: Final[Mapping[str, str]] = {
    "id": _("Number"),
    "external_id": _("Id in the source"),
    "full_name": _("Name"),
    "last_name": _("Last name"),
    "first_name": _("First name"),
    "middle_name": _("Middle name"),
    "kind": _("Kind"),
    "inn": _("INN"),
    "birth_date": _("Date of birth"),
    "gender": _("Gender"),
    "city": _("City"),
    "address": _("Address"),
    "timezone": _("Time zone"),
    "origin": _("Source"),
    "category": _("Category"),
    "created_on": _("Customer since"),
    "blocked": _("Blocked"),
    "blocked_on": _("Blocked since"),
    "blocked_reason": _("Reason of the block"),
    "value": _("Value"),
    "note": _("Note"),
    "invalid_on": _("Wrong since"),
    "vin": _("VIN"),
    "plate": _("Plate"),
    "make": _("Make"),
    "model": _("Model"),
    "engine": _("Engine"),
    "gearbox": _("Gearbox"),
    "year": _("Year"),
    "sold_on": _("Sold on"),
    "warranty_until": _("Warranty until"),
    "warranty_km": _("Warranty, km"),
    "owned_from": _("Owned from"),
    "owned_until": _("Owned until"),
    "purpose": _("Purpose"),
    "calls": CHANNEL_TITLES["calls"],
    "sms": CHANNEL_TITLES["sms"],
    "email": CHANNEL_TITLES["email"],
    "messenger": CHANNEL_TITLES["messenger"],
    "whole": _("as a whole"),
    "on": _("Day"),
    "at": _("Moment"),
    "since": _("Since"),
    "way": _("How"),
    "evidence": _("Evidence"),
    "reference": _("Reference"),
    "file": _("File"),
    "file_sha256": _("Digest of the file"),
    "recorded_at": _("Written down"),
    "actor": _("By whom"),
    "opened_on": _("Opened"),
    "closed_on": _("Closed"),
    "mileage_km": _("Mileage, km"),
    "status": _("State"),
    "amount": _("Amount"),
    "name": _("Name"),
    "code": _("Code"),
    "quantity": _("Quantity"),
    "starts_at": _("Begins"),
    "ends_at": _("Ends"),
    "channel": _("Channel"),
    "direction": _("Direction"),
    "outcome": _("Outcome"),
    "text": _("Text"),
    "score": _("Score"),
    "answered_at": _("Answered"),
    "due_on": _("Due"),
    "state": _("State"),
    "reason": _("Reason"),
    "km": _("km"),
    "action": _("What was done"),
    "fields": _("Fields"),
    "field": _("Field"),
    "ordered_on": _("Ordered"),
    "arrived_on": _("Arrived"),
}
_OTHERS: Final[Mapping[str, str]] = {
    "customers_customer": CARD,
    "vehicles_vehicle": CARS,
    "accounts_auditrecord": CHANGES,
    "customers_customersearchkey": _("Keys of the search"),
    "customers_duplicatepair": _("Likely duplicates"),
    "customers_consentstatement": _("Consents in force"),
    "vehicles_recallentry": _("Recalls of the cars"),
    "accounts_givenanswer": _("Kept answers of the API"),
    "procrastinate_jobs": _("Arguments of jobs"),
    "intake_quarantinedrow": _("Rows of imports that were not taken"),
    "intake_importedfile": _("Samples of imports"),
    "calls_calldraft": _("Drafts of notes"),
    "automation_delivery": _("Messages to other systems"),
    "automation_deliverytry": _("Answers of other systems"),
    "invitations_invitationevent": _("Notes at invitations"),
}


def table_title(code: str) -> str:
    """Return what people call a table."""
    named = {one.table: one.title for one in (*references, *parts) if one.title}
    title = named.get(code) or _OTHERS.get(code, "")
    return gettext(title) if title else code


def column_title(column: str) -> str:
    return gettext(COLUMNS[column]) if column in COLUMNS else column


def shown_value(column: str, value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    """Return a value of the subject's copy as he reads it."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if not value:
        return "0" if value == 0 else ""
    if column in {"purpose", "way"} and isinstance(value, str):
        return gettext(PURPOSES[Purpose(value)] if column == "purpose" else WAYS[Way(value)])
    if isinstance(value, dict):
        return "; ".join(f"{column_title(name)}: {shown_value(name, each)}" for name, each in value.items())
    if isinstance(value, list):
        return " → ".join(shown_value("", each) or "—" for each in value)
    return str(value)
