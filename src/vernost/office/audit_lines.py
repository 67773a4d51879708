"""Lines of the journal in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext

from vernost.accounts import audit
from vernost.accounts.models import AuditRecord
from vernost.core import formats, sensitive
from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.core.things import REACH_TITLES
from vernost.office import journal
from vernost.reports.exports import Column, Sheet
from vernost.workshop.rules import APPOINTMENT_STATUSES

SUBJECTS = {
    "customer": _("Customer"),
    "vehicle": _("Car"),
    "order": _("Repair order"),
    "search": _("Search"),
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
}
ACTIONS = {
    audit.VIEWED: _("Card opened"),
    audit.SEARCHED: _("Looked for a customer"),
    audit.EXPORTED: _("Taken out as a file"),
    audit.HARVEST: _("Too many cards within an hour"),
    audit.SIGNED_IN: _("Signed in"),
    audit.SIGNED_OUT: _("Signed out"),
    audit.REFUSED: _("Wrong password"),
    audit.UNDONE: _("Change taken back"),
    "merged": _("Cards merged"),
    **APPOINTMENT_STATUSES,
    "moved": _("Appointment moved"),
    "unmerged": _("Merging undone"),
    "revoked": _("Revoked"),
    "dropped": _("Removed"),
    **journal.ACTIONS,
}
TITLES = {
    **journal.FIELDS,
    "rows": _("Rows"),
    "starts_at": _("Begins at"),
    "status": _("State"),
    "active": _("Switched on"),
    "question": _("Question"),
    "people": _("Rows are people"),
    "customers": _("Cards found"),
    "login": _("Account of the machine"),
    "cards": _("Cards"),
    "state": _("State"),
    "title": _("Name"),
    "copy_of": _("Copy of the role"),
    "required": _("Required"),
    "scopes": _("Rights"),
    "of": _("Line of the journal"),
}
_STATES = {"alert": _("noticed"), "stopped": _("stopped")}
_CODES = {**APPOINTMENT_STATUSES, **REACH_TITLES, **_STATES}
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class AuditLine:
    """`erased`: whom it told of was erased. `undo`: it can be taken back here."""

    id: int
    at: datetime
    who: str
    address: str
    action: str
    code: str
    subject: str
    subject_id: str
    lines: tuple[str, ...]
    erased: bool
    undo: bool


def shown(records: Iterable[AuditRecord], actor: Actor) -> list[AuditLine]:
    records = list(records)
    undoable = audit.undoable(records)
    return [
        AuditLine(
            id=record.pk,
            at=record.at,
            who=record.user.display_name if record.user else _who(record.actor),
            address=record.address,
            action=gettext(ACTIONS.get(record.action, record.action)),
            code=record.subject,
            subject=gettext(SUBJECTS.get(record.subject, record.subject)),
            subject_id=record.subject_id,
            lines=tuple(sensitive.told(actor, _line(name, value)) for name, value in (record.fields or {}).items()),
            erased=record.salt is None,
            undo=record.pk in undoable,
        )
        for record in records
    ]


def sheet(lines: Iterable[AuditLine]) -> Sheet:
    columns = [
        Column(gettext(title))
        for title in (_("When"), _("Who"), _("From where"), _("What was done"), _("To what"), _("Its id"), _("Details"))
    ]
    rows = [
        (
            formats.moment(line.at),
            line.who,
            line.address,
            line.action,
            line.subject,
            line.subject_id,
            "; ".join(line.lines),
        )
        for line in lines
    ]
    return Sheet(gettext("Journal"), columns, rows)


def _who(actor: str) -> str:
    kind, _colon, number = actor.partition(":")
    if kind == "token":
        return gettext("Key of the API %(number)s") % {"number": number}
    return gettext("nobody who is known") if kind == "anonymous" else formats.who(actor)


def _line(name: str, value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    title = gettext(TITLES[name]) if name in TITLES else name
    if isinstance(value, list) and len(value) == 2:  # noqa: PLR2004 - before and after
        return f"{title}: {_words(value[0])} → {_words(value[1])}"
    return f"{title}: {_words(value)}"


def _words(value: Any) -> str:  # noqa: ANN401 - as above
    if value is None or value in ("", [], {}):
        return formats.DASH
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(_words(each) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_words(each)}" for name, each in value.items())
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
