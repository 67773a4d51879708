"""The desk's columns: the customer in hand with everything to say, and the queue beside him."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    Count,
    DateTimeField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate

from vernost.calls.models import CallDraft
from vernost.calls.queries import card, gate, life, queue, scope
from vernost.calls.queries.allowance import Allowance, hours_of
from vernost.calls.queries.card import Car, Consent, History
from vernost.calls.queries.columns import fetched
from vernost.calls.queries.gate import Address, Verdict
from vernost.calls.queries.life import Around
from vernost.calls.queries.look import Look, look
from vernost.calls.queries.reason import reason_of
from vernost.calls.queries.works import works_of
from vernost.calls.rules.works import Work
from vernost.contacts.rules import next_allowed, zones_of
from vernost.core.actor import Actor
from vernost.core.i18n import Text
from vernost.core.prepared import Given, OneOf, Prepared
from vernost.core.wall import whole_group_rows
from vernost.customers.models import AddressKind
from vernost.invitations.models import ContactAttempt, Invitation, InvitationEvent
from vernost.invitations.rules import InvitationState
from vernost.workshop.models import Appointment, AppointmentStatus

_S = InvitationState
_KEYS = UUID("6f0f5f0c-5d6e-4d0e-9a52-7a8f5b1c3d10")

ROWS_SHOWN = 30
COUNTED_UP_TO = 1000


@dataclass(frozen=True, slots=True)
class Subject:
    """The customer in hand: why he is called and what may be said and done now.

    `key` is that of the next call under this lease, by the taking and the attempt: the same in every tab, so
    that a call is saved once.
    """

    invitation: Invitation
    key: UUID
    taken_at: datetime
    reason: Text
    attempt: int
    addresses: Sequence[Address]
    consent: Consent
    verdict: Verdict
    hours: tuple[time, time] | None
    zone: ZoneInfo
    zone_known: bool
    cars: Sequence[Car]
    works: Sequence[Work]
    history: History
    draft: str
    appointment: Appointment | None

    @property
    def zone_differs(self) -> bool:
        """Whether his clock is another than the branch's."""
        return self.zone.key != gate.branch_zone(self.invitation).key

    @property
    def phones(self) -> list[Address]:
        return [address for address in self.addresses if address.kind == AddressKind.PHONE]


def _held() -> QuerySet[Any]:
    user, now = Given("user", BigIntegerField()), Given("now", DateTimeField())
    taken = InvitationEvent.objects.filter(invitation_id=OuterRef("pk"), to_state=_S.IN_PROGRESS).order_by("-pk")
    draft = CallDraft.objects.filter(invitation_id=OuterRef("pk"), user_id=user)
    held = (
        scope.within(Invitation.objects.filter(state=_S.IN_PROGRESS, leased_by_id=user, leased_until__gt=now))
        .select_related("customer", "vehicle", "programme", "branch", "appointment")
        .annotate(
            taken_event=Subquery(taken.values("pk")[:1]),
            taken_at=Subquery(taken.values("at")[:1]),
            draft=Coalesce(Subquery(draft.values("text")[:1]), Value("", TextField())),
        )
        .order_by("-leased_until")
    )
    return gate.with_reachability(held, company="branch__legal_entity")[:1]


_HELD: Prepared[Invitation] = Prepared(_held)


# Whom an operator has in hand he serves with the whole history of the car; each part asks for his scope itself.
@whole_group_rows()
def in_hand(actor: Actor, now: datetime) -> tuple[Subject | None, Around]:
    """Return the customer whom the actor has under a lease, with all that the desk shows beside him."""
    held = _HELD.first(user=actor.user_id or 0, now=now, **scope.of(actor))
    return _subject(held, actor, now) if held else (None, life.around(actor))


