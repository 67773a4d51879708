"""Writing down what came of a call: the attempt, the customer's answer and where the invitation goes."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import BigIntegerField, QuerySet

from vernost.calls.operations import consequences, saving
from vernost.calls.operations.presence import person, set_presence
from vernost.calls.operations.queue import NotInTheQueue, TakenByAnother, next_customer
from vernost.calls.operations.saving import Dialled, Found, Known, Saved
from vernost.calls.queries import gate, scope
from vernost.calls.queries.allowance import hours_of
from vernost.calls.rules import outcomes
from vernost.calls.rules.outcomes import When
from vernost.calls.rules.presence import Presence
from vernost.contacts.rules import NEXT_NUMBER, REACHED, UNANSWERED, Outcome, next_allowed
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.core.prepared import Given, Prepared
from vernost.core.wall import whole_group_rows
from vernost.customers.models import ContactAddress
from vernost.customers.rules.consents import Purpose
from vernost.invitations.models import Invitation
from vernost.invitations.operations import transition
from vernost.invitations.rules import InvitationState, RetryPlan, next_try
from vernost.vehicles.models import OdometerReading
from vernost.workshop import queries as workshop

_S = InvitationState


class CallKeyReused(DomainError):
    code = "call_key_reused"
    text = _("This call was already saved with another outcome: open the customer again")


@dataclass(frozen=True, slots=True)
class CallResult:
    """What the operator says of a call. `address` is the number he dialled, empty for the first one.

    `other` is the moment of a call-back when `when` is OTHER. `told_km`: the mileage the customer named.
    `no_advertising`: he forbade advertising by every channel, whatever else came of the call.
    """

    outcome: Outcome
    note: str = ""
    address: str = ""
    when: When | None = None
    other: datetime | None = None
    decline_reason: str = ""
    told_km: int | None = None
    no_advertising: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """`next_try_at`: when the customer will be called again, None for at once or never.

    `same_customer`: another number of his is left, and the operator still has him. `zone`: his clock.
    """

    key: UUID
    invitation_id: int
    attempt_number: int
    state: InvitationState
    next_try_at: datetime | None
    same_customer: bool
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class _Call:
    """A call being written down: all that its consequences depend on."""

    key: UUID
    invitation: Invitation
    result: CallResult
    outcome: Outcome
    found: Found
    address: Dialled | None
    actor: Actor
    now: datetime
    on: date
    effects: consequences.Effects

    def move(self, to: InvitationState, note: str = "") -> None:
        transition(invitation=self.invitation, to=to, actor=self.actor, now=self.now, note=note or self.outcome.value)


def _to_be_saved() -> QuerySet[Invitation]:
    rows = scope.within(Invitation.objects.filter(pk=Given("invitation", BigIntegerField())))
    rows = rows.select_related("customer", "branch", "programme", "appointment", "leased_by")
    return rows.select_for_update(of=("self",))


_TO_BE_SAVED = Prepared(_to_be_saved)


# A call settles what waits for the customer in every branch.
@whole_group_rows()
@transaction.atomic
def record_outcome(*, invitation_id: int, result: CallResult, key: UUID, actor: Actor, now: datetime) -> Recorded:
    """Save a call once for its key: the interaction, the attempt and the invitation's move in one transaction."""
    recorded = _record(invitation_id, result, key, actor, now)
    state = Presence.SERVING if recorded.same_customer else Presence.READY
    set_presence(state=state, actor=actor, now=now, news=True)
    return recorded


