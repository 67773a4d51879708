"""Telling other systems of events: who is told, what is sent, and what is tried again."""

import base64
import hashlib
import json
import secrets
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from vernost.accounts.operations import BeyondScope, record_change
from vernost.automation.events import DeliveryDue
from vernost.automation.models import Delivery, DeliveryState, DeliveryTry, Webhook
from vernost.automation.queries.webhooks import deliveries_visible_to, visible_to
from vernost.automation.rules import webhooks as rules
from vernost.core import outgoing
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.events import publish
from vernost.core.i18n import _

# Longer than a call may take: whoever claimed a message before that has died.
_CLAIM_HOLDS: Final = timedelta(minutes=1)
_AT_ONCE: Final = 500
DELIVERED_ARE_KEPT: Final = timedelta(days=30)
_AGENT: Final = "Vernost-Webhooks/1"
_DELIVERED: Final = range(200, 300)
_GONE: Final = 410


class NoEvent(DomainError):
    code = "no_event"
    text = _("Choose at least one event to be told of")


class UnknownEvent(DomainError):
    code = "unknown_event"
    text = _("There is no event “%(event)s”")


class StillWaiting(DomainError):
    code = "still_waiting"
    text = _("The message is on its way: it will be sent by itself")


@dataclass(frozen=True, slots=True)
class WebhookEntry:
    """What an administrator says of a webhook. `all_branches` makes `branch_ids` meaningless."""

    name: str
    url: str
    events: frozenset[str]
    all_branches: bool
    branch_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class MadeWebhook:
    """A new webhook. `secret` is shown once; it is kept encrypted and never shown again."""

    webhook_id: int
    secret: str


@transaction.atomic
def add_webhook(*, entry: WebhookEntry, actor: Actor, now: datetime) -> MadeWebhook:
    _check(entry, actor)
    key = secrets.token_bytes(rules.SECRET_BYTES)
    webhook = Webhook.objects.create(
        name=entry.name,
        url=entry.url,
        events=sorted(entry.events),
        all_branches=entry.all_branches,
        key=_locked(key),
        created_at=now,
        created_by_id=actor.user_id,
    )
    webhook.branches.set([] if entry.all_branches else entry.branch_ids)
    said: dict[str, list[Any]] = {
        "name": [None, entry.name],
        "url": [None, entry.url],
        "events": [None, sorted(entry.events)],
    }
    _record(webhook.pk, "added", said, actor, now)
    return MadeWebhook(webhook.pk, rules.secret_text(key))


@transaction.atomic
def change_webhook(*, webhook_id: int, entry: WebhookEntry, actor: Actor, now: datetime) -> None:
    _check(entry, actor)
    webhook = _own(webhook_id, actor)
    said = {"name": entry.name, "url": entry.url, "events": sorted(entry.events), "all_branches": entry.all_branches}
    differs = {name: [getattr(webhook, name), value] for name, value in said.items() if getattr(webhook, name) != value}
    for name, value in said.items():
        setattr(webhook, name, value)
    # Another address has not failed yet.
    webhook.failures, webhook.resting_until = 0, None
    webhook.save(update_fields=[*said, "failures", "resting_until"])
    webhook.branches.set([] if entry.all_branches else entry.branch_ids)
    _record(webhook_id, "changed", differs, actor, now)


@transaction.atomic
def switch_webhook(*, webhook_id: int, active: bool, actor: Actor, now: datetime) -> None:
    """Stop telling, or tell again. What waits goes on when it is switched on."""
    webhook = _own(webhook_id, actor)
    if webhook.active != active:
        webhook.active, webhook.failures, webhook.resting_until = active, 0, None
        webhook.save(update_fields=["active", "failures", "resting_until"])
        _record(webhook_id, "switched on" if active else "switched off", {}, actor, now)


@transaction.atomic
def renew_secret(*, webhook_id: int, actor: Actor, now: datetime) -> MadeWebhook:
    """Make another secret. For a day messages carry the signatures of both."""
    webhook = _own(webhook_id, actor)
    key = secrets.token_bytes(rules.SECRET_BYTES)
    webhook.old_key, webhook.old_key_until = webhook.key, now + rules.OLD_SECRET_LIVES
    webhook.key = _locked(key)
    webhook.save(update_fields=["key", "old_key", "old_key_until"])
    _record(webhook_id, "secret renewed", {}, actor, now)
    return MadeWebhook(webhook_id, rules.secret_text(key))


