"""What operators did, their schemes and their statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from vernost.accounts.models import User
from vernost.accounts.queries import users_visible_to
from vernost.contacts.rules import Outcome
from vernost.core.actor import Actor, Role, system
from vernost.invitations.models import ContactAttempt, Invitation
from vernost.reports import rules
from vernost.reports.catalogue.funnel import funnel_tables
from vernost.reports.facts import STAGES, operator_attempts, operator_bookings, operators
from vernost.reports.models import MotivationRule
from vernost.reports.queries.funnel import month_of
from vernost.reports.queries.people import People, listed
from vernost.reports.queries.source import Source, open_source
from vernost.reports.rules import Kpi, MotivationLine

FIGURES = ("attempts", "talk_seconds", "reached", "booked", "arrived", "paid", "revenue", "margin")
# The stages whose people are attempts; the others' are invitations.
OF_ATTEMPTS = ("attempts", "reached", "booked")
OF_BOOKINGS = ("arrived", "paid")


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """An operator's figures; `plan` are the thresholds of his scheme in a whole month, by KPI. Money in roubles."""

    user_id: int
    name: str
    attempts: int
    talk_seconds: int
    reached: int
    booked: int
    arrived: int
    paid: int
    revenue: Decimal
    margin: Decimal
    plan: Mapping[str, Decimal]

    def share(self, part: str, whole: str) -> float | None:
        """Return one figure's share in another."""
        found: int = getattr(self, whole)
        return getattr(self, part) / found if found else None


@dataclass(frozen=True, slots=True)
class OperatorsPage:
    refreshed_at: datetime
    rows: list[OperatorRow]
    total: OperatorRow


def operators_page(actor: Actor, *, start: date, end: date) -> OperatorsPage:
    """Return a row for everybody with an attempt in the period; thresholds where the period is one month."""
    source = open_source()
    figures = {row["user_id"]: row for row in _figures(source, actor, start, end)}
    users = User.objects.filter(pk__in=figures).order_by("last_name", "first_name", "username")
    month = start if rules.months_of(start, end) == [start] else None
    schemes = _schemes(month) if month else {}
    rows = [_row(user.pk, user.display_name, figures[user.pk], schemes.get(Role(user.role), ())) for user in users]
    together = {figure: sum(row[figure] for row in figures.values()) for figure in FIGURES}
    return OperatorsPage(source.refreshed_at, rows, _row(0, "", together, ()))


def _figures(source: Source, actor: Actor, start: date, end: date) -> list[dict[str, Any]]:
    return source.rows(operators(funnel_tables(source.con, actor), start=start, end=end))


def _row(user_id: int, name: str, figures: Mapping[str, int], scheme: Sequence[MotivationLine]) -> OperatorRow:
    return OperatorRow(
        user_id=user_id,
        name=name,
        plan={line.kpi: line.threshold for line in scheme if line.threshold},
        **{figure: figures[figure] for figure in FIGURES[:6]},
        revenue=Decimal(figures["revenue"]) / 100,
        margin=Decimal(figures["margin"]) / 100,
    )


def operator_people(
    actor: Actor, *, user_id: int, figure: str, start: date, end: date, after: int | None, limit: int | None
) -> People:
    """Return the attempts behind a count of attempts, the invitations behind what came of his bookings."""
    source = open_source()
    tables = funnel_tables(source.con, actor)
    if figure in OF_ATTEMPTS:
        made = operator_attempts(tables, start=start, end=end)
        made = made.filter(made.user_id == user_id).mutate(operator_id="user_id")
        narrowed = {"reached": made.reached, "booked": made.outcome == Outcome.BOOKED.value}
        found = made.filter(narrowed[figure]) if figure in narrowed else made
        return listed(
            source, found.rename(id="attempt_id"), ContactAttempt, after=after, limit=limit, path="invitation__"
        )
    booked = operator_bookings(tables, start=start, end=end)
    found = booked.filter(booked.booker == user_id, booked.furthest >= STAGES.index(figure))
    return listed(source, found.rename(id="invitation_id"), Invitation, after=after, limit=limit)


@dataclass(frozen=True, slots=True)
class StatementLine:
    kpi: Kpi
    fact: Decimal
    threshold: Decimal
    rate: Decimal
    cap: Decimal | None
    pay: Decimal

    @property
    def capped(self) -> bool:
        return self.cap is not None and self.pay == self.cap


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person is paid for a month; no lines where his role has no scheme then."""

    refreshed_at: datetime
    user_id: int
    name: str
    role: Role
    month: date
    scheme_from: date | None
    lines: list[StatementLine]
    total: Decimal


def statement_of_visible(actor: Actor, *, user_id: int, month: date) -> Statement:
    """Return the statement of a person whom the actor manages, or `User.DoesNotExist`."""
    return statement(users_visible_to(actor).get(pk=user_id), month)


def own_statement(user_id: int, month: date) -> Statement:
    return statement(User.objects.get(pk=user_id), month)


def statement(user: User, month: date) -> Statement:
    source, (start, end) = open_source(), month_of(month)
    # Pay counts all that the person did, whoever looks at the sheet.
    figures = [row for row in _figures(source, system("statement"), start, end) if row["user_id"] == user.pk]
    found = figures[0] if figures else dict.fromkeys(FIGURES, 0)
    since, scheme = scheme_on(Role(user.role), start)
    lines = [_line(line, rules.motivation_fact(Kpi(line.kpi), found)) for line in scheme]
    return Statement(
        refreshed_at=source.refreshed_at,
        user_id=user.pk,
        name=user.display_name,
        role=Role(user.role),
        month=start,
        scheme_from=since,
        lines=lines,
        total=sum((line.pay for line in lines), Decimal("0.00")),
    )


def _line(line: MotivationLine, fact: Decimal) -> StatementLine:
    pay = rules.motivation_pay(line, fact)
    return StatementLine(Kpi(line.kpi), fact, line.threshold, line.rate, line.cap, pay)


def scheme_on(role: Role, day: date) -> tuple[date | None, list[MotivationLine]]:
    """Return the newest scheme of a role that holds on a day, and since when."""
    since = scheme_days(role, until=day)
    return (since[0], scheme_from(role, since[0])) if since else (None, [])


def scheme_days(role: Role, *, until: date | None = None) -> list[date]:
    """Return from which days the schemes of a role hold, the newest first."""
    found = MotivationRule.objects.filter(role=role)
    if until is not None:
        found = found.filter(valid_from__lte=until)
    return list(found.order_by("-valid_from").values_list("valid_from", flat=True).distinct())


def scheme_from(role: Role, day: date) -> list[MotivationLine]:
    """Return the lines of the scheme that begins on a day, in the order of the KPIs."""
    rows = MotivationRule.objects.filter(role=role, valid_from=day)
    lines = {rule.kpi: MotivationLine(rule.kpi, rule.threshold, rule.rate, rule.cap) for rule in rows}
    return [lines[kpi] for kpi in rules.MOTIVATION_KPIS if kpi in lines]


def _schemes(month: date) -> dict[Role, list[MotivationLine]]:
    """Return every role's scheme of a month, in one statement."""
    newest: dict[Role, date] = {}
    schemes: dict[Role, list[MotivationLine]] = {}
    for rule in MotivationRule.objects.filter(valid_from__lte=month).order_by("role", "-valid_from"):
        role = Role(rule.role)
        if newest.setdefault(role, rule.valid_from) == rule.valid_from:
            schemes.setdefault(role, []).append(MotivationLine(rule.kpi, rule.threshold, rule.rate, rule.cap))
    return schemes