@transaction.atomic
def _record(invitation_id: int, result: CallResult, key: UUID, actor: Actor, now: datetime) -> Recorded:
    user_id = person(actor)
    invitation = _TO_BE_SAVED.first(invitation=invitation_id, **scope.of(actor))
    if invitation is None:
        raise Invitation.DoesNotExist
    found, digest = saving.found_of(invitation, key), _digest(invitation_id, result)
    if found.known is not None:
        return _known(found.known, key, digest, invitation, user_id)
    _check_mine(invitation, actor, now)
    before = consequences.snapshot(invitation)
    call = _Call(
        key=key,
        invitation=invitation,
        result=result,
        outcome=outcomes.stated(result.outcome, result.decline_reason),
        found=found,
        address=_address(found.phones, result.address),
        actor=actor,
        now=now,
        on=now.astimezone(gate.branch_zone(invitation)).date(),
        effects={},
    )
    invitation.attempts += 1
    invitation.first_attempt_on = invitation.first_attempt_on or call.on
    _follow(call)
    saving.write(invitation, _saved(call, key, digest, before), actor=actor, now=now, on=call.on)
    return _recorded(key, invitation, invitation.attempts)


def _saved(call: _Call, key: UUID, digest: str, before: dict[str, Any]) -> Saved:
    return Saved(
        key=key,
        digest=digest,
        outcome=call.outcome,
        reached=call.outcome in REACHED,
        address=call.address.value if call.address else "",
        text=call.result.note,
        before={**before, "effects": call.effects},
    )


def save_and_next(
    *, invitation_id: int, result: CallResult, key: UUID, actor: Actor, now: datetime
) -> tuple[Recorded, Invitation | None]:
    """Save the call, then take the next customer. The call stays saved where there is nobody to take."""
    recorded = _record(invitation_id, result, key, actor, now)
    if recorded.same_customer:
        set_presence(state=Presence.SERVING, actor=actor, now=now, news=True)
    # Where the operator is after that, the next customer says, or that there is none.
    return recorded, next_customer(actor=actor, now=now)


