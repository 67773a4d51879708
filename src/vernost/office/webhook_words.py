"""The words of webhooks' messages."""

from typing import Final

from vernost.automation.rules.webhooks import EVENTS, TEST_EVENT
from vernost.core.i18n import _

FAILURES: Final = {
    "unknown_host": _("No such name in the network"),
    "slow_name": _("The name was not found in 3 seconds"),
    "forbidden_address": _(
        "The address leads inside the house, or to a port that is neither 443 nor 80, and is not called:"
        " change it and send again"
    ),
    "no_connection": _("No connection"),
    "bad_certificate": _("The certificate is not trusted"),
    "too_slow": _("No answer in 10 seconds"),
    "broken_answer": _("The answer cannot be read"),
    "no_web_address": _("This is no web address: change it and send again"),
    "lost_secret": _("The secret cannot be read any more: make another one"),
}
STATES: Final = (
    ("", _("All")),
    ("waiting", _("Wait")),
    ("dead", _("Dead")),
    ("delivered", _("Taken")),
)
TITLES: Final = {**EVENTS, TEST_EVENT: _("A test")}