def _subject(held: Any, actor: Actor, now: datetime) -> tuple[Subject, Around]:  # noqa: ANN401 - as `_held` reads it
    invitation: Invitation = held
    zone, zones = gate.branch_zone(invitation), gate.customer_zones(invitation)
    on = now.astimezone(zone).date()
    reach = gate.reachability_in(held)
    lived, offer, around = life.of_call(invitation, actor=actor)
    known = around.ground
    history = card.history_of(invitation.customer_id, life=lived, actor=actor, on=on, zone=zone)
    contacts = [day for day, of_invitation in history.contacts if of_invitation != invitation.pk]
    booked = invitation.appointment
    subject = Subject(
        invitation=invitation,
        key=uuid5(_KEYS, f"{invitation.pk}:{held.taken_event}:{invitation.attempts}"),
        taken_at=held.taken_at or now,
        reason=reason_of(invitation, as_of=on),
        attempt=invitation.attempts + 1,
        addresses=gate.shown_addresses(reach.addresses, actor),
        consent=card.consent_of(reach.statements, on),
        verdict=gate.verdict(
            invitation,
            settings=known.settings,
            calendar=known.calendar,
            now=now,
            reachability=reach,
            contacts=contacts,
            at_home=lived.at_home,
        ),
        hours=hours_of(invitation.programme).of(known.calendar.day_type(now.astimezone(zones[0]).date())),
        zone=zones[0],
        zone_known=len(zones) == 1,
        cars=card.cars_of(lived, subject=invitation.vehicle_id, on=on),
        works=works_of(invitation, orders=history.orders, offer=offer),
        history=history,
        draft=held.draft,
        appointment=booked if booked and booked.status != AppointmentStatus.CANCELLED else None,
    )
    return subject, around


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the queue. `lane` names its colour; `at` the call-back's or the next try's moment, None: now.

    `late_minutes`: for how long a call-back has been due; 0: it is not.
    """

    id: int
    name: str
    car: str
    plate: str
    why: str
    lane: str
    at: datetime | None
    late_minutes: int
    is_mine: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """Each counted up to `COUNTED_UP_TO`: a longer queue is only "more than that"."""

    mine: int
    call_backs: int
    waiting: int


_COUNTS = """
SELECT
  (SELECT count(*) FROM (SELECT FROM invitations_invitation
    WHERE {scope} AND state = 'queued' AND assigned_to_id = %(user)s LIMIT %(most)s) AS own),
  (SELECT count(*) FROM (SELECT FROM invitations_invitation
    WHERE {scope} AND state = 'queued' AND next_try_at IS NOT NULL AND is_callback
      AND (assigned_to_id IS NULL OR assigned_to_id = %(user)s) LIMIT %(most)s) AS promised),
  (SELECT count(*) FROM (SELECT FROM invitations_invitation
    WHERE {scope} AND state = 'queued' LIMIT %(most)s) AS waiting),
  (SELECT id FROM invitations_invitation WHERE {scope} AND state = 'in_progress' AND leased_by_id = %(user)s
   AND leased_until > %(now)s ORDER BY leased_until DESC LIMIT 1),
  made.attempts, made.reached, made.booked
FROM (SELECT count(*) AS attempts, count(*) FILTER (WHERE reached) AS reached,
             count(*) FILTER (WHERE outcome = 'booked') AS booked
      FROM invitations_contactattempt WHERE user_id = %(user)s AND "on" = %(today)s) made