def _digest(invitation_id: int, result: CallResult) -> str:
    words = json.dumps([invitation_id, asdict(result)], default=str, sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()


def _known(known: Known, key: UUID, digest: str, invitation: Invitation, user_id: int) -> Recorded:
    if known.digest != digest or known.user_id != user_id or known.undone_at is not None:
        raise CallKeyReused
    return _recorded(key, invitation, known.number or invitation.attempts)


def _recorded(key: UUID, invitation: Invitation, number: int) -> Recorded:
    state, zone = InvitationState(invitation.state), gate.clock_of(invitation)
    return Recorded(key, invitation.pk, number, state, invitation.next_try_at, state is _S.IN_PROGRESS, zone)


def _check_mine(invitation: Invitation, actor: Actor, now: datetime) -> None:
    """A lease that ran out while he talked does not cost the operator his note, unless another has come."""
    if invitation.state == _S.IN_PROGRESS and invitation.leased_by_id != actor.user_id:
        raise TakenByAnother(name=invitation.leased_by.display_name if invitation.leased_by else "")
    if invitation.state == _S.QUEUED:
        invitation.leased_by_id, invitation.leased_until = actor.user_id, now
        transition(invitation=invitation, to=_S.IN_PROGRESS, actor=actor, now=now, note="lease had ended")
    if invitation.state != _S.IN_PROGRESS:
        raise NotInTheQueue


def _address(phones: Sequence[Dialled], dialled: str) -> Dialled | None:
    return next((phone for phone in phones if phone.value == dialled), phones[0] if phones else None)


def _follow(call: _Call) -> None:
    if call.result.told_km and call.invitation.vehicle_id:
        _write_reading(call, call.invitation.vehicle_id, call.result.told_km)
    if call.result.no_advertising and call.outcome in REACHED:
        _refuse(call, Purpose.ADVERTISING)
    if call.outcome in UNANSWERED:
        _try_again(call)
    elif call.outcome in outcomes.WAITS_FOR_A_TIME:
        _call_back(call)
    elif call.outcome in NEXT_NUMBER:
        _next_number(call)
    else:
        _end(call)
    if call.found.others:
        consequences.rest_of_the_customer(call.invitation, call.outcome, call.actor, call.now, call.effects)


def _write_reading(call: _Call, vehicle_id: int, km: int) -> None:
    reading, made = OdometerReading.objects.get_or_create(
        vehicle_id=vehicle_id, on=call.on, km=km, defaults={"origin": "call"}
    )
    if made:
        call.effects["reading"] = reading.pk


def _try_again(call: _Call) -> None:
    invitation, programme = call.invitation, call.invitation.programme
    answer = next_try(
        _unanswered_in_a_row([*call.found.attempts, (call.now, call.outcome)]),
        plan=RetryPlan(
            delays=programme.attempt_delays or RetryPlan().delays,
            attempts_max=programme.attempts_max,
            min_days=programme.attempts_min_days,
            hours=hours_of(programme),
        ),
        zones=gate.customer_zones(invitation),
        calendar=call.found.ground.calendar,
    )
    if answer.at is None:
        call.move(_S.UNREACHABLE)
        return
    invitation.next_try_at = answer.at
    invitation.is_callback = False
    call.move(_S.QUEUED)


def _unanswered_in_a_row(attempts: Sequence[tuple[datetime, str]]) -> Sequence[datetime]:
    """Return the attempts since the person last spoke: a talk begins the counting anew."""
    moments: list[datetime] = []
    for at, outcome in attempts:
        if outcome in UNANSWERED:
            moments.append(at)
        elif outcome in REACHED:
            moments = []
    return moments


def _call_back(call: _Call) -> None:
    invitation, result = call.invitation, call.result
    if result.when is None:
        raise outcomes.MomentMissing
    zones, hours = gate.customer_zones(invitation), hours_of(invitation.programme)
    promised = outcomes.call_back_at(result.when, call.now, zones[0], result.other)
    moment = next_allowed(promised, zones=zones, hours=hours, calendar=call.found.ground.calendar)
    invitation.next_try_at, invitation.is_callback = moment, True
    if invitation.expires_on is not None:
        # What was promised is kept, even after the programme's grace.
        invitation.expires_on = max(invitation.expires_on, (moment + timedelta(days=1)).date())
    call.move(_S.QUEUED)


def _next_number(call: _Call) -> None:
    invitation = call.invitation
    if call.address is not None:
        ContactAddress.objects.filter(pk=call.address.id).update(invalid_on=call.on)
        call.effects["address"] = call.address.id
    if not any(phone is not call.address for phone in call.found.phones):
        call.move(_S.WRONG_NUMBER)
        return
    # The operator goes on with the next number at once: out of his hands and back, both written down.
    lease = invitation.leased_by, invitation.leased_until
    call.move(_S.QUEUED)
    invitation.leased_by, invitation.leased_until = lease
    call.move(_S.IN_PROGRESS, "next number")


def _end(call: _Call) -> None:
    invitation, result = call.invitation, call.result
    if call.outcome is Outcome.BOOKED:
        appointment = invitation.appointment
        if appointment is None or appointment.status not in workshop.EXPECTED:
            raise outcomes.NotBooked
    if call.outcome in {Outcome.DECLINED, Outcome.SERVED_ELSEWHERE}:
        _check_reason(result.decline_reason, call.found.reasons)
        invitation.decline_reason = result.decline_reason
    if call.outcome is Outcome.CAR_SOLD:
        consequences.end_ownership(invitation, call.on, call.effects)
    if call.outcome is Outcome.DO_NOT_CALL:
        _refuse(call, Purpose.CONTACT)
    invitation.is_callback = False
    call.move(outcomes.ENDS_IN[call.outcome])


def _refuse(call: _Call, purpose: Purpose) -> None:
    line = consequences.refuse(
        call.invitation, purpose, key=call.key, on=call.on, note=call.result.note, actor=call.actor, now=call.now
    )
    call.effects["refused"] = [*call.effects.get("refused", ()), line]


def _check_reason(code: str, active: Collection[str]) -> None:
    if code != outcomes.SERVED_ELSEWHERE and code not in active:
        raise outcomes.ReasonMissing
