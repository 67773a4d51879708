"""What a call changes beside its invitation, remembered so that a mistaken outcome can be taken back."""

from datetime import date, datetime, time, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from vernost.accounts import queries as accounts
from vernost.calls.models import RecordedCall
from vernost.calls.operations import queue as leases
from vernost.calls.operations.presence import person
from vernost.calls.queries import gate
from vernost.contacts.rules import Outcome
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.core.wall import whole_group_rows
from vernost.customers import operations as customers
from vernost.customers.models import ContactAddress
from vernost.customers.operations import Said
from vernost.customers.rules.consents import CHANNELS, Purpose, Way
from vernost.invitations.models import Invitation
from vernost.invitations.operations import transition
from vernost.invitations.rules import InvitationState
from vernost.vehicles.models import OdometerReading, Ownership, VehicleEvent, VehicleEventKind

_S = InvitationState

# What was made or changed beside the invitation, by primary key.
Effects: TypeAlias = dict[str, Any]

UNDO_WITHIN = timedelta(minutes=10)
_FIELDS = ("is_callback", "attempts", "decline_reason")
_MOMENTS = ("next_try_at",)
_DAYS = ("first_attempt_on", "expires_on")


class TooLateToUndo(DomainError):
    code = "too_late_to_undo"
    text = _("This can no longer be undone")


def snapshot(invitation: Invitation) -> dict[str, Any]:
    """Return what the invitation was before the call, as JSON can hold it."""
    plain = {name: getattr(invitation, name) for name in _FIELDS}
    dated = {name: value.isoformat() if (value := getattr(invitation, name)) else None for name in (*_MOMENTS, *_DAYS)}
    return {**plain, **dated}


def end_ownership(invitation: Invitation, on: date, effects: Effects) -> None:
    """The car is sold: its present owner owns it no longer, and it is known from whom and when."""
    if invitation.vehicle_id is None:
        return
    current = Ownership.objects.filter(
        vehicle_id=invitation.vehicle_id, customer_id=invitation.customer_id, owned_until=None
    ).select_for_update()
    for ownership in current:
        ownership.owned_until = max(on, ownership.owned_from or on)
        ownership.save(update_fields=["owned_until"])
        effects["ownership"] = ownership.pk
    event = VehicleEvent.objects.create(vehicle_id=invitation.vehicle_id, on=on, kind=VehicleEventKind.CAR_SOLD)
    effects["event"] = event.pk


def refuse(
    invitation: Invitation, purpose: Purpose, *, key: UUID, on: date, note: str, actor: Actor, now: datetime
) -> int:
    """Write into the ledger of consents what the customer forbade in the call; return the line."""
    channels = ("calls",) if purpose is Purpose.CONTACT else CHANNELS
    said = Said(purpose, dict.fromkeys(channels, False), Way.CALL, on, note, f"call:{key}")
    return customers.record_in_call(customer_id=invitation.customer_id, said=said, actor=actor, now=now).pk


# What waits for the same customer and is not promised waits until tomorrow; the moments before are given back.
_POSTPONE = """
UPDATE invitations_invitation waiting SET next_try_at = %(tomorrow)s
FROM (SELECT id, next_try_at FROM invitations_invitation
      WHERE customer_id = %(customer)s AND state = 'queued' AND id <> %(but)s AND NOT is_callback
        AND (next_try_at IS NULL OR next_try_at < %(tomorrow)s)
      ORDER BY id FOR UPDATE) before
WHERE waiting.id = before.id
RETURNING waiting.id, before.next_try_at
"""


def rest_of_the_customer(
    invitation: Invitation, outcome: Outcome, actor: Actor, now: datetime, effects: Effects
) -> None:
    """Nobody rings the same person twice in a day: his other waiting invitations end with this one or wait."""
    others = Invitation.objects.filter(customer_id=invitation.customer_id, state=_S.QUEUED).exclude(pk=invitation.pk)
    ended: list[int] = []
    goal, reach = _ending_of_others(invitation, outcome)
    if goal is not None:
        for other in others.filter(reach).select_for_update().order_by("pk"):
            transition(invitation=other, to=goal, actor=actor, now=now, note=outcome.value)
            ended.append(other.pk)
        effects["ended"] = ended
    zone = gate.branch_zone(invitation)
    tomorrow = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time.min, zone)
    with connection.cursor() as cursor:
        cursor.execute(_POSTPONE, {"customer": invitation.customer_id, "but": invitation.pk, "tomorrow": tomorrow})
        moved = {str(pk): at.isoformat() if at else None for pk, at in cursor.fetchall()}
    if moved:
        effects["postponed"] = moved


