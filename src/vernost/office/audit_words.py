"""What the journal holds, in words: subjects, actions, fields and their values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext

from vernost.accounts import audit
from vernost.core import formats
from vernost.core.i18n import _
from vernost.core.things import REACH_TITLES
from vernost.customers.rules import card_titles
from vernost.customers.timeline import value_words
from vernost.office import journal
from vernost.workshop.rules import APPOINTMENT_STATUSES

SUBJECTS = {
    "customer": _("Customer"),
    "vehicle": _("Car"),
    "order": _("Repair order"),
    "deal": _("Car deal"),
    "search": _("Search"),
    "list": _("Page of a list"),
    "user": _("User"),
    "role": _("Role"),
    "second_step": _("Second step of the sign-in"),
    "token": _("Key of the API"),
    "export": _("File"),
    "setting": _("Rule"),
    "branch": _("Branch"),
    "calendar": _("Production calendar"),
    "programme": _("Programme"),
    "appointment": _("Appointment"),
    "consent": _("Consent"),
    "merge": _("Merging of cards"),
    "motivation": _("Scheme of pay"),
    "plan": _("Plan"),
    "field": _("Field of one's own"),
    "directory": _("Directory"),
    "layout": _("Layout of a card"),
    "segment": _("Segment"),
    "company": _("Legal entity"),
    "consent_text": _("Text of a consent"),
    "words": _("Word list"),
    "mapping": _("Columns of an import"),
    "queue": _("Queue of calls"),
    "reason": _("Reason of a refusal"),
    "strategy": _("Strategy of a cell"),
    "pivot-view": _("Saved pivot"),
    "list-view": _("Saved view of a list"),
    "price-test": _("Price test"),
    "webhook": _("Webhook"),
}
ACTIONS = {
    audit.VIEWED: _("Card opened"),
    audit.SEARCHED: _("Looked for a customer"),
    audit.LISTED: _("Telephones or VINs of a list shown"),
    audit.EXPORTED: _("Taken out as a file"),
    audit.HARVEST: _("Too many people seen within an hour"),
    audit.SIGNED_IN: _("Signed in"),
    audit.SIGNED_OUT: _("Signed out"),
    audit.REFUSED: _("Wrong password"),
    audit.CODE_REFUSED: _("Wrong code of the second step"),
    "merged": _("Cards merged"),
    **APPOINTMENT_STATUSES,
    "moved": _("Appointment moved"),
    "unmerged": _("Merging undone"),
    "revoked": _("Revoked"),
    "create": _("The card was made"),
    "change": _("The card was changed"),
    "merge": _("Cards merged"),
    "undo_merge": _("Merging undone"),
    "erased": _("The person is erased"),
    "detach": _("Given back by the advisor"),
    "join_household": _("Joined a household"),
    "leave_household": _("Left the household"),
    "own": _("Became the owner"),
    "part": _("Parted with the car"),
    "driver": _("Driver"),
    "payer": _("Payer"),
    "end_role": _("Driver or payer no more"),
    "given": _("Consent given"),
    "removed": _("Removed"),
    "saved": _("Saved"),
    "shared": _("Shown to everybody"),
    "unshared": _("Shown to nobody else any more"),
    "assigned": _("Handed over"),
    "withdrawn": _("Refused, or consent withdrawn"),
    **journal.ACTIONS,
}
TITLES = {
    **journal.FIELDS,
    **card_titles.FIELDS,
    **card_titles.CAR_FIELDS,
    "customer": _("Customer"),
    "merged": _("Cards"),
    "purpose": _("Purpose"),
    "evidence": _("Evidence"),
    "on": _("Day"),
    "rows": _("Rows"),
    "starts_at": _("Begins at"),
    "branch_id": _("Branch"),
    "status": _("State"),
    "active": _("Switched on"),
    "question": _("Question"),
    "people": _("Rows are people"),
    "customers": _("Cards found"),
    "login": _("Account of the machine"),
    "cards": _("Cards"),
    "listed": _("Shown by lists and searches"),
    "vehicles": _("Cars"),
    "state": _("State"),
    "title": _("Name"),
    "list": _("List"),
    "owner": _("Whose"),
    "required": _("Required"),
    "scopes": _("Rights"),
    "of": _("Line of the journal"),
}
_STATES = {"alert": _("noticed"), "stopped": _("stopped")}
_CODES = {**APPOINTMENT_STATUSES, **REACH_TITLES, **_STATES}
# Lists of ids, not before and after.
_MANY = frozenset({"customers", "vehicles"})
_LONGEST = 120


def title_of(name: str, own: Mapping[str, str]) -> str:
    """`own` are marked titles that only the subject of the line has."""
    title = own.get(name) or TITLES.get(name)
    return gettext(title) if title else name


def line_words(title: str, name: str, value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, list) and len(value) == 2 and name not in _MANY:  # noqa: PLR2004 - before and after
        return f"{title}: {plain_words(value[0], name)} → {plain_words(value[1], name)}"
    return f"{title}: {plain_words(value, name)}"


def plain_words(value: Any, field: str = "") -> str:  # noqa: ANN401 - as above
    if field in card_titles.VALUES or field in card_titles.DAYS:
        return value_words(field, value)
    if value is None or value in ("", [], {}):
        return formats.DASH
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list | Mapping):
        named = value.items() if isinstance(value, Mapping) else (("", each) for each in value)
        return ", ".join(f"{name} {plain_words(each)}".strip() for name, each in named)
    if isinstance(value, str) and (moment := _moment(value)):
        return formats.moment(moment)
    return gettext(_CODES[str(value)]) if str(value) in _CODES else Truncator(str(value)).chars(_LONGEST)


def _moment(value: str) -> datetime | None:
    """Read a moment as the journal holds it."""
    try:
        found = datetime.fromisoformat(value) if "T" in value else None
    except ValueError:
        return None
    return timezone.localtime(found) if found and found.tzinfo else None
