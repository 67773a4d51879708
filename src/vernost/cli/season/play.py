"""The weeks one after the other: night, calls, visits, import."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random

from vernost.accounts.models import User
from vernost.automation.operations import nights as automation
from vernost.calls import operations as calls
from vernost.cli.season import manager
from vernost.cli.season.answers import Answers
from vernost.cli.season.calls import CallingDay
from vernost.cli.season.people import MANAGER, OPERATORS
from vernost.cli.season.visits import BroughtVisit, due_by, write_export
from vernost.core.actor import Actor, system
from vernost.core.calendar import ProductionCalendar
from vernost.facts import operations as facts
from vernost.workshop import operations as workshop
from vernost.workshop import queries as appointments
from vernost.workshop.models import Appointment

# Nights, in days before today. The first two are old enough for the sixty days of the effect to be over.
NIGHTS = (98, 63, 35, 12)
CALLING_DAYS = 4
CALLS_EACH = 12

Import = Callable[[Path], object]


def play(*, today: date, folder: Path, seed: int, import_files: Import, tell: Callable[[int, int], None]) -> None:
    """Play weeks before `today`; `folder` holds the dealership's files and gets the further exports."""
    answers = Answers(folder / "truth", seed)
    chance = Random(seed)  # noqa: S311 - a simulation, not a secret
    operators = [user.as_actor() for user in User.objects.filter(username__in=OPERATORS).order_by("pk")]
    boss = User.objects.get(username=MANAGER).as_actor()
    opened = today - timedelta(days=NIGHTS[0])
    manager.pay_operators(opened, actor=boss, now=_at(opened, 0))
    waiting: list[BroughtVisit] = []
    for place, before in enumerate(NIGHTS, 1):
        night = today - timedelta(days=before)
        manager.take_step(before, actor=boss, now=_at(night, 0))
        automation.run_night(as_of=night, actor=system("demo"), now=_at(night, 0))
        ended = today - timedelta(days=[*NIGHTS, 0][place] + 1)
        for day in _calling_days(night, ended):
            waiting += _play_day(day, operators, answers, chance)
        came = due_by(waiting, ended)
        waiting = [visit for visit in waiting if visit not in came]
        if came:
            export = folder / "later" / f"{ended:%Y-%m-%d}"
            write_export(export, came)
            import_files(export)
        _tidy_up(night, ended)
        tell(place, len(NIGHTS))
    manager.take_step(0, actor=boss, now=_at(today, 0))
    facts.refresh(now=_at(today, 0))
    manager.plan_the_month(today, actor=boss, now=_at(today.replace(day=1), 6))


def _play_day(day: date, operators: Sequence[Actor], answers: Answers, chance: Random) -> list[BroughtVisit]:
    played = CallingDay(on=day, operators=operators, answers=answers, chance=chance)
    calls.wake_retries(now=_at(day, 5))
    calls.place_in_zones(only_new=True)
    played.play(calls_each=CALLS_EACH)
    for operator in operators:
        calls.release_all(actor=operator, now=_at(day, 20))
    return played.brought


def _calling_days(night: date, ended: date) -> list[date]:
    """Return working days from a night on, spread up to the next one, so that retries have come due."""
    calendar: ProductionCalendar = appointments.calendar_between(night, ended)
    days = [night + timedelta(days=offset) for offset in range((ended - night).days)]
    working = [day for day in days if calendar.day_type(day) == "weekday"]
    return working[:: max(1, len(working) // CALLING_DAYS)][:CALLING_DAYS]


def _tidy_up(since: date, until: date) -> None:
    """What the reception would have done: those who came are matched, the others did not come."""
    workshop.match_orders(since=since - timedelta(days=60))
    missed = Appointment.objects.filter(
        starts_on__range=(since - timedelta(days=14), until), status__in=appointments.EXPECTED, booked_by__isnull=False
    )
    now = _at(until, 20)
    for appointment in missed:
        workshop.miss(appointment_id=appointment.pk, actor=system("reception"), now=now)
        calls.follow_appointment(appointment_id=appointment.pk, now=now)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), UTC)