def _ending_of_others(invitation: Invitation, outcome: Outcome) -> tuple[InvitationState | None, Q]:
    if outcome is Outcome.DO_NOT_CALL:
        return _S.DO_NOT_CALL, Q()
    if outcome is Outcome.CAR_SOLD and invitation.vehicle_id is not None:
        return _S.NOT_OWNER, Q(vehicle_id=invitation.vehicle_id)
    return None, Q()


@whole_group_rows()
@transaction.atomic
def undo_call(*, key: UUID, actor: Actor, now: datetime) -> Invitation:
    """Take back the operator's own call of the last minutes; he has the customer again, as before it.

    The attempt and everything it changed go; the events of the invitation stay, with one more.
    """
    leases.one_request_at_a_time(actor)
    mine = RecordedCall.objects.filter(user_id=person(actor)).select_related("attempt")
    recorded = mine.select_for_update(of=("self",)).get(key=key)
    invitation = Invitation.objects.select_for_update().get(pk=recorded.invitation_id)
    attempt = recorded.attempt
    if attempt is None or attempt.number != invitation.attempts or now - recorded.at > UNDO_WITHIN:
        raise TooLateToUndo
    if _S(invitation.state) in {_S.ARRIVED, _S.PAID, _S.NO_SHOW} or _taken_by_another(invitation, actor):
        raise TooLateToUndo
    leases.release_all(actor=actor, now=now)
    invitation.refresh_from_db()
    _undo_effects(recorded.before.get("effects", {}), actor, now)
    _restore(invitation, recorded.before)
    recorded.attempt, recorded.undone_at = None, now
    recorded.save(update_fields=["attempt", "undone_at"])
    interaction = attempt.interaction
    attempt.delete()
    interaction.delete()
    minutes = accounts.rule_settings().lease_minutes
    invitation.leased_by_id, invitation.leased_until = actor.user_id, now + timedelta(minutes=minutes)
    transition(invitation=invitation, to=_S.IN_PROGRESS, actor=actor, now=now, note="call undone")
    return invitation


def _taken_by_another(invitation: Invitation, actor: Actor) -> bool:
    return invitation.state == _S.IN_PROGRESS and invitation.leased_by_id != actor.user_id


def _restore(invitation: Invitation, before: dict[str, Any]) -> None:
    for name in _FIELDS:
        setattr(invitation, name, before[name])
    for name in _MOMENTS:
        setattr(invitation, name, datetime.fromisoformat(before[name]) if before[name] else None)
    for name in _DAYS:
        setattr(invitation, name, date.fromisoformat(before[name]) if before[name] else None)


def _undo_effects(effects: Effects, actor: Actor, now: datetime) -> None:
    ContactAddress.objects.filter(pk=effects.get("address", 0)).update(invalid_on=None)
    Ownership.objects.filter(pk=effects.get("ownership", 0)).update(owned_until=None)
    VehicleEvent.objects.filter(pk=effects.get("event", 0)).delete()
    for line in effects.get("refused", ()):
        customers.take_back(entry_id=line, actor=actor, now=now)
    OdometerReading.objects.filter(pk=effects.get("reading", 0)).delete()
    for other in Invitation.objects.filter(pk__in=effects.get("ended", ())).select_for_update().order_by("pk"):
        transition(invitation=other, to=_S.IN_PROGRESS, actor=actor, now=now, note="call undone")
        transition(invitation=other, to=_S.QUEUED, actor=actor, now=now, note="call undone")
    for pk, at in effects.get("postponed", {}).items():
        Invitation.objects.filter(pk=int(pk), state=_S.QUEUED).update(
            next_try_at=datetime.fromisoformat(at) if at else None
        )