@transaction.atomic
def remove_webhook(*, webhook_id: int, actor: Actor, now: datetime) -> None:
    """Remove it with its journal of messages."""
    webhook = _own(webhook_id, actor)
    _record(webhook_id, "removed", {"name": [webhook.name, None], "url": [webhook.url, None]}, actor, now)
    webhook.delete()


@transaction.atomic
def send_test(*, webhook_id: int, actor: Actor, now: datetime) -> int:
    """Put a message without contents on its way; return the delivery's id."""
    webhook = _own(webhook_id, actor)
    delivery = _delivery(webhook, rules.TEST_EVENT, {}, uuid.uuid4(), now)
    delivery.save()
    publish(DeliveryDue(delivery.pk, webhook.pk))
    return delivery.pk


@transaction.atomic
def announce(
    *, event: str, data: Mapping[str, Any], branch_id: int | None, message_id: uuid.UUID, now: datetime
) -> int:
    """Put a message for everybody who is told of the event on its way; return how many are told.

    `message_id` makes it safe to repeat. What has no branch is told to those of the whole group.
    """
    told = Webhook.objects.filter(active=True, events__contains=[event])
    whole = Q(all_branches=True)
    told = told.filter(whole | Q(branches=branch_id)).distinct() if branch_id is not None else told.filter(whole)
    made = [_delivery(webhook, event, data, message_id, now) for webhook in told]
    known = set(Delivery.objects.filter(message_id=message_id).values_list("webhook_id", flat=True))
    fresh = Delivery.objects.bulk_create([each for each in made if each.webhook_id not in known], ignore_conflicts=True)
    for pk, webhook_id in Delivery.objects.filter(message_id=message_id, tries=0).values_list("pk", "webhook_id"):
        publish(DeliveryDue(pk, webhook_id))
    return len(fresh)


def send_due(*, now: datetime) -> int:
    """Put the messages whose time has come into the queue; return how many."""
    awake = Q(webhook__resting_until=None) | Q(webhook__resting_until__lte=now)
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - _CLAIM_HOLDS)
    due = Delivery.objects.filter(awake, free, state=DeliveryState.WAITING, due_at__lte=now, webhook__active=True)
    found = list(due.order_by("due_at", "pk").values_list("pk", "webhook_id")[:_AT_ONCE])
    for pk, webhook_id in found:
        publish(DeliveryDue(pk, webhook_id))
    return len(found)


def send(*, delivery_id: int, now: datetime) -> bool:
    """Call the other system once; tell whether it took the message. Does nothing where it is not to be called now.

    The call is outside any transaction. A worker killed in it leaves a claim that ends by itself: the message is
    then sent again under the same id.
    """
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - _CLAIM_HOLDS)
    waiting = Delivery.objects.filter(free, pk=delivery_id, state=DeliveryState.WAITING, due_at__lte=now)
    if not waiting.update(claimed_at=now):
        return False
    delivery = Delivery.objects.select_related("webhook").get(pk=delivery_id)
    webhook = delivery.webhook
    if not webhook.active or (webhook.resting_until is not None and webhook.resting_until > now):
        Delivery.objects.filter(pk=delivery_id).update(claimed_at=None)
        return False
    status, failure, answer = _call(delivery, now)
    taken = status in _DELIVERED
    _write_down(delivery, taken=taken, status=status, failure=failure, answer=answer, now=now)
    return taken


@transaction.atomic
def replay(*, delivery_id: int, actor: Actor, now: datetime) -> None:
    """Send a message that is delivered or dead once more, under the same id."""
    delivery = deliveries_visible_to(actor).select_for_update(of=("self",)).get(pk=delivery_id)
    if delivery.state == DeliveryState.WAITING and delivery.tries == 0:
        raise StillWaiting
    _revive(Delivery.objects.filter(pk=delivery_id), now)
    publish(DeliveryDue(delivery_id, delivery.webhook_id))
    _record(delivery.webhook_id, "sent again", {"message": [None, str(delivery.message_id)]}, actor, now)


@transaction.atomic
def replay_dead(*, webhook_id: int, actor: Actor, now: datetime) -> int:
    """Send everything dead of a webhook once more; return how many messages."""
    webhook = _own(webhook_id, actor)
    count = _revive(Delivery.objects.filter(webhook=webhook, state=DeliveryState.DEAD), now)
    webhook.failures, webhook.resting_until = 0, None
    webhook.save(update_fields=["failures", "resting_until"])
    _record(webhook_id, "dead sent again", {"messages": [None, count]}, actor, now)
    return count


