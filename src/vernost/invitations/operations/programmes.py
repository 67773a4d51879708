"""Programmes: the nine that stand from the first day, and what a manager changes in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import translation

from vernost.accounts.operations import record_change
from vernost.contacts.rules import AllowedHours, MessageClass, OutboundChannel
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.core.registry import Registry
from vernost.invitations.models import Programme
from vernost.invitations.rules import RetryPlan
from vernost.invitations.rules.params import params_of

if TYPE_CHECKING:
    from vernost.invitations.kinds import InvitationKind

WHOLE = 10_000
CONTROL_SHARE = 500


class NoTitle(DomainError):
    code = "programme_without_title"
    text = _("Give the programme a name")


class NoChannel(DomainError):
    code = "programme_without_channel"
    text = _("Choose at least one channel")


class HoursDoNotFit(DomainError):
    code = "programme_hours"
    text = _("The hours must begin before they end: %(from)s–%(to)s")


class ShareDoesNotFit(DomainError):
    code = "programme_share"
    text = _("The control group must be from 0 to 50 per cent")


class AttemptsDoNotFit(DomainError):
    code = "programme_attempts"
    text = _("There must be from 1 to 20 attempts, and each wait from 1 minute to 60 days")


class DaysDoNotFit(DomainError):
    code = "programme_days"
    text = _("The last day is before the first one")


@dataclass(frozen=True, slots=True)
class ProgrammeEntry:
    """A programme as its page shows it. `control_share` in basis points, `attempt_delays` in minutes."""

    title: str
    params: Mapping[str, Any]
    lead_days: int
    grace_days: int
    message_class: MessageClass
    channels: Sequence[OutboundChannel]
    attempt_delays: Sequence[int]
    attempts_max: int
    attempts_min_days: int
    hours_from: time
    hours_to: time
    weekend_from: time
    weekend_to: time
    script: str
    offer: str
    control_share: int
    daily_limit: int | None
    rank: int
    branch_ids: frozenset[int]
    segment_id: int | None
    owner_id: int | None
    starts_on: date | None
    ends_on: date | None


_COLUMNS = tuple(each.name for each in fields(ProgrammeEntry) if each.name != "branch_ids")


@transaction.atomic
def save_programme(*, programme_id: int, entry: ProgrammeEntry, actor: Actor, now: datetime) -> None:
    """Change a programme. With an offer its messages are advertising, whatever its default."""
    programme = Programme.objects.select_for_update().get(pk=programme_id)
    changed = _put_in(programme, entry)
    before = frozenset(programme.branches.values_list("pk", flat=True))
    if before != entry.branch_ids:
        programme.branches.set(entry.branch_ids)
        changed["branches"] = [sorted(before), sorted(entry.branch_ids)]
    if changed:
        programme.save()
        note(programme, "changed", changed, actor, now)


def drafted(*, programme_id: int, entry: ProgrammeEntry) -> Programme:
    """Return the programme as it would be, checked and not saved; its branches are `entry.branch_ids`."""
    programme = Programme.objects.get(pk=programme_id)
    _put_in(programme, entry)
    return programme


@transaction.atomic
def activate_programme(*, programme_id: int, actor: Actor, now: datetime) -> None:
    _switch(programme_id, active=True, actor=actor, now=now)


@transaction.atomic
def deactivate_programme(*, programme_id: int, actor: Actor, now: datetime) -> None:
    """Let the coming nights pass the programme over; who is already in the queue stays there."""
    _switch(programme_id, active=False, actor=actor, now=now)


def ensure_standing_programmes() -> None:
    """Make the programmes that stand from the first day, where they do not exist yet; change none."""
    known = set(Programme.objects.values_list("code", flat=True))
    with translation.override(settings.LANGUAGE_CODE):
        made = [new_programme(kind, code=kind.code) for kind in _standing() if kind.code not in known]
    for programme in made:
        programme.active = True
    Programme.objects.bulk_create(made, ignore_conflicts=True)


def new_programme(kind: "InvitationKind", *, code: str) -> Programme:
    """Return an unsaved programme with the kind's defaults, named and scripted in the active language."""
    plan, hours = RetryPlan(), AllowedHours()
    return Programme(
        code=code,
        kind=kind.code,
        title=translation.gettext(kind.title),
        params={},
        lead_days=kind.lead_days,
        grace_days=kind.grace_days,
        message_class=kind.message_class.value,
        channels=[OutboundChannel.CALL.value],
        attempt_delays=list(plan.delays),
        attempts_max=plan.attempts_max,
        attempts_min_days=plan.min_days,
        hours_from=hours.weekday[0],
        hours_to=hours.weekday[1],
        weekend_from=hours.weekend[0],
        weekend_to=hours.weekend[1],
        script=_script(kind.code),
        control_share=0 if kind.message_class is MessageClass.RECALL else CONTROL_SHARE,
        rank=kind.rank,
    )


