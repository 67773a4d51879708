"""What a programme would do on a day, before it is switched on: how many, who, who not and why, at what cost."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, Sum
from ibis.backends.duckdb import Backend

from vernost.accounts.rules import RuleSettings
from vernost.core.wall import whole_group_rows
from vernost.invitations.models import Invitation, Programme
from vernost.invitations.queries import decisions, listing, rules
from vernost.invitations.queries.decisions import ProgrammeCounts, Question
from vernost.invitations.queries.listing import Answer
from vernost.invitations.rules import ENDED_STATES, InvitationState
from vernost.invitations.rules.programme import ProgrammeRule

# Less history than this says nothing about the next time.
ENOUGH_ENDED = 100
RESULT_DAYS = timedelta(days=60)
HISTORY, DEFAULT = "history", "default"
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Effort:
    """What the invited will take and bring; `…_by`: the programme's `history`, or the `default` of the settings."""

    operator_hours: float
    attempts: float
    attempts_by: str
    visits: float
    visits_by: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """`invited` and `suppressed` are the first of each, `counts` is of all."""

    as_of: date
    counts: ProgrammeCounts
    invited: tuple[Answer, ...]
    suppressed: tuple[Answer, ...]
    effort: Effort


def dry_run(
    con: Backend,
    programme: Programme,
    *,
    as_of: date,
    branch_ids: frozenset[int] | None = None,
    visible: Collection[int] | None = None,
    shown: int = SHOWN,
) -> DryRun:
    """Decide a day with this programme, saved or not, among the others that are switched on; write nothing.

    `branch_ids` are the branches it would work for, where they are being edited; `visible` the
    branches whose people may be named (None: all).
    """
    asked = rules.rule_of(programme, branch_ids=branch_ids)
    question = _question(asked, as_of)
    decision = decisions.decide(con, question)
    counted = [counts for counts in decisions.counts(decision) if counts.programme == asked.code]
    counts = counted[0] if counted else ProgrammeCounts(asked.code, 0, 0, {})

    def first(*, suppressed: bool) -> tuple[Answer, ...]:
        found = listing.answers(
            con,
            decision,
            question,
            programme=asked.code,
            branch_ids=visible,
            suppressed=suppressed,
            limit=shown,
        )
        return tuple(found)

    return DryRun(
        as_of=as_of,
        counts=counts,
        invited=first(suppressed=False),
        suppressed=first(suppressed=True),
        effort=effort(programme, counts.invited, question.settings, as_of),
    )


def answers_of(
    con: Backend, programme: Programme, *, as_of: date, visible: Collection[int] | None = None
) -> Iterator[Answer]:
    """Decide the day in the same way, and yield everybody whom the programme finds."""
    asked = rules.rule_of(programme)
    question = _question(asked, as_of)
    decision = decisions.decide(con, question)
    yield from listing.answers(con, decision, question, programme=asked.code, branch_ids=visible)


def _question(asked: ProgrammeRule, as_of: date) -> Question:
    others = [rule for rule in rules.active_rules() if rule.code != asked.code]
    return rules.question(as_of, [*others, asked])


# The history of a programme is the same for whoever asks.
@whole_group_rows()
def effort(programme: Programme, invited: int, settings: RuleSettings, as_of: date) -> Effort:
    """Estimate from the programme's own history where there is enough of it, else from the settings."""
    ended, ripe = Q(state__in=ENDED_STATES), Q(created_for__lte=as_of - RESULT_DAYS)
    came = ripe & Q(state__in=[InvitationState.ARRIVED, InvitationState.PAID])
    told = Invitation.objects.filter(programme_id=programme.pk).aggregate(
        ended=Count("pk", filter=ended),
        made=Sum("attempts", filter=ended),
        ripe=Count("pk", filter=ripe),
        came=Count("pk", filter=came),
    )
    attempts, attempts_by = settings.base_attempts_tenths / 10, DEFAULT
    if told["ended"] >= ENOUGH_ENDED and told["made"]:
        attempts, attempts_by = told["made"] / told["ended"], HISTORY
    share, visits_by = settings.base_visit_percent / 100, DEFAULT
    if told["ripe"] >= ENOUGH_ENDED:
        share, visits_by = told["came"] / told["ripe"], HISTORY
    return Effort(
        operator_hours=round(invited * attempts * settings.minutes_per_attempt / 60, 1),
        attempts=round(invited * attempts, 1),
        attempts_by=attempts_by,
        visits=round(invited * share, 1),
        visits_by=visits_by,
    )
