"""The ledger of consents: what is in force on a day, from all that a customer has ever said.

The narrow rows that the contact gate and the night read are made here (docs/algorithms/hash-chain.md tells of the
chain, docs/how-to/consents.md of the rules).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from vernost.core.i18n import _

CHANNELS: Final = ("calls", "sms", "email", "messenger")
CHANNEL_TITLES: Final[Mapping[str, str]] = {
    "calls": _("calls"),
    "sms": _("SMS"),
    "email": _("e-mail"),
    "messenger": _("messengers"),
}
WHOLE: Final = "whole"


class Purpose(StrEnum):
    """What a customer agrees to. Advertising and contact are said by channel, the others as a whole.

    `CONTACT` is any contact at all: it is allowed until he asks not to be disturbed.
    """

    ADVERTISING = "advertising"
    CONTACT = "contact"
    PROCESSING = "processing"
    TRANSFER = "transfer"


PURPOSES: Final[Mapping[Purpose, str]] = {
    Purpose.ADVERTISING: _("Advertising"),
    Purpose.CONTACT: _("Contacts of any kind"),
    Purpose.PROCESSING: _("Processing of personal data"),
    Purpose.TRANSFER: _("Passing data on to partners"),
}
BY_CHANNEL: Final = frozenset({Purpose.ADVERTISING, Purpose.CONTACT})


class Way(StrEnum):
    """How something was said. `IMPORT`: another system's record says so, and nothing proves it."""

    PAPER = "paper"
    CALL = "call"
    VISIT = "visit"
    WEB = "web"
    API = "api"
    FILE = "file"
    IMPORT = "import"


WAYS: Final[Mapping[Way, str]] = {
    Way.PAPER: _("on paper"),
    Way.CALL: _("by telephone"),
    Way.VISIT: _("in person"),
    Way.WEB: _("on a web page"),
    Way.API: _("by another system"),
    Way.FILE: _("from a file with evidence"),
    Way.IMPORT: _("import of the accounting system"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger. `answers` maps channels, or `WHOLE`, to what was said; ids grow with time."""

    id: int
    purpose: Purpose
    answers: Mapping[str, bool]
    on: date | None
    way: Way
    recorded_at: datetime
    legal_entity_id: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What was said on a day (None: holds on every day), as the gate reads it: see `models.ConsentStatement`."""

    on: date | None
    origin: str
    answers: Mapping[str, bool]
    legal_entity_id: int | None = None


@dataclass(frozen=True, slots=True)
class InForce:
    """What is in force of one channel; `on` None: from the beginning."""

    given: bool
    on: date | None


def known_at(entries: Iterable[Entry], moment: datetime) -> list[Entry]:
    """Return the lines that were in the ledger at the moment."""
    return [entry for entry in entries if entry.recorded_at <= moment]


def rows(entries: Sequence[Entry], purpose: Purpose) -> list[Row]:
    """Return the narrow rows of one card for a purpose.

    Of one's own words the later of a day counts. The record of another system follows that system: a new one
    takes back what earlier ones said of later days. Its yes does not count where the customer himself had said
    no before, and nothing he said since: whoever buys again, or is imported again, has not agreed again.
    """
    ordered = sorted((entry for entry in entries if entry.purpose == purpose), key=lambda entry: entry.id)
    own, imported = _own(ordered), _imported(ordered)
    return [*imported, *_refused_before(imported, own), *own]


def _own(entries: Iterable[Entry]) -> list[Row]:
    said: dict[tuple[date | None, str, int | None], dict[str, bool]] = {}
    for entry in entries:
        if entry.way is Way.IMPORT:
            continue
        for (on, _way, entity), answers in said.items():
            if (on, entity) == (entry.on, entry.legal_entity_id):
                for channel in entry.answers:
                    answers.pop(channel, None)
        said.setdefault((entry.on, entry.way, entry.legal_entity_id), {}).update(entry.answers)
    return [Row(on, way, answers, entity) for (on, way, entity), answers in said.items() if answers]


def _imported(entries: Iterable[Entry]) -> list[Row]:
    standing: dict[date | None, Mapping[str, bool]] = {}
    for entry in entries:
        if entry.way is not Way.IMPORT:
            continue
        standing = {
            on: answers
            for on, answers in standing.items()
            if on == entry.on or not (entry.on is None or _day(on) > entry.on)
        }
        standing[entry.on] = entry.answers
    return [Row(on, Way.IMPORT, answers) for on, answers in standing.items()]


def _refused_before(imported: Iterable[Row], own: Sequence[Row]) -> list[Row]:
    found = []
    for row in imported:
        refused = {
            channel: False
            for channel, given in row.answers.items()
            if given and row.on and (before := in_force(own, channel, row.on)) and not before.given
        }
        if refused:
            found.append(Row(row.on, "refusal", refused))
    return found


def in_force(found: Iterable[Row], channel: str, on: date, legal_entity_id: int | None = None) -> InForce | None:
    """Return what is in force of a channel at the end of a day, None where nothing was said.

    The latest word known on the day; of one day's a no. A word to the whole group holds for every company of it;
    one to a company only for that: `legal_entity_id` None asks what holds for the whole group.
    """
    said = [
        (_day(row.on), not row.answers[channel])
        for row in found
        if channel in row.answers and _day(row.on) <= on and row.legal_entity_id in {None, legal_entity_id}
    ]
    if not said:
        return None
    day, refused = max(said)
    return InForce(not refused, None if day == date.min else day)


def with_other_card(own: Sequence[Row], other: Sequence[Row], *, on: date, origin: str) -> list[Row]:
    """Return the rows of a card that another one was merged into on a day; `other` are that one's rows.

    On the day of the merge the stricter answer of the two holds; later words to the other card hold here too.
    A yes to one company is not handed on: it stays with the card that it was said to; a no counts for all.
    """
    other = [_for_everybody(row) for row in other]
    here = [_for_everybody(row) for row in own]
    standing = {channel: (in_force(here, channel, on), in_force(other, channel, on)) for channel in CHANNELS}
    strictest = {channel: _stricter(*both) for channel, both in standing.items()}
    found = list(own)
    if any(strictest[channel] != (both[0].given if both[0] else None) for channel, both in standing.items()):
        answers = {channel: given for channel, given in strictest.items() if given is not None}
        found.append(Row(on, origin, answers))
    for day in sorted({row.on for row in other if row.on and row.on > on}):
        of_day = [row.answers for row in other if row.on == day]
        least = {
            channel: all(answers[channel] for answers in of_day if channel in answers)
            for channel in CHANNELS
            if any(channel in answers for answers in of_day)
        }
        if least:
            found.append(Row(day, origin, least))
    return found


def _for_everybody(row: Row) -> Row:
    if row.legal_entity_id is None:
        return row
    return Row(row.on, row.origin, {channel: given for channel, given in row.answers.items() if not given})


def _stricter(one: InForce | None, other: InForce | None) -> bool | None:
    said = [each.given for each in (one, other) if each is not None]
    return all(said) if said else None


def _day(on: date | None) -> date:
    return on or date.min
