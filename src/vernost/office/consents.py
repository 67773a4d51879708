"""What a customer said of advertising, in marks for a screen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext

from vernost.contacts.rules import CHANNEL_TITLES
from vernost.core.i18n import _
from vernost.customers.queries import ConsentRow, StopRow

CHANNELS = {"calls": _("calls"), "sms": _("SMS"), "email": _("e-mail"), "messenger": _("messengers")}


@dataclass(frozen=True, slots=True)
class Mark:
    words: str
    level: str
    icon: str


@dataclass(frozen=True, slots=True)
class ShownConsent:
    """A statement; `on` None holds on every day."""

    on: date | None
    marks: tuple[Mark, ...]
    source: str


def shown(consents: Iterable[ConsentRow]) -> list[ShownConsent]:
    return [ShownConsent(consent.on, tuple(_marks(consent)), _source(consent.origin)) for consent in consents]


def _source(origin: str) -> str:
    if origin.startswith("merge:"):
        return gettext("from another card")
    return {"import": gettext("import"), "api": gettext("by the API")}.get(origin, origin)


def _marks(consent: ConsentRow) -> Iterable[Mark]:
    said = {"calls": consent.calls, "sms": consent.sms, "email": consent.email, "messenger": consent.messenger}
    for channel, given in said.items():
        if given is not None:
            words = gettext("%(channel)s: yes") if given else gettext("%(channel)s: no")
            level, icon = ("ok", "check") if given else ("bad", "x")
            yield Mark(words % {"channel": gettext(CHANNELS[channel])}, level, icon)


def stops(rows: Iterable[StopRow]) -> list[tuple[str, StopRow]]:
    """Return the stops, each with its channel in words."""
    return [(gettext(CHANNEL_TITLES.get(row.channel, row.channel)), row) for row in rows]
