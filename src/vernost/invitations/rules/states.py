"""States of an invitation and which may follow which; the reasons of those not invited."""

from enum import StrEnum

from vernost.core.i18n import _


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


STATE_TITLES: dict[InvitationState, str] = {
    InvitationState.QUEUED: _("In the queue"),
    InvitationState.IN_PROGRESS: _("In progress"),
    InvitationState.BOOKED: _("Booked"),
    InvitationState.ARRIVED: _("Arrived"),
    InvitationState.NO_SHOW: _("Did not come"),
    InvitationState.PAID: _("Paid"),
    InvitationState.DECLINED: _("Declined"),
    InvitationState.UNREACHABLE: _("Not reached"),
    InvitationState.WRONG_NUMBER: _("Wrong number"),
    InvitationState.DO_NOT_CALL: _("Asked not to call"),
    InvitationState.NOT_OWNER: _("No longer the owner"),
    InvitationState.SERVED_ELSEWHERE: _("Served elsewhere"),
    InvitationState.EXPIRED: _("Expired"),
    InvitationState.CANCELLED: _("Cancelled"),
}

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
    # Back to in_progress: the operator took his call back; back to booked: the reception took its click back.
    _S.BOOKED: frozenset({_S.ARRIVED, _S.NO_SHOW, _S.PAID, _S.QUEUED, _S.CANCELLED, _S.IN_PROGRESS}),
    _S.ARRIVED: frozenset({_S.PAID, _S.CANCELLED, _S.BOOKED}),
    _S.NO_SHOW: frozenset({_S.QUEUED, _S.ARRIVED, _S.PAID, _S.EXPIRED, _S.BOOKED}),
    _S.PAID: frozenset(),
    **{ending: frozenset({_S.PAID, _S.IN_PROGRESS}) for ending in _ENDINGS},
}

# Nothing is left to do by an operator; an order may still make it paid.
ENDED_STATES = _ENDINGS | {_S.PAID}


def may_follow(state: InvitationState, to: InvitationState) -> bool:
    return to in TRANSITIONS[state]


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


SUPPRESSION_TITLES: dict[Suppression, str] = {
    Suppression.BLOCKED: _("The customer is blocked"),
    Suppression.NOT_OWNER: _("No longer the owner"),
    Suppression.NO_CONSENT: _("No consent to advertising"),
    Suppression.NO_CONTACT: _("No address for any channel of the programme"),
    Suppression.DO_NOT_DISTURB: _("Asked not to be disturbed"),
    Suppression.OPEN_APPOINTMENT: _("Already booked, or the car is in the workshop"),
    Suppression.VISITED_RECENTLY: _("Visited recently"),
    Suppression.ALREADY_INVITED: _("Already invited for this"),
    Suppression.CONTACTED_RECENTLY: _("Contacted recently"),
    Suppression.OUTRANKED: _("A more important programme has the car today"),
    Suppression.OVER_CAPACITY: _("No capacity on these days"),
    Suppression.HELD_OUT: _("In the control group"),
}
