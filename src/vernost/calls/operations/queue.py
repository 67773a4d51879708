"""Taking customers from the queue and giving them back: one operator at a time has one."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.timezone import localdate

from vernost.accounts import queries as accounts
from vernost.accounts.models import Branch, User
from vernost.accounts.rules import RuleSettings
from vernost.calls.operations.presence import person, set_presence
from vernost.calls.queries import gate, queue
from vernost.calls.queries.allowance import Allowance
from vernost.calls.queries.look import Look, look
from vernost.calls.rules.presence import Presence
from vernost.contacts.rules import Refusal
from vernost.core.actor import Actor, system
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.core.live import DESK, announce
from vernost.core.wall import whole_group_rows
from vernost.customers.models import Customer
from vernost.invitations.models import Invitation
from vernost.invitations.operations import transition
from vernost.invitations.rules import InvitationState
from vernost.workshop import queries as workshop

_S = InvitationState
Taken = TypeVar("Taken")

# Read this many at first; more only when that many operators ask at the same moment.
FIRST_LOOK = 24
# How often the look is widened fourfold, at most.
PATIENCE = 10
# How often a customer may be snatched away before it is no race any more.
MOST_TURNS = 50
# A customer put back is offered again after a pause, or the same operator would get him at once.
PUT_BACK_PAUSE = timedelta(minutes=15)

# The constraint by which only one operator rings a customer at a time.
_ONE_CALL = "one_call_at_a_time"

# What a refusal that will not pass by itself makes of an invitation.
_ENDS: dict[Refusal, InvitationState] = {
    Refusal.BLOCKED: _S.CANCELLED,
    Refusal.NO_CONSENT: _S.CANCELLED,
    Refusal.DO_NOT_DISTURB: _S.DO_NOT_CALL,
    Refusal.NO_ADDRESS: _S.WRONG_NUMBER,
}


class TakenByAnother(DomainError):
    code = "taken_by_another"
    text = _("%(name)s has just taken this customer")


class NotInTheQueue(DomainError):
    code = "not_in_the_queue"
    text = _("This invitation is no longer in the queue")


class AssignedToAnother(DomainError):
    code = "assigned_to_another"
    text = _("This customer is assigned to %(name)s")


def one_request_at_a_time(actor: Actor) -> None:
    """Let a double click wait for the first one, so that an operator never has two customers."""
    list(User.objects.select_for_update(no_key=True).filter(pk=person(actor)).values_list("pk"))


def held_by(actor: Actor, now: datetime) -> Invitation | None:
    """Return the customer that the actor has under a lease."""
    return _held_until(actor, now).order_by("-leased_until").first()


def _held_until(actor: Actor, now: datetime) -> QuerySet[Invitation]:
    mine = {"leased_by_id": actor.user_id, "leased_by__isnull": False}
    return queue.visible_to(actor).filter(**mine, state=_S.IN_PROGRESS, leased_until__gt=now)


def next_customer(*, actor: Actor, now: datetime) -> Invitation | None:
    """Give the actor the next customer of the queue under a lease; whom he already has, he keeps.

    None: nobody may be called now. No two operators ever get the same customer.
    """
    return again_where_taken(lambda: _next_customer(actor, now))


def again_where_taken(take_one: Callable[[], Taken]) -> Taken:
    """Take once more where another car of the same customer went to another operator a moment ago: he is seen now.

    The last refusal goes through: so many in a row mean that the one who takes does not see who is taken.
    """
    for _turn in range(MOST_TURNS - 1):
        try:
            return take_one()
        except IntegrityError as error:
            if _ONE_CALL not in str(error):
                raise
    return take_one()


# One telephone, one operator: whoever rings the customer, his branch does not matter; nor for whom he has booked.
@whole_group_rows()
@transaction.atomic
def _next_customer(actor: Actor, now: datetime) -> Invitation | None:
    one_request_at_a_time(actor)
    seen = look(actor, now)
    if seen.lease_ended and _return_expired(now):
        seen = look(actor, now)
    if seen.held and _renew(seen.held, actor, seen.allowance.settings, now):
        return Invitation.objects.get(pk=seen.held)
    limit = FIRST_LOOK
    for _try in range(PATIENCE):
        chosen, crowded = _take_next(actor, seen, limit)
        if chosen is not None:
            return chosen
        if not crowded:
            break
        limit *= 4
    set_presence(state=Presence.READY, actor=actor, now=now)
    return None


def _take_next(actor: Actor, seen: Look, limit: int) -> tuple[Invitation | None, bool]:
    """Return the first candidate that could be leased; else whether a lane was longer than what was looked at."""
    allowance = seen.allowance
    for ids in queue.candidates(seen, as_of=localdate(allowance.now), limit=limit):
        left = list(ids)
        while left and (chosen := queue.lock_first(left, user_id=actor.user_id, now=allowance.now)):
            if _may_be_called(chosen, allowance):
                _lease(chosen, actor, allowance.settings, allowance.now)
                return chosen, False
            left.remove(chosen.pk)
        if len(ids) >= limit:
            return None, True
    return None, False


def _may_be_called(invitation: Any, allowance: Allowance) -> bool:  # noqa: ANN401 - as `queue.to_be_taken` reads it
    """Ask the gate once more, of the customer as he is now; who may not be called leaves the queue's top."""
    now = allowance.now
    if invitation.booked and _already_booked(invitation, now):
        return False
    answer = gate.verdict(
        invitation,
        settings=allowance.settings,
        calendar=allowance.calendar,
        now=now,
        reachability=gate.reachability_in(invitation),
        contacts=invitation.contacts,
        at_home=invitation.at_home,
    )
    if answer.refusal is None:
        return True
    by_itself = system("queue")
    if answer.refusal in _ENDS:
        transition(invitation=invitation, to=_ENDS[answer.refusal], actor=by_itself, now=now, note=answer.refusal)
    else:
        invitation.next_try_at = answer.opens_at
        invitation.zone = zone_of(invitation)
        invitation.save(update_fields=["next_try_at", "zone"])
    return False


