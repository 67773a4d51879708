"""Reads of the dealer group's own data, within what the actor may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, TypeVar

from allauth.mfa.models import Authenticator
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, F, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Concat, Lower, NullIf, Trim
from holidays.countries.russia import RussiaStaticHolidays

from vernost.accounts.audit import SEEN
from vernost.accounts.models import AuditRecord, Branch, BranchDay, CalendarDay, Employee, Setting, User
from vernost.accounts.rules import RuleSettings, settings_of
from vernost.core.actor import ROLE_TITLES, Actor, Role
from vernost.core.calendar import ProductionCalendar


def branches_visible_to(actor: Actor) -> QuerySet[Branch]:
    branches = Branch.objects.all()
    return branches if actor.branch_ids is None else branches.filter(pk__in=actor.branch_ids)


Scoped = TypeVar("Scoped", bound=Model)


def within_scope(rows: QuerySet[Scoped], actor: Actor) -> QuerySet[Scoped]:
    """Return the rows all of whose `branches` the actor sees: nobody manages a wider scope than his own."""
    if actor.branch_ids is None:
        return rows
    inside = rows.filter(branches__in=actor.branch_ids, all_branches=False)
    own = inside.exclude(branches__in=Branch.objects.exclude(pk__in=actor.branch_ids))
    # By number, so that the rows can be locked and their branches gathered.
    return rows.filter(pk__in=own.values("pk"))


def users_visible_to(actor: Actor) -> QuerySet[User]:
    return within_scope(User.objects.all(), actor)


def employees_visible_to(actor: Actor) -> QuerySet[Employee]:
    employees = Employee.objects.order_by("name", "pk")
    return employees if actor.branch_ids is None else employees.filter(branch_id__in=actor.branch_ids)


@dataclass(frozen=True, slots=True)
class UserRow:
    id: int
    username: str
    name: str
    email: str
    role: Role
    role_title: str
    active: bool
    all_branches: bool
    branches: tuple[str, ...]
    has_totp: bool
    password_temporary: bool
    last_login: datetime | None


def users(
    actor: Actor,
    *,
    text: str = "",
    role: str = "",
    active: bool | None = True,
    totp: bool | None = None,
    after: str = "",
    limit: int | None = None,
) -> list[UserRow]:
    """Return users by name. `after` is the sort key of the last row of the page before (`user_key`)."""
    found = _described(users_visible_to(actor))
    for word in text.split():
        found = found.filter(Q(shown_name__icontains=word) | Q(username__icontains=word) | Q(email__icontains=word))
    if role:
        found = found.filter(role=role)
    if active is not None:
        found = found.filter(is_active=active)
    if totp is not None:
        found = found.filter(has_totp=totp)
    if after:
        found = found.filter(sort_key__gt=after)
    return [_user_row(user) for user in found.order_by("sort_key")[:limit]]


def user_key(row: UserRow) -> str:
    """Return the place of a row in the list: the name, then the login, which is unique."""
    return f"{row.name.lower()}\t{row.username.lower()}"


def user(actor: Actor, user_id: int) -> UserRow:
    """Return one user; `User.DoesNotExist` beyond the actor's scope."""
    return _user_row(_described(users_visible_to(actor)).get(pk=user_id))


def profile(user_id: int) -> UserRow:
    """Return a user as he sees himself."""
    return _user_row(_described(User.objects.filter(pk=user_id)).get())


def user_entry(actor: Actor, user_id: int) -> dict[str, Any]:
    """Return the user's fields as the form shows them."""
    user = users_visible_to(actor).prefetch_related("branches").get(pk=user_id)
    return {
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "role": user.access_role_id or user.role,
        "all_branches": user.all_branches,
        "branches": [branch.pk for branch in user.branches.all()],
        "employee": user.employee_id,
    }


def users_without_totp(actor: Actor) -> int:
    return _described(users_visible_to(actor)).filter(is_active=True, has_totp=False).count()


def _described(users: QuerySet[User]) -> QuerySet[Any]:
    full_name = NullIf(Trim(Concat("first_name", Value(" "), "last_name")), Value(""))
    return (
        users.select_related("access_role")
        .annotate(
            has_totp=Exists(Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)),
            branch_names=ArrayAgg(
                "branches__name", filter=Q(branches__isnull=False), order_by="branches__name", default=[]
            ),
            shown_name=Coalesce(full_name, F("username")),
        )
        .annotate(sort_key=Concat(Lower("shown_name"), Value("\t"), Lower("username")))
    )


