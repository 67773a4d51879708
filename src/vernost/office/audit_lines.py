"""Lines of the journal in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext

from vernost.accounts.models import AuditRecord
from vernost.core import formats, sensitive
from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.office.audit_titles import Words
from vernost.office.audit_words import ACTIONS, SUBJECTS
from vernost.office.taken_back import NEVER, Undoing, undoings
from vernost.reports.exports import Column, Sheet


@dataclass(frozen=True, slots=True)
class AuditLine:
    """`about` names the thing, by its id where it has no name. `erased`: whom it told of was erased.

    `undoing`: whether it can be taken back here.
    """

    id: int
    at: datetime
    who: str
    address: str
    action: str
    code: str
    subject: str
    subject_id: str
    about: str
    lines: tuple[str, ...]
    erased: bool
    undoing: Undoing


def shown(records: Iterable[AuditRecord], actor: Actor) -> list[AuditLine]:
    records = list(records)
    words, undoing = Words(records), undoings(records, actor)
    return [
        AuditLine(
            id=record.pk,
            at=timezone.localtime(record.at),
            who=words.who(record),
            address=record.address,
            action=gettext(ACTIONS.get(record.action, record.action)),
            code=record.subject,
            subject=gettext(SUBJECTS.get(record.subject, record.subject)),
            subject_id=record.subject_id,
            about=words.about(record.subject, record.subject_id),
            lines=tuple(
                sensitive.told(actor, words.line(record, name, value)) for name, value in (record.fields or {}).items()
            ),
            erased=record.salt is None,
            undoing=undoing.get(record.pk, NEVER),
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
            line.subject if line.about == line.subject_id else f"{line.subject}: {line.about}",
            line.subject_id,
            "; ".join(line.lines),
        )
        for line in lines
    ]
    return Sheet(gettext("Journal"), columns, rows)