def _already_booked(invitation: Invitation, now: datetime) -> bool:
    """Somebody booked without us (another channel, an import): that is what the invitation wanted."""
    on = now.astimezone(gate.branch_zone(invitation)).date()
    found = workshop.expected_of(invitation.vehicle_id, invitation.customer_id, on)
    if found is None:
        return False
    invitation.appointment = found
    transition(invitation=invitation, to=_S.BOOKED, actor=system("queue"), now=now, note="booked otherwise")
    return True


def _lease(invitation: Invitation, actor: Actor, settings: RuleSettings, now: datetime) -> None:
    invitation.leased_by_id = actor.user_id
    invitation.leased_until = now + timedelta(minutes=settings.lease_minutes)
    transition(invitation=invitation, to=_S.IN_PROGRESS, actor=actor, now=now)
    set_presence(state=Presence.SERVING, actor=actor, now=now, news=True)


def _renew(invitation_id: int, actor: Actor, settings: RuleSettings, now: datetime) -> datetime | None:
    """Lengthen the actor's lease; None when the call has been saved, or the lease taken, since it was read."""
    until = now + timedelta(minutes=settings.lease_minutes)
    mine = Invitation.objects.filter(pk=invitation_id, state=_S.IN_PROGRESS, leased_by_id=actor.user_id)
    return until if mine.update(leased_until=until) else None


def take(*, invitation_id: int, actor: Actor, now: datetime) -> Invitation:
    """Give the actor the very customer he pointed at; the one he had goes back to the queue."""
    try:
        return _take(invitation_id, actor, now)
    except IntegrityError as error:
        if _ONE_CALL not in str(error):
            raise
        raise TakenByAnother(name=_name_of(None)) from error


@whole_group_rows()
@transaction.atomic
def _take(invitation_id: int, actor: Actor, now: datetime) -> Invitation:
    _return_expired(now)
    one_request_at_a_time(actor)
    invitation = queue.visible_to(actor).select_for_update(of=("self",)).get(pk=invitation_id)
    settings = accounts.rule_settings()
    own = invitation.state == _S.IN_PROGRESS and invitation.leased_by_id == actor.user_id
    if own and (until := _renew(invitation.pk, actor, settings, now)):
        invitation.leased_until = until
        return invitation
    _check_free(invitation, actor)
    release_all(actor=actor, now=now)
    _lease(invitation, actor, settings, now)
    return invitation