def _user_row(user: Any) -> UserRow:  # noqa: ANN401 - a User with the annotations of `_described`
    own = user.access_role is not None and user.access_role.code not in set(Role)
    return UserRow(
        id=user.pk,
        username=user.username,
        name=user.shown_name,
        email=user.email,
        role=Role(user.role),
        role_title=user.access_role.title if own else ROLE_TITLES[Role(user.role)],
        active=user.is_active,
        all_branches=user.all_branches,
        branches=tuple(user.branch_names),
        has_totp=user.has_totp,
        password_temporary=user.password_temporary,
        last_login=user.last_login,
    )


@dataclass(frozen=True, slots=True)
class BranchRow:
    id: int
    name: str
    timezone: str
    brands: str
    address: str
    phone: str
    open_at: time | None
    close_at: time | None
    bays: int | None
    daily_limit: int | None
    vat: bool
    source: str
    people: int


def branches(actor: Actor) -> list[BranchRow]:
    return [_branch_row(branch) for branch in _branches(branches_visible_to(actor))]


def branch(actor: Actor, branch_id: int) -> BranchRow:
    """Return one branch; `Branch.DoesNotExist` beyond the actor's scope."""
    return _branch_row(_branches(branches_visible_to(actor)).get(pk=branch_id))


def _branches(found: QuerySet[Branch]) -> QuerySet[Branch]:
    active_users = Count("users", filter=Q(users__is_active=True), distinct=True)
    return found.select_related("source").annotate(people=active_users).order_by("name", "pk")


def _branch_row(branch: Any) -> BranchRow:  # noqa: ANN401 - a Branch with the annotation of `_branches`
    return BranchRow(
        id=branch.pk,
        name=branch.name,
        timezone=branch.timezone,
        brands=branch.brands,
        address=branch.address,
        phone=branch.phone,
        open_at=branch.open_at,
        close_at=branch.close_at,
        bays=branch.bays,
        daily_limit=branch.daily_limit,
        vat=branch.vat,
        source=branch.source.code if branch.source else "",
        people=branch.people,
    )


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A branch's own hours on one date; without hours it is closed."""

    on: date
    open_at: time | None
    close_at: time | None


def special_days(branch_id: int, *, since: date) -> list[SpecialDay]:
    days = BranchDay.objects.filter(branch_id=branch_id, on__gte=since).order_by("on")
    return [SpecialDay(day.on, day.open_at, day.close_at) for day in days]


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day of the production calendar that differs from its weekday."""

    on: date
    kind: str
    title: str
    verified: bool


def calendar_year(year: int) -> dict[date, DayRow]:
    days = CalendarDay.objects.filter(on__year=year).order_by("on")
    return {day.on: DayRow(day.on, day.kind, day.title, day.verified) for day in days}


def production_calendar() -> ProductionCalendar:
    return ProductionCalendar(dict(CalendarDay.objects.values_list("on", "kind")))


def rule_settings() -> RuleSettings:
    return settings_of(dict(Setting.objects.values_list("code", "value")))


def last_decreed_year() -> int:
    """Return the last year whose moved days off the calendar library knows."""
    return max(RussiaStaticHolidays.special_public_holidays)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A line of the journal; `fields` maps a name to `[before, after]`."""

    at: datetime
    who: str
    action: str
    fields: dict[str, Sequence[Any]]


def changes(*, subject: str, subject_id: object = None, limit: int = 20) -> list[ChangeRow]:
    """Return the latest lines first; `subject_id` None: of every thing of that kind."""
    found = AuditRecord.objects.filter(subject=subject).exclude(action__in=SEEN)
    if subject_id is not None:
        found = found.filter(subject_id=str(subject_id))
    return [
        ChangeRow(
            at=change.at,
            who=change.user.display_name if change.user else change.actor,
            action=change.action,
            fields=change.fields or {},
        )
        for change in found.select_related("user").order_by("-at", "-pk")[:limit]
    ]
