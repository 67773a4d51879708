"""Decisions about invitations that need no database: states, reasons, the plan of attempts."""

from vernost.invitations.rules.retry import NextTry, RetryPlan, next_try
from vernost.invitations.rules.states import (
    ENDED_STATES,
    OPEN_STATES,
    STATE_TITLES,
    SUPPRESSION_TITLES,
    TRANSITIONS,
    InvitationState,
    Suppression,
    may_follow,
)

__all__ = [
    "ENDED_STATES",
    "OPEN_STATES",
    "STATE_TITLES",
    "SUPPRESSION_TITLES",
    "TRANSITIONS",
    "InvitationState",
    "NextTry",
    "RetryPlan",
    "Suppression",
    "may_follow",
    "next_try",
]
