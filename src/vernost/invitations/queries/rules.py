"""What a decision is asked with: programmes and their numbers as the rules see them."""

from collections.abc import Iterable
from datetime import date, timedelta

from vernost.accounts import queries as accounts
from vernost.accounts.models import BranchDay
from vernost.contacts.rules import MessageClass, OutboundChannel
from vernost.invitations import kinds
from vernost.invitations.models import Programme
from vernost.invitations.queries.decisions import Question
from vernost.invitations.rules.capacity import BranchDays
from vernost.invitations.rules.params import params_of
from vernost.invitations.rules.programme import ProgrammeRule
from vernost.workshop.rules import hours_between

# No programme looks further ahead for its due week.
AHEAD = timedelta(days=400)


def question(as_of: date, rules: Iterable[ProgrammeRule] | None = None) -> Question:
    """Return the question of a day; without `rules` over all programmes that are switched on."""
    asked = tuple(active_rules() if rules is None else rules)
    return Question(as_of, asked, accounts.rule_settings(), branch_days(as_of))


def active_rules() -> list[ProgrammeRule]:
    programmes = Programme.objects.filter(active=True).prefetch_related("branches").order_by("rank", "pk")
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
        starts_on=programme.starts_on,
        ends_on=programme.ends_on,
    )


def branch_days(as_of: date) -> BranchDays:
    """Minutes of the days on which a branch keeps other hours than usual, for the weeks of a decision."""
    own = BranchDay.objects.filter(on__gt=as_of - timedelta(days=7), on__lt=as_of + AHEAD)
    minutes = {}
    for day in own:
        hours = hours_between(day.open_at, day.close_at)
        minutes[day.branch_id, day.on] = hours.length if hours else 0
    return minutes
