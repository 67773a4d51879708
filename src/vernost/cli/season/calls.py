"""A day of calling: three operators, a customer each few minutes, everything through the desk's operations."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from vernost.calls import operations as calls
from vernost.calls.models import DeclineReason
from vernost.calls.operations import CallResult
from vernost.calls.rules.outcomes import SERVED_ELSEWHERE, When
from vernost.cli.season.answers import Answer, Answers
from vernost.cli.season.visits import BroughtVisit
from vernost.contacts.rules import Outcome
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.period import week_start
from vernost.invitations.models import Invitation
from vernost.workshop import queries as workshop
from vernost.workshop.models import Appointment
from vernost.workshop.operations import Booking

# Nine in the morning in Moscow, when the east of the group is already at work.
FIRST_CALL = time(6, 0)
BETWEEN_CALLS = timedelta(minutes=7)
LABOUR_HOURS = Decimal("1.5")


class CallingDay:
    """Plays one day; `brought` are the visits that only the calls brought."""

    def __init__(self, *, on: date, operators: Sequence[Actor], answers: Answers, chance: Random) -> None:
        self._on = on
        self._operators = operators
        self._answers = answers
        self._chance = chance
        self._reasons = list(DeclineReason.objects.filter(active=True).values_list("code", flat=True))
        self.brought: list[BroughtVisit] = []

    def play(self, *, calls_each: int) -> int:
        """Let each operator make so many calls, or until nobody may be called; return how many were made."""
        made = 0
        for turn in range(calls_each):
            moment = datetime.combine(self._on, FIRST_CALL, UTC) + turn * BETWEEN_CALLS
            for place, operator in enumerate(self._operators):
                now = moment + timedelta(minutes=place)
                invitation = calls.next_customer(actor=operator, now=now)
                if invitation is not None:
                    self._call(invitation, operator, now)
                    made += 1
        return made

    def _call(self, invitation: Invitation, operator: Actor, now: datetime) -> None:
        invitation = Invitation.objects.select_related("programme", "vehicle", "branch").get(pk=invitation.pk)
        answer = self._answers.of(invitation, self._on)
        if answer.outcome is Outcome.BOOKED:
            appointment = self._book(invitation, answer, operator, now)
            if appointment is None:
                answer = Answer(Outcome.CALL_BACK, when=When.TOMORROW)
            elif answer.comes_only_if_called and self._answers.shows_up():
                visit = BroughtVisit(appointment, invitation.programme.kind, self._answers.bill())
                self.brought.append(visit)
        reason = {
            Outcome.DECLINED: self._chance.choice(self._reasons),
            Outcome.SERVED_ELSEWHERE: SERVED_ELSEWHERE,
        }.get(answer.outcome, "")
        calls.record_outcome(
            invitation_id=invitation.pk,
            result=CallResult(answer.outcome, when=answer.when, decline_reason=reason),
            key=self._key(),
            actor=operator,
            now=now + timedelta(minutes=3),
        )

    def _book(self, invitation: Invitation, answer: Answer, operator: Actor, now: datetime) -> Appointment | None:
        for starts_at in self._starts(invitation, answer, now):
            booking = Booking(
                branch_id=invitation.branch_id or 0,
                starts_at=starts_at,
                customer_id=None,
                vehicle_id=None,
                labour_hours=LABOUR_HOURS,
            )
            try:
                return calls.book(
                    invitation_id=invitation.pk, booking=booking, key=self._key(), actor=operator, now=now
                )
            except DomainError:
                # Full, closed or already booked: the customer is offered the next time.
                continue
        return None

    def _starts(self, invitation: Invitation, answer: Answer, now: datetime) -> Iterable[datetime]:
        branch = invitation.branch
        if branch is None:
            return
        if answer.visit_at is not None:
            yield answer.visit_at
        wanted = answer.visit_at.date() if answer.visit_at else self._on + timedelta(days=self._answers.days_ahead())
        booking = Booking(branch.pk, now, None, None, LABOUR_HOURS)
        week = workshop.week(branch=branch, monday=week_start(wanted), visit=booking.visit, now=now)
        free = [cell.starts_at for _hour, cells in week.rows for cell in cells if cell and cell.is_open]
        same_day = [start for start in free if start.date() == wanted]
        if answer.visit_at is not None:
            yield from same_day[:5]
            return
        later = sorted(start for start in free if start.date() > self._on)
        yield from self._chance.sample(same_day, k=min(3, len(same_day)))
        yield from later[:5]

    def _key(self) -> UUID:
        return UUID(int=self._chance.getrandbits(128), version=4)
