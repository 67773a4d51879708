"""The workplace's entries in the frame."""

from django.utils import timezone

from vernost.calls.queries.queue import overdue_call_backs
from vernost.core.actor import Actor, Role
from vernost.core.i18n import _
from vernost.core.navigation import Section, sections


def _call_backs(actor: Actor) -> int:
    return overdue_call_backs(actor, timezone.now())


OPERATORS = frozenset({Role.OPERATOR})

sections.add(Section("workplace-home", _("Today"), icon="home", url_name="workplace:home", roles=OPERATORS, order=10))
sections.add(
    Section(
        "desk",
        _("Workplace"),
        icon="headset",
        url_name="workplace:desk",
        order=15,
        short=_("Calls"),
        badge=_call_backs,
    )
)
sections.add(Section("reception", _("Reception"), icon="calendar-event", url_name="workplace:reception", order=20))
