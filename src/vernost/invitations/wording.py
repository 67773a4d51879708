"""Why a pair is due, in words and numbers: the kind's sentence with the facts, in the language that is active."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.i18n import Text

if TYPE_CHECKING:
    from vernost.invitations.kinds import InvitationKind

METRES = 1000
KOPECKS = 100
PASSED = "_passed"
_KILOMETRES_A_DAY = frozenset({"rate_m_per_day"})
_ROUBLES = frozenset({"amount"})


def reason(
    kind: "InvitationKind",
    code: str,
    facts: Mapping[str, Any],
    *,
    due_on: date | None = None,
    as_of: date | None = None,
) -> Text:
    """Return the sentence of a reason code. Of a due date that `as_of` has passed it speaks in the past.

    Facts as the night wrote them (dates in ISO) or as the mirror gives them. A code that the kind no
    longer knows, or one with a fact missing, is the kind's title.
    """
    passed = due_on is not None and as_of is not None and due_on <= as_of
    source = kind.reasons.get(code + PASSED) if passed else None
    source = source or kind.reasons.get(code)
    values = {name: words_of(name, value) for name, value in facts.items() if value is not None}
    return Text(source, values) if source is not None and _complete(source, values) else Text(kind.title)


def shown_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the known facts for a machine: km a day with three decimals, roubles with two, as in every report."""
    shown = {name: value for name, value in facts.items() if value is not None}
    if (rate := shown.pop("rate_m_per_day", None)) is not None:
        shown["rate_km_per_day"] = f"{rate // METRES}.{rate % METRES:03}"
    if (amount := shown.pop("amount", None)) is not None:
        shown["amount"] = f"{amount / KOPECKS:.2f}"
    return shown


def left_out(kind: "InvitationKind", code: str) -> Text:
    """Return why a car is no pair of the kind; an empty code: it is in no row of it."""
    return Text(kind.left_out.get(code, kind.absent))


def translated(text: Text) -> str:
    words = gettext(text.source)
    return words % text.values if text.values else words


def words_of(name: str, value: Any) -> str:  # noqa: ANN401 - a date, a number or a text
    if isinstance(value, date):
        return formats.day(value)
    if isinstance(value, str):
        return _day_of(value) or value
    if name in _KILOMETRES_A_DAY:
        return formats.number(value / METRES)
    return formats.roubles(value / KOPECKS) if name in _ROUBLES else formats.number(value)


def _day_of(value: str) -> str:
    try:
        return formats.day(date.fromisoformat(value)) if value.count("-") == 2 else ""  # noqa: PLR2004 - an ISO date
    except ValueError:
        return ""


def _complete(source: str, values: Mapping[str, str]) -> bool:
    try:
        source % values
    except KeyError:
        return False
    return True
