"""Reads about webhooks and their messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Q, QuerySet

from vernost.accounts.queries import within_scope
from vernost.accounts.source_ids import load as load_ids
from vernost.automation.models import Delivery, DeliveryState, DeliveryTry, Webhook
from vernost.core.actor import Actor
from vernost.workshop.models import Appointment


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook with the state of its messages. `delivered_at`: when it last took one."""

    id: int
    name: str
    url: str
    events: tuple[str, ...]
    all_branches: bool
    branches: tuple[str, ...]
    active: bool
    resting_until: datetime | None
    waiting: int
    dead: int
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class TryRow:
    at: datetime
    status: int | None
    failure: str
    answer: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A message with its newest tries first."""

    id: int
    event: str
    message_id: str
    state: str
    made_at: datetime
    due_at: datetime
    tries: int
    body: str
    attempts: Sequence[TryRow]


def visible_to(actor: Actor) -> QuerySet[Webhook]:
    return within_scope(Webhook.objects.all(), actor)


def deliveries_visible_to(actor: Actor) -> QuerySet[Delivery]:
    return Delivery.objects.filter(webhook__in=visible_to(actor))


def webhook(actor: Actor, webhook_id: int) -> WebhookRow:
    """Return one; ObjectDoesNotExist where the actor sees none."""
    found = _rows(visible_to(actor).filter(pk=webhook_id))
    if not found:
        raise Webhook.DoesNotExist
    return found[0]


def webhooks(actor: Actor) -> list[WebhookRow]:
    return _rows(visible_to(actor))


def _rows(rows: QuerySet[Webhook]) -> list[WebhookRow]:
    names = ArrayAgg("branches__name", filter=Q(branches__isnull=False), order_by="branches__name", default=[])
    found = list(rows.annotate(branch_names=names).order_by("name", "pk"))
    counted = Delivery.objects.filter(webhook__in=found).values("webhook_id")
    states: dict[int, Any] = {
        row["webhook_id"]: row
        for row in counted.annotate(
            waiting=Count("pk", filter=Q(state=DeliveryState.WAITING)),
            dead=Count("pk", filter=Q(state=DeliveryState.DEAD)),
            last=Max("ended_at", filter=Q(state=DeliveryState.DELIVERED)),
        )
    }
    return [_row(webhook, states.get(webhook.pk, {})) for webhook in found]


def _row(webhook: Any, state: dict[str, Any]) -> WebhookRow:  # noqa: ANN401 - a Webhook with its branches' names
    return WebhookRow(
        id=webhook.pk,
        name=webhook.name,
        url=webhook.url,
        events=tuple(webhook.events),
        all_branches=webhook.all_branches,
        branches=tuple(webhook.branch_names),
        active=webhook.active,
        resting_until=webhook.resting_until,
        waiting=state.get("waiting", 0),
        dead=state.get("dead", 0),
        delivered_at=state.get("last"),
    )


def deliveries(
    webhook_id: int, actor: Actor, *, state: str = "", before: int | None = None, limit: int
) -> list[DeliveryRow]:
    """Return messages, the newest first; `before` is the id that the page before ended with."""
    found = deliveries_visible_to(actor).filter(webhook_id=webhook_id)
    if state:
        found = found.filter(state=state)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[:limit])
    tries: dict[int, list[TryRow]] = {row.pk: [] for row in rows}
    for each in DeliveryTry.objects.filter(delivery__in=rows).order_by("-pk"):
        tries[each.delivery_id].append(TryRow(each.at, each.status, each.failure, each.answer))
    return [
        DeliveryRow(
            row.pk,
            row.event,
            str(row.message_id),
            row.state,
            row.made_at,
            row.due_at,
            row.tries,
            row.body,
            tries[row.pk],
        )
        for row in rows
    ]


def appointment_data(appointment_id: int) -> tuple[dict[str, Any], int | None] | None:
    """Return what is told of an appointment, and its branch; None where it is gone.

    Ids are those of the API. No name and no telephone: the other system asks for them with its key.
    """
    rows = Appointment.objects.select_related("branch", "customer", "vehicle")
    row = rows.filter(pk=appointment_id).first()
    if row is None:
        return None
    refs = load_ids()
    data = {
        "id": refs.of(row),
        "status": row.status,
        "starts_at": row.starts_at.isoformat(),
        "branch_id": refs.of(row.branch),
        "customer_id": refs.of(row.customer),
        "vehicle_id": refs.of(row.vehicle),
    }
    return data, row.branch_id