"""


@dataclass(frozen=True, slots=True)
class Side:
    """What stands beside the customer: the queue's size, who is in hand, the operator's day."""

    counts: Counts
    held: int | None
    figures: "DayFigures"


# An operator's day is all that he did in it, wherever he may call today.
@whole_group_rows()
def side(actor: Actor, now: datetime) -> Side:
    within = "branch_id = ANY(%(branches)s)" if actor.branch_ids is not None else "true"
    values = {
        "branches": sorted(actor.branch_ids or ()),
        "user": actor.user_id,
        "most": COUNTED_UP_TO,
        "now": now,
        "today": localdate(now),
    }
    mine, call_backs, waiting, held, *figures = fetched(_COUNTS.format(scope=within), values)
    return Side(Counts(mine, call_backs, waiting), held, DayFigures(*figures))


def _open_to(actor: Actor) -> Q:
    return Q(assigned_to=None) | Q(assigned_to_id=actor.user_id or 0)


def rows(tab: str, *, actor: Actor, current: int | None, now: datetime) -> list[Row]:
    """Return the head of a tab (`mine`, `callbacks`, `all`): who is next first, then who waits for his time."""
    if tab == "all":
        ids = _next_ids(actor, look(actor, now), now)
    else:
        waiting = queue.visible_to(actor).filter(state=_S.QUEUED)
        mine = Q(assigned_to_id=actor.user_id or 0)
        promised = Q(is_callback=True, next_try_at__isnull=False)
        chosen = waiting.filter(mine) if tab == "mine" else waiting.filter(_open_to(actor), promised)
        order = chosen.order_by("next_try_at" if tab == "callbacks" else "-is_callback", "-value", "due_on", "pk")
        ids = list(order.values_list("pk", flat=True)[:ROWS_SHOWN])
    return _rows(_with_current(ids, current), actor, current, now)


def _next_ids(actor: Actor, seen: Look, now: datetime) -> list[int]:
    ids: list[int] = []
    for lane in queue.candidates(seen, as_of=localdate(now), limit=ROWS_SHOWN):
        ids += [pk for pk in lane if pk not in ids]
        if len(ids) >= ROWS_SHOWN:
            return ids[:ROWS_SHOWN]
    soon = queue.visible_to(actor).filter(_open_to(actor), state=_S.QUEUED, next_try_at__gt=now)
    later = soon.order_by("next_try_at", "pk").values_list("pk", flat=True)
    return [*ids, *later[: ROWS_SHOWN - len(ids)]]


def _with_current(ids: list[int], current: int | None) -> list[int]:
    return ids if current is None else [current, *(pk for pk in ids if pk != current)]


def _shown() -> QuerySet[Invitation]:
    rows = Invitation.objects.filter(OneOf(F("pk"), Given("ids", ArrayField(BigIntegerField()))))
    return (
        scope.within(rows)
        .select_related("customer", "vehicle", "programme")
        .only(
            "next_try_at",
            "is_callback",
            "assigned_to",
            "customer__full_name",
            "vehicle__make",
            "vehicle__model",
            "vehicle__plate",
            "programme__title",
            "programme__kind",
        )
    )


_SHOWN = Prepared(_shown)


def _rows(ids: Sequence[int], actor: Actor, current: int | None, now: datetime) -> list[Row]:
    found = {row.pk: row for row in _SHOWN.rows(ids=list(ids), **scope.of(actor))}
    return [_row(found[pk], actor, current, now) for pk in ids if pk in found]


def _row(invitation: Invitation, actor: Actor, current: int | None, now: datetime) -> Row:
    at = invitation.next_try_at
    return Row(
        id=invitation.pk,
        name=invitation.customer.full_name,
        car=str(invitation.vehicle) if invitation.vehicle else "",
        plate=invitation.vehicle.plate if invitation.vehicle else "",
        why=invitation.programme.title,
        lane="callback" if invitation.is_callback else invitation.programme.kind,
        at=at if at is not None and (invitation.is_callback or at > now) else None,
        late_minutes=int((now - at).total_seconds() // 60) if invitation.is_callback and at and at < now else 0,
        is_mine=invitation.assigned_to_id is not None and invitation.assigned_to_id == actor.user_id,
        is_current=invitation.pk == current,
    )


@dataclass(frozen=True, slots=True)
class Nobody:
    """Why nobody is in hand.

    `available`: the operator has not asked. Else why there is nobody to call: `no_branches`, `nothing`,
    `hours` or `waiting`; `at` says until when.
    """

    why: str
    at: datetime | None = None


def nobody(actor: Actor, now: datetime) -> Nobody:
    if actor.branch_ids is not None and not actor.branch_ids:
        return Nobody("no_branches")
    seen = look(actor, now)
    if any(queue.candidates(seen, as_of=localdate(now), limit=1)):
        return Nobody("available")
    waiting = queue.visible_to(actor).filter(_open_to(actor), state=_S.QUEUED)
    later = waiting.filter(next_try_at__gt=now).order_by("next_try_at").values_list("next_try_at", flat=True).first()
    ready = waiting.filter(Q(next_try_at=None) | Q(next_try_at__lte=now))
    zones = list(ready.values_list("zone", "programme_id").distinct()[:200])
    if zones:
        opens = _first_opening(zones, seen.allowance)
        return Nobody("hours", min(filter(None, [opens, later])))
    return Nobody("waiting", later) if later else Nobody("nothing")


def _first_opening(zones: Iterable[tuple[str, int]], allowance: Allowance) -> datetime:
    return min(
        next_allowed(
            allowance.now,
            zones=zones_of(stated=zone, branch=""),
            hours=allowance.hours[programme_id],
            calendar=allowance.calendar,
        )
        for zone, programme_id in zones
    )


@dataclass(frozen=True, slots=True)
class DayFigures:
    """An operator's day; `share` of the attempts that ended in a booking."""

    attempts: int
    reached: int
    booked: int

    @property
    def share(self) -> float | None:
        return self.booked / self.attempts if self.attempts else None


def day_figures(user_ids: Sequence[int], on: date) -> dict[int, DayFigures]:
    rows = (
        ContactAttempt.objects.filter(user_id__in=user_ids, on__range=(on, on))
        .values("user_id")
        .annotate(
            attempts=Count("pk"),
            reached=Count("pk", filter=Q(reached=True)),
            booked=Count("pk", filter=Q(outcome="booked")),
        )
    )
    return {row["user_id"]: DayFigures(row["attempts"], row["reached"], row["booked"]) for row in rows}


def week_of(invitation: Invitation, now: datetime) -> date:
    """Return the Monday of the week in which a visit makes sense first: from tomorrow on, not before it is due."""
    today = now.astimezone(gate.branch_zone(invitation)).date()
    day = max(today + timedelta(days=1), min(invitation.due_on, today + timedelta(days=14)))
    return day - timedelta(days=day.weekday())