def registered_kinds() -> "Registry[InvitationKind]":
    from vernost.invitations import kinds  # noqa: PLC0415 - Ibis is half a second that a web process spends when asked

    return kinds.discover()


def _standing() -> "list[InvitationKind]":
    return sorted((kind for kind in registered_kinds() if kind.standing), key=lambda kind: kind.rank)


def _script(kind: str) -> str:
    file = settings.LOCALE_PATHS[0] / settings.LANGUAGE_CODE / "scripts" / f"{kind}.liquid"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _switch(programme_id: int, *, active: bool, actor: Actor, now: datetime) -> None:
    programme = Programme.objects.select_for_update().get(pk=programme_id)
    if programme.active == active:
        return
    programme.active = active
    programme.save()
    note(programme, "activated" if active else "deactivated", {"active": [not active, active]}, actor, now)


def _put_in(programme: Programme, entry: ProgrammeEntry) -> dict[str, list[Any]]:
    """Set what differs; return `{column: [before, after]}`."""
    _check(programme, entry)
    values = {name: getattr(entry, name) for name in _COLUMNS}
    values["params"] = programme.params | dict(entry.params)
    if "title" in programme.params:
        values["params"]["title"] = entry.title
    values["channels"] = [OutboundChannel(channel).value for channel in entry.channels]
    values["attempt_delays"] = list(entry.attempt_delays)
    values["message_class"] = MessageClass.ADVERTISING.value if entry.offer.strip() else entry.message_class.value
    changed = {name: [getattr(programme, name), value] for name, value in values.items()}
    changed = {name: both for name, both in changed.items() if both[0] != both[1]}
    for name in changed:
        setattr(programme, name, values[name])
    return changed


def _check(programme: Programme, entry: ProgrammeEntry) -> None:
    if not entry.title.strip():
        raise NoTitle
    if not entry.channels:
        raise NoChannel
    for start, end in ((entry.hours_from, entry.hours_to), (entry.weekend_from, entry.weekend_to)):
        if start >= end:
            raise HoursDoNotFit(**{"from": f"{start:%H:%M}", "to": f"{end:%H:%M}"})
    if not 0 <= entry.control_share <= WHOLE // 2:
        raise ShareDoesNotFit
    waits_fit = all(1 <= minutes <= 60 * 24 * 60 for minutes in entry.attempt_delays)
    if not (1 <= entry.attempts_max <= 20 and waits_fit):  # noqa: PLR2004 - said in the words of the refusal
        raise AttemptsDoNotFit
    if entry.starts_on and entry.ends_on and entry.ends_on < entry.starts_on:
        raise DaysDoNotFit
    params_of(registered_kinds()[programme.kind].Params, programme.params | dict(entry.params))


def note(programme: Programme, action: str, fields: Mapping[str, Sequence[Any]], actor: Actor, now: datetime) -> None:
    plain = {name: [_plain(value) for value in both] for name, both in fields.items()}
    record_change(subject="programme", subject_id=programme.pk, action=action, fields=plain, actor=actor, now=now)


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | list | dict) else str(value)
