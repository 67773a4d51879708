"""The calling centre as its supervisor sees it: who does what, what is late, where the work lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import BigIntegerField, Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.utils.timezone import localdate

from vernost.accounts import queries as accounts
from vernost.accounts.models import User
from vernost.calls.queries import queue
from vernost.calls.queries.desk import DayFigures, day_figures
from vernost.calls.queries.look import RECALL_ANCHOR
from vernost.calls.rules.order import NEAR, Lane
from vernost.calls.rules.presence import Presence, presence_at
from vernost.core.actor import Actor, Role
from vernost.core.wall import whole_group_rows
from vernost.invitations.models import Invitation
from vernost.invitations.rules import InvitationState

_S = InvitationState
LATE_SHOWN = 50
_BEHIND = max(Lane) + 1


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """An operator now and today. `since` of the state; `customer` is the one in hand."""

    id: int
    name: str
    presence: Presence
    since: datetime | None
    customer: str
    programme: str
    leased_until: datetime | None
    figures: DayFigures
    assigned: int
    late: int


@dataclass(frozen=True, slots=True)
class ProgrammeLoad:
    id: int
    title: str
    ready: int
    later: int


@dataclass(frozen=True, slots=True)
class LateRow:
    """A call-back whose time has come."""

    id: int
    customer: str
    car: str
    programme: str
    branch: str
    at: datetime
    minutes: int
    operator: str


@dataclass(frozen=True, slots=True)
class Board:
    operators: Sequence[OperatorRow]
    programmes: Sequence[ProgrammeLoad]
    late: Sequence[LateRow]
    late_total: int
    waiting: int
    assigned: int
    figures: DayFigures

    @property
    def on_the_line(self) -> int:
        return sum(row.presence in {Presence.READY, Presence.SERVING} for row in self.operators)


def board(actor: Actor, *, on: date, now: datetime) -> Board:
    waiting = queue.visible_to(actor).filter(state=_S.QUEUED)
    late = waiting.filter(is_callback=True, next_try_at__lte=now)
    operators = _operators(actor, on, now)
    totals = waiting.aggregate(
        waiting=Count("pk"),
        assigned=Count("pk", filter=Q(assigned_to__isnull=False)),
        late=Count("pk", filter=Q(is_callback=True, next_try_at__lte=now)),
    )
    return Board(
        operators=operators,
        programmes=_programmes(waiting, now),
        late=_late(late, now),
        late_total=totals["late"],
        waiting=totals["waiting"],
        assigned=totals["assigned"],
        figures=DayFigures(
            sum(row.figures.attempts for row in operators),
            sum(row.figures.reached for row in operators),
            sum(row.figures.booked for row in operators),
        ),
    )


def operators_visible_to(actor: Actor) -> QuerySet[User]:
    """Whoever may be given work: active operators whose branches the actor sees."""
    users = accounts.users_visible_to(actor).filter(is_active=True, role=Role.OPERATOR)
    return users.order_by("last_name", "first_name", "username")


# As the desk counts it: an operator's day is all that he does in it.
@whole_group_rows()
def _operators(actor: Actor, on: date, now: datetime) -> list[OperatorRow]:
    # A manager who calls himself stands in the list too, on the days on which he does.
    callers = accounts.users_visible_to(actor).filter(is_active=True)
    users = list(
        callers.filter(Q(role=Role.OPERATOR) | Q(presence__seen_at__date=on))
        .exclude(role=Role.ADVISOR)
        .select_related("presence")
        .order_by("last_name", "first_name", "username")
        .distinct()
    )
    ids = [user.pk for user in users]
    figures = day_figures(ids, on)
    in_hand = {row.leased_by_id: row for row in _in_hand(ids, now)}
    assigned = {row["assigned_to_id"]: row for row in _assigned(ids, now)}
    return [_operator_row(user, figures, in_hand, assigned, now) for user in users]


def _in_hand(user_ids: Sequence[int], now: datetime) -> QuerySet[Invitation]:
    held = Invitation.objects.filter(state=_S.IN_PROGRESS, leased_by_id__in=user_ids, leased_until__gt=now)
    return held.select_related("customer", "programme")


def _assigned(user_ids: Sequence[int], now: datetime) -> list[dict[str, Any]]:
    rows = Invitation.objects.filter(state=_S.QUEUED, assigned_to_id__in=user_ids).values("assigned_to_id")
    late = Q(is_callback=True, next_try_at__lte=now)
    return [dict(row) for row in rows.annotate(total=Count("pk"), late=Count("pk", filter=late))]


def _operator_row(
    user: User,
    figures: dict[int, DayFigures],
    in_hand: dict[int | None, Invitation],
    assigned: dict[int, dict[str, Any]],
    now: datetime,
) -> OperatorRow:
    presence = getattr(user, "presence", None)
    state = presence_at(presence.state, presence.seen_at, now) if presence else Presence.AWAY
    held, own = in_hand.get(user.pk), assigned.get(user.pk, {})
    since = (presence.seen_at if state is Presence.AWAY else presence.since) if presence else None
    return OperatorRow(
        id=user.pk,
        name=user.display_name,
        presence=state,
        since=since,
        customer=held.customer.full_name if held else "",
        programme=held.programme.title if held else "",
        leased_until=held.leased_until if held else None,
        figures=figures.get(user.pk, DayFigures(0, 0, 0)),
        assigned=own.get("total", 0),
        late=own.get("late", 0),
    )


def _programmes(waiting: QuerySet[Invitation], now: datetime) -> list[ProgrammeLoad]:
    later = Q(next_try_at__gt=now)
    rows = (
        waiting.values("programme_id", "programme__title")
        .annotate(ready=Count("pk", filter=~later | Q(next_try_at=None)), later=Count("pk", filter=later))
        .order_by("programme__rank", "programme_id")
    )
    return [ProgrammeLoad(row["programme_id"], row["programme__title"], row["ready"], row["later"]) for row in rows]


def _late(late: QuerySet[Invitation], now: datetime) -> list[LateRow]:
    rows = late.select_related("customer", "vehicle", "programme", "branch", "assigned_to")
    return [
        LateRow(
            id=row.pk,
            customer=row.customer.full_name,
            car=str(row.vehicle) if row.vehicle else "",
            programme=row.programme.title,
            branch=row.branch.name if row.branch else "",
            at=row.next_try_at,
            minutes=int((now - row.next_try_at).total_seconds() // 60),
            operator=row.assigned_to.display_name if row.assigned_to else "",
        )
        for row in rows.order_by("next_try_at", "pk")[:LATE_SHOWN]
        if row.next_try_at is not None
    ]


def in_order(waiting: QuerySet[Invitation], now: datetime) -> QuerySet[Invitation]:
    """Put waiting invitations into the order of calling; whose time has not come stands behind those to be called."""
    waits = Q(next_try_at__gt=now)
    lane = Case(
        When(waits, then=Value(_BEHIND)),
        When(is_callback=True, then=Value(Lane.CALL_BACK)),
        When(anchor__startswith=RECALL_ANCHOR, then=Value(Lane.RECALL)),
        default=Value(Lane.ORDINARY),
        output_field=IntegerField(),
    )
    promised = Case(When(waits | Q(is_callback=True), then=F("next_try_at")))
    near = When(due_on__lte=localdate(now) + NEAR, then=F("value") * 2)
    weight = Case(near, default=F("value"), output_field=BigIntegerField())
    return waiting.annotate(lane=lane, promised=promised, weight=weight).order_by(
        "lane", "promised", "-weight", "due_on", "pk"
    )
