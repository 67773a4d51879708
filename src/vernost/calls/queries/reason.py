"""Why a customer is called, in words: a kind's sentence with the values that the night has written down."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from vernost.core import formats
from vernost.core.i18n import Text
from vernost.invitations import kinds
from vernost.invitations.models import Invitation, Programme

METRES = 1000
KOPECKS = 100


def reason_of(invitation: Invitation) -> Text:
    """Return the sentence; a reason that the kind no longer knows is its title."""
    kind = _kind(invitation.programme)
    if kind is None:
        return Text(invitation.programme.title)
    source = kind.reasons.get(invitation.reason)
    values = {name: _words(name, value) for name, value in invitation.reason_facts.items()}
    if source is None or not _complete(source, values):
        return Text(kind.title)
    return Text(source, values)


def _kind(programme: Programme) -> kinds.InvitationKind | None:
    return next((kind for kind in kinds.discover() if kind.code == programme.kind), None)


def _complete(source: str, values: Mapping[str, str]) -> bool:
    try:
        source % values
    except KeyError:
        return False
    return True


def _words(name: str, value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    if value is None:
        return formats.DASH
    if kinds.FACTS.get(name) == "date":
        return formats.day(date.fromisoformat(value))
    if name == "rate_m_per_day":
        return formats.number(value / METRES)
    if name == "amount":
        return formats.roubles(value / KOPECKS)
    return formats.number(value) if isinstance(value, int) else str(value)
