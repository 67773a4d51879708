"""The papers of personal data: the proof of consents, the subject's own copy, the act of destruction."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext

from vernost.accounts.models import LegalEntity
from vernost.core.actor import Actor
from vernost.core.formats import day
from vernost.core.papers import Paper, PaperFile, PaperSection, as_pdf
from vernost.customers.queries import ledger
from vernost.customers.queries.ledger import LedgerRow
from vernost.customers.rules.consents import CHANNEL_TITLES, PURPOSES, WAYS, WHOLE, Way
from vernost.files.models import StoredFile
from vernost.files.queries import folder, path_of
from vernost.files.rules import FileKind
from vernost.privacy import rules, wording
from vernost.privacy.queries import ErasureRow, SubjectCopy


def pdf(paper: Paper) -> bytes:
    return as_pdf(paper, language=(get_language() or "ru")[:2])


def evidence_pack(actor: Actor, customer_id: int, name: str, *, now: datetime, zone: ZoneInfo) -> Paper:
    """Return every statement of a customer with its words, its evidence and its place in the chain, checked now."""
    lines = ledger.ledger_of(actor, customer_id)
    checked = ledger.check()
    facts = [
        (gettext("Customer"), f"{name} · № {customer_id}"),
        (gettext("Operator of the data"), "; ".join(_companies())),
        (gettext("Made at"), _moment(now, zone)),
        (gettext("Statements"), str(len(lines))),
        (gettext("Chain of hashes"), _verdict(checked)),
        (gettext("Last link"), f"№ {checked.chain.head.number} · {checked.chain.head.hash.hex()}"),
    ]
    return Paper(
        title=gettext("Proof of consents"),
        lead=gettext(
            "Every statement as it was written down, the latest first. Each is chained by a hash to the one before"
            " it: what is changed, removed or put elsewhere afterwards is found by the check."
        ),
        facts=facts,
        sections=[_statement(line, zone) for line in lines],
        foot=gettext("Proof of consents, customer № %(number)s") % {"number": customer_id},
        folder=str(folder()) if any(line.file for line in lines) else None,
    )


def _verdict(checked: ledger.Checked) -> str:
    if checked.holds:
        return gettext("holds, %(links)s links checked") % {"links": checked.chain.links}
    return gettext("DOES NOT HOLD: see vernost consents verify")


def _statement(line: LedgerRow, zone: ZoneInfo) -> PaperSection:
    entry = line.entry
    title = gettext(PURPOSES[entry.purpose])
    facts = [
        (gettext("What was said"), said(line)),
        (gettext("Holds from"), day(entry.on) if entry.on else gettext("from the beginning")),
        (gettext("How"), gettext(WAYS[Way(entry.way)])),
        (gettext("To whom"), line.legal_entity or gettext("to the whole group")),
        (gettext("Words"), line.text or gettext("not noted")),
        (gettext("Evidence"), line.evidence),
        (gettext("Reference"), line.reference),
        (gettext("Scan"), _scan(line)),
        (gettext("Written down"), f"{_moment(entry.recorded_at, zone)}, {line.who or line.actor}"),
        (gettext("Hash of the statement"), line.digest),
        (gettext("Link of the chain"), f"№ {line.number} · {line.hash}" if line.number else ""),
        (gettext("Check"), _check(line)),
    ]
    return PaperSection(
        title=f"№ {line.id} · {title}",
        words=line.text_body,
        facts=[fact for fact in facts if fact[1]],
        files=[_paper_file(line.id, line.file)] if line.file and line.file_holds else [],
    )


def _scan(line: LedgerRow) -> str:
    if line.file is None:
        return ""
    words = f"{line.file.name}, SHA-256 {line.file_sha256}"
    return words if line.file_holds else f"{words} · {gettext('the file DIFFERS from the one that was put in')}"


def _paper_file(number: int, file: StoredFile) -> PaperFile:
    path = path_of(file.pk).relative_to(folder())
    return PaperFile(f"/{path.as_posix()}", f"{number} {file.name}", FileKind(file.kind).value)


def said(line: LedgerRow) -> str:
    """Return the answers of a statement in words."""
    parts = []
    for name, given in line.entry.answers.items():
        answer = gettext("given") if given else gettext("refused or withdrawn")
        parts.append(answer if name == WHOLE else f"{gettext(CHANNEL_TITLES[name])}: {answer}")
    return "; ".join(parts)


def _check(line: LedgerRow) -> str:
    if line.holds is None:
        return gettext("waits for its seal, which comes within a minute")
    return gettext("says what was sealed") if line.holds else gettext("DIFFERS from what was sealed")


def subject_copy(copy: SubjectCopy, *, now: datetime, zone: ZoneInfo) -> Paper:
    """Return all that is kept of a person in a form that he can read."""
    return Paper(
        title=gettext("What is kept about you"),
        lead=gettext(
            "A copy of your personal data by article 14 of the law 152-FZ: everything that this system keeps."
        ),
        facts=[
            (gettext("Whose data"), f"{copy.name} · № {copy.customer_id}"),
            (gettext("Operator of the data"), "; ".join(_companies())),
            (gettext("Made at"), _moment(now, zone)),
        ],
        sections=[
            PaperSection(
                title=f"{gettext(table.title)} · {number}" if len(table.rows) > 1 else gettext(table.title),
                facts=[
                    (wording.column_title(column), shown)
                    for column, value in row.items()
                    if not column.endswith("_id") and (shown := wording.shown_value(column, value))
                ],
            )
            for table in copy.tables
            for number, row in enumerate(table.rows, 1)
        ],
        foot=gettext("Copy of personal data, customer № %(number)s") % {"number": copy.customer_id},
    )


def act(erasure: ErasureRow, *, zone: ZoneInfo) -> Paper:
    """Return the act of destruction of personal data, with the extract of the journal, as order 179 asks."""
    return Paper(
        title=gettext("Act of destruction of personal data № %(number)s") % {"number": erasure.id},
        lead=gettext("Made by the order of Roskomnadzor № 179 of 28.10.2022."),
        facts=[
            (gettext("Operator of the data"), "; ".join(_companies())),
            (gettext("Subject of the data"), _numbers(erasure)),
            (gettext("Information system"), "Vernost"),
            (gettext("Way of destruction"), gettext("deleted from the database, its indexes and copies for reports")),
            (gettext("Reason"), gettext(rules.REASONS[erasure.reason])),
            (gettext("Document"), erasure.document),
            (gettext("Destroyed at"), _moment(erasure.at, zone)),
            (gettext("Destroyed by"), erasure.who),
        ],
        sections=[
            PaperSection(
                title=gettext("Extract of the journal: what was destroyed"),
                words=gettext(
                    "The amounts and days of repair orders and deals are kept without a person, for accounting and"
                    " statistics."
                ),
                columns=(gettext("Kind of data"), gettext("Records")),
                rows=[(wording.table_title(table), str(rows)) for table, rows in erasure.counts.items()],
            ),
            PaperSection(
                title=gettext("Copies for reports"),
                words=_mirror(erasure, zone),
            ),
        ],
        signatures=(gettext("Responsible for the processing of personal data"), gettext("Who destroyed the data")),
        foot=gettext("Act of destruction № %(number)s") % {"number": erasure.id},
    )


def _numbers(erasure: ErasureRow) -> str:
    cards = ", ".join(str(number) for number in erasure.customers)
    return gettext("customer, cards № %(cards)s (the name was destroyed with the data)") % {"cards": cards}


def _mirror(erasure: ErasureRow, zone: ZoneInfo) -> str:
    if erasure.mirror_cleaned_at:
        return gettext("Built anew without the person at %(moment)s; older versions are deleted.") % {
            "moment": _moment(erasure.mirror_cleaned_at, zone)
        }
    return gettext("Are being built anew without the person; older versions are deleted when that is done.")


def _companies() -> list[str]:
    found = LegalEntity.objects.filter(archived_at=None)
    return [
        ", ".join(filter(None, (one.name, one.inn and f"{gettext('INN')} {one.inn}", one.address))) for one in found
    ]


def _moment(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{day(local.date())} {local:%H:%M:%S} ({zone.key})"
