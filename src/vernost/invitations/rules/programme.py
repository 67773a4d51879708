"""A programme as the rules see it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from vernost.contacts.rules import MessageClass, OutboundChannel


@dataclass(frozen=True)
class ProgrammeRule:
    """`params` is an instance of the kind's `Params`; `control_share` in basis points; smaller ranks go first.

    No `branch_ids`: every branch; no `segment` (its code): everybody.
    """

    code: str
    kind: str
    params: Any
    lead_days: int
    grace_days: int
    message_class: MessageClass
    rank: int
    channels: tuple[OutboundChannel, ...] = (OutboundChannel.CALL,)
    control_share: int = 500
    daily_limit: int | None = None
    branch_ids: frozenset[int] = frozenset()
    segment: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None

    def runs_on(self, day: date) -> bool:
        return (self.starts_on is None or self.starts_on <= day) and (self.ends_on is None or day <= self.ends_on)
