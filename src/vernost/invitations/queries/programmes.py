"""Programmes as the office lists and edits them."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q, QuerySet

from vernost.core.actor import Actor
from vernost.core.wall import whole_group_rows
from vernost.invitations.models import Cycle, Invitation, Programme
from vernost.invitations.rules import InvitationState

CAMPAIGN = "campaign"
IN_WORK = (InvitationState.QUEUED, InvitationState.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """A programme with the counts of one day; `branches` empty: all of them."""

    id: int
    code: str
    kind: str
    title: str
    active: bool
    rank: int
    message_class: str
    branches: tuple[str, ...]
    control_share: int
    starts_on: date | None
    ends_on: date | None
    changed_at: datetime
    invited: int
    held_out: int
    in_work: int
    booked: int

    @property
    def is_campaign(self) -> bool:
        return self.kind == CAMPAIGN


def programmes_visible_to(actor: Actor) -> QuerySet[Programme]:
    """Return the programmes of the group and those of the actor's branches."""
    found = Programme.objects.all()
    if actor.branch_ids is None:
        return found
    return found.filter(Q(branches=None) | Q(branches__in=actor.branch_ids)).distinct()


def _may_change(actor: Actor, branch_ids: Collection[int]) -> bool:
    """A programme is changed by who sees every branch that it works for."""
    if actor.branch_ids is None:
        return True
    return bool(branch_ids) and actor.branch_ids.issuperset(branch_ids)


def programmes(actor: Actor, *, on: date) -> list[ProgrammeRow]:
    """Return every programme, the higher rank first, in a fixed number of statements."""
    visible = programmes_visible_to(actor).annotate(
        branch_names=ArrayAgg("branches__name", filter=Q(branches__isnull=False), distinct=True, default=[])
    )
    invitations, cycles = Invitation.objects.all(), Cycle.objects.all()
    if actor.branch_ids is not None:
        invitations = invitations.filter(branch_id__in=actor.branch_ids)
        cycles = cycles.filter(branch_id__in=actor.branch_ids)
    invited = _counts(invitations.filter(created_for=on))
    held_out = _counts(cycles.filter(started_on=on, held_out=True))
    in_work = _counts(invitations.filter(state__in=IN_WORK))
    booked = _counts(invitations.filter(state=InvitationState.BOOKED))
    return [
        _row(programme, invited=invited, held_out=held_out, in_work=in_work, booked=booked)
        for programme in visible.order_by("rank", "pk")
    ]


def _counts(rows: "QuerySet[Any]") -> Counter[int]:
    counted: Iterable[tuple[int, int]] = rows.order_by().values_list("programme").annotate(number=Count("pk"))
    return Counter(dict(counted))


def _row(programme: Any, **counts: Counter[int]) -> ProgrammeRow:  # noqa: ANN401 - a Programme with branch_names
    return ProgrammeRow(
        id=programme.pk,
        code=programme.code,
        kind=programme.kind,
        title=programme.title,
        active=programme.active,
        rank=programme.rank,
        message_class=programme.message_class,
        branches=tuple(programme.branch_names),
        control_share=programme.control_share,
        starts_on=programme.starts_on,
        ends_on=programme.ends_on,
        changed_at=programme.changed_at,
        **{name: count[programme.pk] for name, count in counts.items()},
    )


@dataclass(frozen=True, slots=True)
class ProgrammePage:
    """A programme for its page. `waiting` counts its queue, `values` are its columns by name, `branches` the ids."""

    id: int
    code: str
    kind: str
    title: str
    active: bool
    offer: str
    waiting: int
    may_change: bool
    values: dict[str, Any]

    @property
    def is_campaign(self) -> bool:
        return self.kind == CAMPAIGN


_SHOWN = (
    "title",
    "lead_days",
    "grace_days",
    "message_class",
    "channels",
    "attempt_delays",
    "attempts_max",
    "attempts_min_days",
    "hours_from",
    "hours_to",
    "weekend_from",
    "weekend_to",
    "script",
    "offer",
    "control_share",
    "daily_limit",
    "rank",
    "starts_on",
    "ends_on",
    "owner_id",
    "params",
)


def programme_page(actor: Actor, programme_id: int) -> ProgrammePage:
    """Return one programme; `Programme.DoesNotExist` beyond the actor's scope."""
    return page_of(programme_of(actor, programme_id), actor)


def page_of(programme: Programme, actor: Actor) -> ProgrammePage:
    """Return the page of a programme that the actor is known to see."""
    values = {name: getattr(programme, name) for name in _SHOWN}
    values["branches"] = list(programme.branches.values_list("pk", flat=True))
    values["segment"] = programme.segment_id
    return ProgrammePage(
        id=programme.pk,
        code=programme.code,
        kind=programme.kind,
        title=programme.title,
        active=programme.active,
        offer=programme.offer,
        waiting=_waiting(programme.pk),
        may_change=_may_change(actor, values["branches"]),
        values=values,
    )


# They are taken out of the queue together.
@whole_group_rows()
def _waiting(programme_id: int) -> int:
    return Invitation.objects.filter(programme_id=programme_id, state=InvitationState.QUEUED).count()


def programme_of(actor: Actor, programme_id: int) -> Programme:
    """Return the programme itself, for a dry run; `Programme.DoesNotExist` beyond the actor's scope."""
    return programmes_visible_to(actor).get(pk=programme_id)


def sample_invitation(actor: Actor, programme_id: int) -> Invitation | None:
    """Return the newest invitation of the programme that the actor may see, to try a script on."""
    found = Invitation.objects.filter(programme_id=programme_id)
    if actor.branch_ids is not None:
        found = found.filter(branch_id__in=actor.branch_ids)
    return found.select_related("customer", "vehicle", "branch", "programme").order_by("-pk").first()
