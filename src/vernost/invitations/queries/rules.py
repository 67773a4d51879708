"""What a decision is asked with: programmes and their numbers as the rules see them."""

from collections.abc import Iterable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from vernost.accounts import queries as accounts
from vernost.accounts.models import Branch, BranchDay
from vernost.contacts.rules import MessageClass, OutboundChannel
from vernost.invitations import kinds
from vernost.invitations.models import Programme
from vernost.invitations.queries.decisions import Question
from vernost.invitations.rules.capacity import BranchDays
from vernost.invitations.rules.params import params_of
from vernost.invitations.rules.programme import ProgrammeRule
from vernost.workshop.queries import calendar_between
from vernost.workshop.rules import Workshop, hours_between

# No programme looks further ahead for its due week.
AHEAD = timedelta(days=400)


def question(as_of: date, rules: Iterable[ProgrammeRule] | None = None) -> Question:
    """Return the question of a day; without `rules` over all programmes that are switched on."""
    asked = tuple(active_rules() if rules is None else rules)
    return Question(as_of, asked, accounts.rule_settings(), branch_days(as_of))


def active_rules() -> list[ProgrammeRule]:
    programmes = (
        Programme.objects.filter(active=True)
        .select_related("segment")
        .prefetch_related("branches")
        .order_by("rank", "pk")
    )
    return [rule_of(programme) for programme in programmes]


def rule_of(programme: Programme, *, branch_ids: frozenset[int] | None = None) -> ProgrammeRule:
    """Return a programme as the rules see it; `branch_ids` of one that is being edited."""
    if branch_ids is None:
        branch_ids = frozenset(branch.pk for branch in programme.branches.all())
    return ProgrammeRule(
        code=programme.code,
        kind=programme.kind,
        params=params_of(kinds.discover()[programme.kind].Params, programme.params),
        lead_days=programme.lead_days,
        grace_days=programme.grace_days,
        message_class=MessageClass(programme.message_class),
        rank=programme.rank,
        channels=tuple(OutboundChannel(channel) for channel in programme.channels),
        control_share=programme.control_share,
        daily_limit=programme.daily_limit,
        branch_ids=branch_ids,
        segment=programme.segment.code if programme.segment else None,
        starts_on=programme.starts_on,
        ends_on=programme.ends_on,
    )


def branch_days(as_of: date) -> BranchDays:
    """Minutes of the days on which a branch keeps other hours than usual, for the weeks of a decision.

    As booking opens them: its own days, and public holidays, on which nothing is booked.
    """
    since, until = as_of - timedelta(days=6), as_of + AHEAD - timedelta(days=1)
    calendar = calendar_between(since, until)
    holidays = {day for day in calendar.kinds if calendar.day_type(day) == "holiday"}
    minutes = {}
    for branch in Branch.objects.prefetch_related(
        Prefetch("days", BranchDay.objects.filter(on__range=(since, until)), to_attr="own_days")
    ):
        workshop = Workshop(
            zone=ZoneInfo(branch.timezone),
            hours=hours_between(branch.open_at, branch.close_at),
            calendar=calendar,
            exceptions={day.on: hours_between(day.open_at, day.close_at) for day in branch.own_days},
        )
        for day in holidays | workshop.exceptions.keys():
            hours = workshop.hours_on(day)
            minutes[branch.pk, day] = hours.length if hours else 0
    return minutes
