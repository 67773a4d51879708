"""States of an invitation, suppression reasons, priorities: decisions without a database."""

from enum import StrEnum


class MessageClass(StrEnum):
    ADVERTISING = "advertising"
    SERVICE = "service"
    RECALL = "recall"


class InvitationState(StrEnum):
    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    BOOKED = "booked"
    ARRIVED = "arrived"
    NO_SHOW = "no_show"
    PAID = "paid"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    WRONG_NUMBER = "wrong_number"
    DO_NOT_CALL = "do_not_call"
    NOT_OWNER = "not_owner"
    SERVED_ELSEWHERE = "served_elsewhere"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


_S = InvitationState

# Still to be worked on, or waiting for the visit: a cycle has at most one such invitation.
OPEN_STATES = [_S.QUEUED, _S.IN_PROGRESS, _S.BOOKED, _S.ARRIVED]

_ENDINGS = frozenset(
    {
        _S.DECLINED,
        _S.UNREACHABLE,
        _S.WRONG_NUMBER,
        _S.DO_NOT_CALL,
        _S.NOT_OWNER,
        _S.SERVED_ELSEWHERE,
        _S.EXPIRED,
        _S.CANCELLED,
    }
)

# Which state may follow which: the one table of transitions.
TRANSITIONS: dict[InvitationState, frozenset[InvitationState]] = {
    _S.QUEUED: frozenset({_S.IN_PROGRESS, _S.BOOKED, _S.ARRIVED, _S.PAID}) | _ENDINGS,
    _S.IN_PROGRESS: frozenset({_S.QUEUED, _S.BOOKED, _S.ARRIVED, _S.PAID}) | _ENDINGS,
    _S.BOOKED: frozenset({_S.ARRIVED, _S.NO_SHOW, _S.PAID, _S.QUEUED, _S.CANCELLED}),
    _S.ARRIVED: frozenset({_S.PAID, _S.CANCELLED}),
    _S.NO_SHOW: frozenset({_S.QUEUED, _S.ARRIVED, _S.PAID, _S.EXPIRED}),
    _S.PAID: frozenset(),
    **{ending: frozenset({_S.PAID}) for ending in _ENDINGS},
}


class Suppression(StrEnum):
    """Why a candidate is not invited, in the order in which the reasons are asked."""

    BLOCKED = "blocked"
    NOT_OWNER = "not_owner"
    NO_CONSENT = "no_consent"
    NO_CONTACT = "no_contact"
    DO_NOT_DISTURB = "do_not_disturb"
    OPEN_APPOINTMENT = "open_appointment"
    VISITED_RECENTLY = "visited_recently"
    ALREADY_INVITED = "already_invited"
    CONTACTED_RECENTLY = "contacted_recently"
    OUTRANKED = "outranked"
    OVER_CAPACITY = "over_capacity"
    HELD_OUT = "held_out"
