"""What a customer said of consents, ready for a screen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext

from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.customers.models import ConsentEntry
from vernost.customers.queries import ledger
from vernost.customers.queries.ledger import Ledger, PurposeState
from vernost.customers.rules import consents as rules
from vernost.customers.rules.consents import CHANNEL_TITLES, PURPOSES, WAYS, WHOLE, InForce, Purpose, Way


@dataclass(frozen=True, slots=True)
class Mark:
    """What is in force of a channel: `words`, since when and how it is known."""

    words: str
    level: str
    icon: str
    on: date | None
    source: str


@dataclass(frozen=True, slots=True)
class ShownPurpose:
    """A purpose with its marks; none of them: nothing was said."""

    code: str
    title: str
    marks: tuple[Mark, ...]


def card_of(customer_id: int, *, actor: Actor, on: date) -> list[ShownPurpose]:
    """Return what is in force of each purpose on a day, with the date, the way and the words of each answer.

    The page that shows it has found the customer for its reader.
    """
    found = ledger.load(customer_id)
    lines = ConsentEntry.objects.filter(customer_id__in=found.family).select_related("text", "legal_entity")
    purposes = _shown(ledger.state_of(found, on), found, list(lines.order_by("-pk")))
    return [replace(one, marks=tuple(_to_whom(actor, mark) for mark in one.marks)) for one in purposes]


def _to_whom(actor: Actor, mark: Mark) -> Mark:
    return replace(mark, source=sensitive.told(actor, mark.source))


def _shown(states: Iterable[PurposeState], found: Ledger, lines: Sequence[ConsentEntry]) -> list[ShownPurpose]:
    return [
        ShownPurpose(
            state.purpose.value,
            gettext(PURPOSES[state.purpose]),
            tuple(
                _mark(state.purpose, name, answer, lines)
                for name, answer in state.answers.items()
                if answer is not None
            )
            + tuple(_of_companies(state.purpose, found, lines)),
        )
        for state in states
    ]


def _mark(purpose: Purpose, name: str, answer: InForce, lines: Sequence[ConsentEntry]) -> Mark:
    said = next(
        (
            line
            for line in lines
            if line.purpose == purpose and line.on == answer.on and getattr(line, name) is answer.given
        ),
        None,
    )
    words = _words(name, given=answer.given)
    level, icon = ("ok", "check") if answer.given else ("bad", "x")
    return Mark(words, level, icon, answer.on, _source(said))


def _of_companies(purpose: Purpose, found: Ledger, lines: Sequence[ConsentEntry]) -> Iterable[Mark]:
    """Yield what was said to one company of the group only, the last word of each channel."""
    told: set[tuple[int, str]] = set()
    names = rules.CHANNELS if purpose in rules.BY_CHANNEL else (WHOLE,)
    for line in lines:
        if line.purpose != purpose or line.legal_entity is None or line.customer_id not in found.family:
            continue
        for name in names:
            given = getattr(line, name)
            if given is not None and (line.legal_entity.pk, name) not in told:
                told.add((line.legal_entity.pk, name))
                words = f"{line.legal_entity.name}: {_words(name, given=given)}"
                level, icon = ("ok", "check") if given else ("bad", "x")
                yield Mark(words, level, icon, line.on, _source(line))


def _words(name: str, *, given: bool) -> str:
    if name == WHOLE:
        return gettext("agreed") if given else gettext("refused")
    words = gettext("%(channel)s: yes") if given else gettext("%(channel)s: no")
    return words % {"channel": gettext(CHANNEL_TITLES[name])}


def _source(line: ConsentEntry | None) -> str:
    if line is None:
        return ""
    parts = [gettext(WAYS[Way(line.way)]), str(line.text) if line.text else "", line.evidence]
    return " · ".join(filter(None, parts))
