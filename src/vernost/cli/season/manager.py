"""What the invented manager sets: larger control groups while the programmes are new, a plan, a motivation scheme."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any

from vernost.contacts.rules import MessageClass
from vernost.core.actor import Actor, Role
from vernost.core.period import add_months
from vernost.invitations import operations as invitations
from vernost.invitations.models import Programme
from vernost.invitations.operations import ProgrammeEntry
from vernost.reports import operations as reports
from vernost.reports.queries import month_funnel
from vernost.reports.rules import STAGE_KPIS, Kpi, MotivationLine

# What is changed before a night, by the days before today: programmes start one after the other, with control groups
# of a half and a third until they have shown what they bring (5 % of 3 000 customers would take years), and the season
# invites no more a day than three operators can call. Recalls go first in every queue, so they wait for the last night.
STEPS: Mapping[int, Mapping[str, Mapping[str, Any]]] = {
    98: {
        "next_service": {"control_share": 5_000},
        "seasonal": {"daily_limit": 150},
        "lost": {"active": False},
        "repurchase": {"active": False},
        "recall": {"active": False},
    },
    63: {"lost": {"active": True, "control_share": 3_000}, "repurchase": {"active": True}},
    35: {"next_service": {"control_share": 500}, "lost": {"control_share": 500}},
    0: {"recall": {"active": True}},
}
GROWTH = Decimal("1.1")
SCHEME = (
    MotivationLine(Kpi.REACHED, Decimal(20), Decimal(15), None),
    MotivationLine(Kpi.BOOKED, Decimal(2), Decimal(250), Decimal(10_000)),
    MotivationLine(Kpi.ARRIVED, Decimal(1), Decimal(400), Decimal(15_000)),
    MotivationLine(Kpi.REVENUE, Decimal(10), Decimal(5), Decimal(20_000)),
)


def take_step(before: int, *, actor: Actor, now: datetime) -> None:
    """Change the programmes as `STEPS` says for so many days before today."""
    for code, changes in STEPS.get(before, {}).items():
        programme = Programme.objects.get(code=code)
        changed = dict(changes)
        active = changed.pop("active", programme.active)
        if changed:
            entry = _entry(programme, **changed)
            invitations.save_programme(programme_id=programme.pk, entry=entry, actor=actor, now=now)
        if active != programme.active:
            switch = invitations.activate_programme if active else invitations.deactivate_programme
            switch(programme_id=programme.pk, actor=actor, now=now)


def plan_the_month(today: date, *, actor: Actor, now: datetime) -> None:
    """Plan a tenth more than the month before brought; nothing where that one brought nothing."""
    month = today.replace(day=1)
    before = month_funnel(actor, add_months(month, -1))
    if not before.counts[Kpi.PAID]:
        return
    figures: dict[tuple[str | None, str], Decimal] = {
        (None, stage.value): _up(Decimal(before.counts[stage]) * GROWTH, 5) for stage in STAGE_KPIS
    }
    figures[None, Kpi.REVENUE.value] = _up(before.revenue * GROWTH, 10_000)
    reports.save_plan(month=month, branch_id=None, figures=figures, actor=actor, now=now)


def pay_operators(since: date, *, actor: Actor, now: datetime) -> None:
    reports.save_scheme(role=Role.OPERATOR, valid_from=since.replace(day=1), lines=SCHEME, actor=actor, now=now)


def _entry(programme: Programme, **changed: Any) -> ProgrammeEntry:  # noqa: ANN401 - fields of the entry
    names = {field.name for field in fields(ProgrammeEntry)} - {"branch_ids"}
    values = {name: getattr(programme, name) for name in names}
    values["message_class"] = MessageClass(programme.message_class)
    branch_ids = frozenset(programme.branches.values_list("pk", flat=True))
    return ProgrammeEntry(**{**values, "branch_ids": branch_ids, **changed})


def _up(value: Decimal, step: int) -> Decimal:
    return (value / step).to_integral_value(ROUND_CEILING) * step
