"""What other systems are told, how it is signed, and when it is tried again.

Messages are those of the Standard Webhooks specification: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
"""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from vernost.core.i18n import _

EVENTS: Final = {
    "appointment.booked": _("An appointment is booked"),
    "appointment.moved": _("An appointment is moved"),
    "appointment.confirmed": _("An appointment is confirmed"),
    "appointment.cancelled": _("An appointment is cancelled"),
    "appointment.arrived": _("The customer has come"),
    "appointment.missed": _("The customer has not come"),
    "contact.created": _("A contact is written down"),
    "contact.changed": _("A contact is changed"),
    "consent.given": _("A consent is given"),
    "consent.withdrawn": _("A consent is withdrawn"),
    "customer.merged": _("Two cards of one customer are merged"),
    "customer.unmerged": _("A merge of cards is undone"),
    "import.finished": _("An import has brought in data"),
    "night.decided": _("A night is decided: new invitations stand in the queue"),
    "segment.counted": _("A saved segment is counted: who came and who left"),
}
# Sent by the button only: nobody subscribes to it.
TEST_EVENT: Final = "webhook.test"
# What is not of one branch is told only to those who are told of the whole group.
OF_A_BRANCH: Final = frozenset(event for event in EVENTS if event.startswith("appointment."))

# Of every secret by the specification; it is no secret itself.
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - as it says
SECRET_BYTES: Final = 32
OLD_SECRET_LIVES: Final = timedelta(hours=24)
# Then the message is dead until somebody sends it again. Three days in all.
RETRY_AFTER: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=16),
    timedelta(hours=24),
)
# So many failures in a row, and the address is left alone for a while: others must not wait for it.
FAILURES_TO_REST: Final = 5
# What the address itself is refused for: waiting changes nothing, another address does.
FINAL_FAILURES: Final = frozenset({"forbidden_address", "no_web_address"})
REST: Final = timedelta(minutes=5)


def secret_text(key: bytes) -> str:
    """Return the key as the receiver's library expects it."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def signature(keys: Sequence[bytes], message_id: str, at: datetime, body: bytes) -> str:
    """Return the value of `webhook-signature`: one signature a key, so that a key can be changed without a gap."""
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return " ".join("v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)


def next_try(tries: int, now: datetime) -> datetime | None:
    """Return when a message that has failed `tries` times is tried again; None: never by itself."""
    return now + RETRY_AFTER[tries - 1] if tries <= len(RETRY_AFTER) else None


def rests_until(failures: int, now: datetime) -> datetime | None:
    """Return until when an address that has failed so many times in a row is left alone."""
    return now + REST if failures >= FAILURES_TO_REST else None