def forget_old(*, now: datetime) -> int:
    deleted, _models = Delivery.objects.filter(
        state=DeliveryState.DELIVERED, ended_at__lt=now - DELIVERED_ARE_KEPT
    ).delete()
    return deleted


def _check(entry: WebhookEntry, actor: Actor) -> None:
    if not entry.events:
        raise NoEvent
    for event in entry.events:
        if event not in rules.EVENTS:
            raise UnknownEvent(event=event)
    beyond = entry.all_branches and actor.branch_ids is not None
    if beyond or not (entry.all_branches or all(actor.sees_branch(branch_id) for branch_id in entry.branch_ids)):
        raise BeyondScope


def _own(webhook_id: int, actor: Actor) -> Webhook:
    return visible_to(actor).select_for_update(of=("self",)).get(pk=webhook_id)


def _record(webhook_id: int, action: str, fields: dict[str, list[Any]], actor: Actor, now: datetime) -> None:
    record_change(subject="webhook", subject_id=webhook_id, action=action, fields=fields, actor=actor, now=now)


def _delivery(webhook: Webhook, event: str, data: Mapping[str, Any], message_id: uuid.UUID, now: datetime) -> Delivery:
    body = {"type": event, "timestamp": timezone.localtime(now).isoformat(), "data": dict(data)}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Delivery(webhook=webhook, event=event, message_id=message_id, body=text, made_at=now, due_at=now)


def _revive(rows: "Any", now: datetime) -> int:  # noqa: ANN401 - a QuerySet of deliveries
    count: int = rows.update(state=DeliveryState.WAITING, due_at=now, tries=0, ended_at=None, claimed_at=None)
    return count


def _call(delivery: Delivery, now: datetime) -> tuple[int | None, str, str]:
    body = delivery.body.encode()
    webhook, message_id = delivery.webhook, str(delivery.message_id)
    try:
        keys = [_opened(key) for key in _standing(webhook, now)]
    except InvalidToken:
        return None, "lost_secret", ""
    headers = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": _AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": rules.signature(keys, message_id, now, body),
    }
    try:
        answer = outgoing.post(webhook.url, body=body, headers=headers, networks=settings.OUTGOING_NETWORKS)
    except outgoing.CallFailed as error:
        return None, error.code, ""
    return answer.status, "", answer.excerpt


def _standing(webhook: Webhook, now: datetime) -> "Iterator[bytes | memoryview[int]]":
    """Yield the keys that sign: the newest, and for a day the one before it."""
    yield webhook.key
    if webhook.old_key is not None and webhook.old_key_until is not None and webhook.old_key_until > now:
        yield webhook.old_key


@transaction.atomic
def _write_down(
    delivery: Delivery, *, taken: bool, status: int | None, failure: str, answer: str, now: datetime
) -> None:
    webhooks = Webhook.objects.filter(pk=delivery.webhook_id).select_for_update()
    if not webhooks:
        # Removed with its journal while the other system was asked.
        return
    DeliveryTry.objects.create(delivery=delivery, at=now, status=status, failure=failure, answer=answer)
    tries = delivery.tries + 1
    # 410 Gone is the other system's word that it wants no more of this.
    ends = taken or status == _GONE or failure in rules.FINAL_FAILURES
    again = None if ends else rules.next_try(tries, now)
    if taken:
        ending: dict[str, Any] = {"state": DeliveryState.DELIVERED, "ended_at": now}
    elif again is None:
        ending = {"state": DeliveryState.DEAD, "ended_at": now}
    else:
        ending = {"due_at": again}
    Delivery.objects.filter(pk=delivery.pk).update(claimed_at=None, tries=tries, **ending)
    if taken:
        webhooks.exclude(failures=0, resting_until=None).update(failures=0, resting_until=None)
        return
    webhooks.update(failures=F("failures") + 1)
    rest = rules.rests_until(webhooks.values_list("failures", flat=True)[0], now)
    if rest is not None:
        webhooks.update(resting_until=rest)


def _safe() -> MultiFernet:
    """Return the lock of the keys: opened also by the secrets that were the installation's before."""
    words = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (hashlib.sha256(b"webhook keys:" + word.encode()).digest() for word in map(str, words))
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def _locked(key: bytes) -> bytes:
    return _safe().encrypt(key)


def _opened(kept: "bytes | memoryview[int]") -> bytes:
    return _safe().decrypt(bytes(kept))
