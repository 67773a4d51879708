"""The calling queue: who is next, in the order of `rules.order`, read from narrow indexes.

What is ready stands in an index by branch, zone and value, so the best of each branch and zone are
read in order and merged; the rows are not locked here.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import (
    BigIntegerField,
    DateField,
    DateTimeField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
)

from vernost.calls.queries import gate
from vernost.calls.queries.look import LANES, OF_BRANCH, OF_NONE, Look
from vernost.calls.rules.order import NEAR, Lane, Waiting, place
from vernost.core.actor import Actor
from vernost.core.prepared import Given, OneOf, Prepared
from vernost.invitations.models import Invitation
from vernost.invitations.rules import InvitationState
from vernost.workshop import queries as workshop
from vernost.workshop.models import Appointment

_BEST = """
(SELECT {lane_code}, best.id, best.weight, best.due_on
FROM unnest(%(branches_{arm})s::bigint[], %(zones_{arm})s::text[], %(programmes_{arm})s::text[])
         AS branch(id, zone, programmes),
     LATERAL (
         (SELECT id, value * 2 AS weight, due_on FROM invitations_invitation
          WHERE {of_branch} AND {lane} AND zone = branch.zone AND programme_id = ANY(branch.programmes::bigint[])
            AND due_on <= %(near)s
          ORDER BY value DESC, due_on, id LIMIT %(limit)s)
         UNION ALL
         (SELECT id, value, due_on FROM invitations_invitation
          WHERE {of_branch} AND {lane} AND zone = branch.zone AND programme_id = ANY(branch.programmes::bigint[])
            AND due_on > %(near)s
          ORDER BY value DESC, due_on, id LIMIT %(limit)s)
     ) best
ORDER BY best.weight DESC, best.due_on, best.id LIMIT %(limit)s)
"""


def visible_to(actor: Actor) -> QuerySet[Invitation]:
    rows = Invitation.objects.all()
    return rows if actor.branch_ids is None else rows.filter(branch_id__in=actor.branch_ids)


def candidates(look: Look, *, as_of: date, limit: int) -> Iterator[list[int]]:
    """Yield ids lane by lane, each in the order of calling: one's own, call-backs, recalls, the rest.

    The great lanes are read only when the caller asks for them. Up to `limit` ids a lane.
    """
    yield _ordered((row for row, is_own in look.waiting if is_own), as_of)
    others = [row for row, is_own in look.waiting if not is_own]
    yield _ordered((row for row in others if row.is_callback), as_of)[:limit]
    retries = [row for row in others if not row.is_callback]
    best = _best(look, as_of, limit)
    for lane in LANES:
        own = {row.invitation_id: place(row, as_of)[2:] for row in retries if row.is_recall == (lane is Lane.RECALL)}
        yield _merged(own, best[lane], limit)


def _ordered(rows: Iterable[Waiting], as_of: date) -> list[int]:
    return [row.invitation_id for row in sorted(rows, key=lambda row: place(row, as_of))]


def _merged(retries: dict[int, tuple[int, date, int]], ready: Iterable[tuple[int, int, date]], limit: int) -> list[int]:
    places = {**retries, **{pk: (-weight, due_on, pk) for pk, weight, due_on in ready}}
    return sorted(places, key=places.__getitem__)[:limit]


_Ready = tuple[int, int, date]


def _best(look: Look, as_of: date, limit: int) -> dict[Lane, list[_Ready]]:
    """Return the first of the great lanes where calls are allowed (id, weight, due date), in one statement."""
    arms: list[str] = []
    values: dict[str, Any] = {"near": as_of + NEAR, "limit": limit}
    for lane, pairs in look.pairs.items():
        for is_none, of_branch in ((False, OF_BRANCH), (True, OF_NONE)):
            allowed = [(*pair, look.allowance.programmes_in(pair[1])) for pair in pairs if (pair[0] is None) is is_none]
            if allowed:
                arm = len(arms)
                arms.append(_BEST.format(lane_code=lane.value, lane=LANES[lane], of_branch=of_branch, arm=arm))
                values |= {
                    f"branches_{arm}": [branch_id for branch_id, _zone, _programmes in allowed],
                    f"zones_{arm}": [zone for _branch_id, zone, _programmes in allowed],
                    # A list of lists of different lengths is no array of PostgreSQL: each is a text.
                    f"programmes_{arm}": [f"{{{','.join(map(str, each))}}}" for _branch_id, _zone, each in allowed],
                }
    found: dict[Lane, list[_Ready]] = {lane: [] for lane in LANES}
    for lane_code, *ready in _fetch(" UNION ALL ".join(arms), values) if arms else ():
        found[Lane(lane_code)].append((ready[0], ready[1], ready[2]))
    return found


def _fetch(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def to_be_taken(*, locked: bool = True) -> QuerySet[Any]:
    """Find the first of the given candidates whom nobody holds, with all that the gate has to know of him.

    `booked`: somebody may have booked without us. A row that another operator takes at this moment is
    passed over, never waited for.
    """
    ids = Given("ids", ArrayField(BigIntegerField()))
    now, user = Given("now", DateTimeField()), Given("user", BigIntegerField())
    called = Invitation.objects.filter(customer_id=OuterRef("customer_id"), state=InvitationState.IN_PROGRESS)
    rows = (
        Invitation.objects.filter(OneOf(F("pk"), ids), state=InvitationState.QUEUED)
        .filter(Q(next_try_at=None) | Q(next_try_at__lte=now), Q(assigned_to=None) | Q(assigned_to_id=user))
        .filter(~Exists(called))
        .select_related("customer", "vehicle", "programme", "branch")
        .annotate(booked=Exists(_booked(Given("yesterday", DateField()))))
        .order_by(Func(ids, F("pk"), function="array_position", output_field=IntegerField()))
    )
    if locked:
        rows = rows.select_for_update(of=("self",), skip_locked=True)
    return gate.with_contacts(gate.with_reachability(rows, company="branch__legal_entity"))[:1]


def _booked(since: Given) -> QuerySet[Appointment]:
    of_him = Q(vehicle_id=OuterRef("vehicle_id")) | Q(vehicle=None, customer_id=OuterRef("customer_id"))
    return Appointment.objects.filter(of_him, status__in=workshop.EXPECTED, starts_on__gte=since)


TO_BE_TAKEN: Prepared[Invitation] = Prepared(to_be_taken)


def lock_first(ids: Sequence[int], *, user_id: int | None, now: datetime) -> Any:  # noqa: ANN401 - as `to_be_taken`
    """Lock the first of the candidates that nobody holds; None when others have taken them all."""
    yesterday = now.date() - timedelta(days=1)
    return TO_BE_TAKEN.first(ids=list(ids), user=user_id, now=now, yesterday=yesterday)


def overdue_call_backs(actor: Actor, now: datetime, *, limit: int = 100) -> int:
    """Count call-backs whose time has come, of everybody and of the actor's own; up to `limit`."""
    due = visible_to(actor).filter(
        Q(assigned_to=None) | Q(assigned_to_id=actor.user_id or 0),
        state=InvitationState.QUEUED,
        is_callback=True,
        next_try_at__lte=now,
    )
    return due.values("pk")[:limit].count()
