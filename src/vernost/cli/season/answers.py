"""How an invented customer answers the phone: by the generator's truth and a seeded chance."""

import csv
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from vernost.calls.rules.outcomes import When
from vernost.contacts.rules import Outcome
from vernost.invitations.models import Invitation
from vernost.workshop.models import OrderKind, RepairOrder

# How calls end: invented, of the size that russia.md gives for a service call centre.
ANSWERS = 0.62
NOT_ANSWERED = ((Outcome.NO_ANSWER, 0.7), (Outcome.BUSY, 0.15), (Outcome.UNAVAILABLE, 0.15))
REFUSALS = (
    (Outcome.DECLINED, 0.52),
    (Outcome.THINKING, 0.2),
    (Outcome.CALL_BACK, 0.16),
    (Outcome.SERVED_ELSEWHERE, 0.06),
    (Outcome.BAD_NUMBER, 0.03),
    (Outcome.CAR_SOLD, 0.02),
    (Outcome.DO_NOT_CALL, 0.01),
)
WHENS = (When.IN_AN_HOUR, When.THIS_EVENING, When.TOMORROW)
SOON = timedelta(days=40)


@dataclass(frozen=True, slots=True)
class Answer:
    """`visit_at` is when the customer's own order is known to open, where he books for it."""

    outcome: Outcome
    visit_at: datetime | None = None
    comes_only_if_called: bool = False
    when: When | None = None


class Answers:
    """`persuadable` holds the pairs (vehicle's id of the source, programme) that come only if called."""

    def __init__(self, truth: Path, seed: int) -> None:
        self._chance = Random(seed)  # noqa: S311 - a simulation, not a secret
        with (truth / "responses.csv").open(encoding="utf-8", newline="") as file:
            self._persuadable = {
                (row["vehicle_id"], row["programme"])
                for row in csv.DictReader(file)
                if row["comes_if_called"] == "1" and row["would_come"] == "0"
            }

    def of(self, invitation: Invitation, today: date) -> Answer:
        if self._chance.random() > ANSWERS:
            return Answer(self._one_of(NOT_ANSWERED))
        own = self._own_visit(invitation, today)
        if own is not None:
            return Answer(Outcome.BOOKED, visit_at=own)
        vehicle = invitation.vehicle
        if vehicle is not None and (vehicle.external_id, invitation.programme.kind) in self._persuadable:
            return Answer(Outcome.BOOKED, comes_only_if_called=True)
        outcome = self._one_of(REFUSALS)
        waits = outcome in {Outcome.THINKING, Outcome.CALL_BACK}
        return Answer(outcome, when=self._chance.choice(WHENS) if waits else None)

    def shows_up(self) -> bool:
        return self._chance.random() < 0.86  # noqa: PLR2004 - the rest are no-shows

    def days_ahead(self) -> int:
        return self._chance.randint(1, 9)

    def bill(self) -> int:
        """Roubles of the visit that the call brought."""
        return int(self._chance.lognormvariate(9.5, 0.5))

    def _one_of(self, shares: tuple[tuple[Outcome, float], ...]) -> Outcome:
        return self._chance.choices([outcome for outcome, _ in shares], [share for _, share in shares])[0]

    def _own_visit(self, invitation: Invitation, today: date) -> datetime | None:
        """Return when the customer comes anyway, as the files tell it."""
        if invitation.vehicle_id is None:
            return None
        order = (
            RepairOrder.objects.filter(
                vehicle_id=invitation.vehicle_id, opened_on__gt=today, opened_on__lte=today + SOON
            )
            .exclude(kind__in=[OrderKind.INTERNAL, OrderKind.PRESALE])
            .select_related("branch")
            .order_by("opened_on", "pk")
            .first()
        )
        if order is None or order.branch is None:
            return None
        hour = (order.opened_time or time(10)).replace(minute=0, second=0)
        return datetime.combine(order.opened_on, hour, ZoneInfo(order.branch.timezone))