def _check_free(invitation: Invitation, actor: Actor) -> None:
    if invitation.state == _S.IN_PROGRESS:
        raise TakenByAnother(name=_name_of(invitation.leased_by))
    if invitation.state != _S.QUEUED:
        raise NotInTheQueue
    if invitation.assigned_to_id not in {None, actor.user_id}:
        raise AssignedToAnother(name=_name_of(invitation.assigned_to))


def _name_of(user: User | None) -> str:
    return user.display_name if user else _("Another operator")


@transaction.atomic
def keep(*, actor: Actor, now: datetime) -> datetime | None:
    """Renew the lease of the open page and tell that its operator is there; return until when."""
    until = now + timedelta(minutes=accounts.rule_settings().lease_minutes)
    # The customer first, then the presence: as saving a call does, or the two would wait for each other.
    renewed = _held_until(actor, now).update(leased_until=until)
    set_presence(state=Presence.SERVING if renewed else None, actor=actor, now=now)
    return until if renewed else None


@whole_group_rows()
@transaction.atomic
def put_back(*, invitation_id: int, actor: Actor, now: datetime) -> None:
    """Return the actor's customer to the queue without an attempt, for a while."""
    invitation = _held_for_update(actor).get(pk=invitation_id)
    pause = now + PUT_BACK_PAUSE
    invitation.next_try_at = max(invitation.next_try_at or pause, pause)
    transition(invitation=invitation, to=_S.QUEUED, actor=actor, now=now, note="put back")
    set_presence(state=Presence.READY, actor=actor, now=now, news=True)


@whole_group_rows()
@transaction.atomic
def release_all(*, actor: Actor, now: datetime) -> None:
    """Return whatever the actor holds to its place in the queue."""
    for invitation in _held_for_update(actor):
        _return(invitation, actor, now, "released")


def _held_for_update(actor: Actor) -> QuerySet[Invitation]:
    held = Invitation.objects.filter(state=_S.IN_PROGRESS, leased_by_id=actor.user_id, leased_by__isnull=False)
    return held.select_for_update(of=("self",)).order_by("pk")


@transaction.atomic
def return_expired(*, now: datetime) -> int:
    """Bring customers whose lease ran out back to the queue; one who was booked meanwhile is booked."""
    return _return_expired(now)


def _return_expired(now: datetime) -> int:
    ended = Invitation.objects.filter(state=_S.IN_PROGRESS, leased_until__lte=now)
    found = list(ended.select_for_update(of=("self",), skip_locked=True).order_by("pk"))
    for invitation in found:
        _return(invitation, system("lease"), now, "lease ended")
    return len(found)


def _return(invitation: Invitation, actor: Actor, now: datetime, note: str) -> None:
    booked = invitation.appointment is not None and invitation.appointment.status in workshop.EXPECTED
    transition(invitation=invitation, to=_S.BOOKED if booked else _S.QUEUED, actor=actor, now=now, note=note)
    announce(DESK)


@transaction.atomic
def wake_retries(*, now: datetime) -> int:
    """Let waiting retries whose time has come join the ready ones, where they are read in order."""
    due = Invitation.objects.filter(state=_S.QUEUED, is_callback=False, next_try_at__lte=now)
    ids = due.select_for_update(skip_locked=True).values_list("pk", flat=True)
    return Invitation.objects.filter(pk__in=list(ids)).update(next_try_at=None)


def zone_of(invitation: Invitation) -> str:
    return invitation.customer.timezone or (invitation.branch.timezone if invitation.branch else "")


@transaction.atomic
def place_in_zones(*, only_new: bool) -> int:
    """Write each waiting invitation's time zone: of those that have none yet, or of all that differ."""
    stated = Customer.objects.filter(pk=OuterRef("customer_id")).values("timezone")
    of_branch = Branch.objects.filter(pk=OuterRef("branch_id")).values("timezone")
    zone = Coalesce(NullIf(Subquery(stated), Value("")), Subquery(of_branch), Value(""))
    waiting = Invitation.objects.filter(state=_S.QUEUED)
    if only_new:
        waiting = waiting.filter(zone="")
    return waiting.annotate(actual=zone).exclude(zone=F("actual")).update(zone=F("actual"))
