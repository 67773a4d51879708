"""The words that people consent to: versions, which nobody rewrites once they were used."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from vernost.accounts import operations as accounts
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.customers.models import ConsentText
from vernost.customers.rules.consents import BY_CHANNEL, Purpose


class MixedPurposes(DomainError):
    code = "mixed_purposes"
    text = _("By law a consent to processing is a paper of its own: it is not joined with another purpose")


class ChannelMissing(DomainError):
    code = "channel_missing"
    text = _("Name the channels that the words speak of")


@dataclass(frozen=True, slots=True)
class TextEntry:
    """`legal_entity_id` None: the words name the whole group."""

    title: str
    body: str
    purposes: Collection[Purpose]
    channels: Collection[str]
    from_on: date
    legal_entity_id: int | None = None


@transaction.atomic
def save_text(*, text_id: int | None, entry: TextEntry, actor: Actor, now: datetime) -> ConsentText:
    """Add a text, or change one: words that somebody has consented to stay, and get a new version beside them."""
    if Purpose.PROCESSING in entry.purposes and len(entry.purposes) > 1:
        raise MixedPurposes
    if set(entry.purposes) & BY_CHANNEL and not entry.channels:
        raise ChannelMissing
    present = ConsentText.objects.select_for_update().get(pk=text_id) if text_id else None
    if present is None:
        text = ConsentText(code=_free_code(), version=1)
    elif present.entries.exists() or present.archived_at:
        versions = ConsentText.objects.filter(code=present.code).order_by("-version")
        text = ConsentText(code=present.code, version=versions[0].version + 1)
    else:
        text = present
    text.title, text.body, text.from_on = entry.title, entry.body, entry.from_on
    text.purposes, text.channels = sorted(entry.purposes), sorted(entry.channels)
    text.legal_entity_id = entry.legal_entity_id
    is_new = text.pk is None
    text.save()
    accounts.record_change(
        subject="consent_text",
        subject_id=text.pk,
        action="added" if is_new else "changed",
        fields={"title": [present.title if present else None, text.title], "version": [None, text.version]},
        actor=actor,
        now=now,
    )
    return text


@transaction.atomic
def archive_text(*, text_id: int, actor: Actor, now: datetime) -> None:
    """Let nobody consent to the words any more; what was said of them stays."""
    text = ConsentText.objects.select_for_update().get(pk=text_id, archived_at=None)
    text.archived_at = now
    text.save(update_fields=["archived_at"])
    accounts.record_change(
        subject="consent_text", subject_id=text_id, action="archived", fields={}, actor=actor, now=now
    )


def _free_code() -> str:
    last = ConsentText.objects.order_by("-pk").values_list("pk", flat=True).first()
    return f"text-{(last or 0) + 1}"
