"""Who signs in at the demo."""

from dataclasses import dataclass

from vernost.accounts.models import Branch, Employee, EmployeeRole, Setting, User
from vernost.accounts.roles import SECOND_STEP
from vernost.core.actor import Role

PASSWORD = "vernost-demo-2026"  # noqa: S105 - of an invented dealership, printed when it opens


@dataclass(frozen=True, slots=True)
class Login:
    username: str
    role: Role
    name: tuple[str, str]
    """First and last name."""


MANAGER = "manager"
LOGINS = (
    Login(MANAGER, Role.MANAGER, ("Марина", "Соколова")),
    Login("alina", Role.OPERATOR, ("Алина", "Гарипова")),
    Login("oleg", Role.OPERATOR, ("Олег", "Власов")),
    Login("vera", Role.OPERATOR, ("Вера", "Юсупова")),
    Login("advisor", Role.ADVISOR, ("Тимур", "Ахметов")),
)
OPERATORS = tuple(login.username for login in LOGINS if login.role is Role.OPERATOR)


def ensure_people() -> None:
    """Make the demo's users and give each the demo's password; safe to repeat."""
    for login in LOGINS:
        user, made = User.objects.get_or_create(
            username=login.username,
            defaults={"role": login.role, "first_name": login.name[0], "last_name": login.name[1]},
        )
        if made:
            user.set_password(PASSWORD)
        _place(user, login.role)
        user.save()
    # Everybody knows the demo's password, and nobody has its telephones: the demo asks for no second step.
    Setting.objects.get_or_create(code=SECOND_STEP, defaults={"value": False})


def _place(user: User, role: Role) -> None:
    """An advisor works at the first branch, the others for the whole group."""
    first = Branch.objects.order_by("pk").first()
    user.all_branches = role is not Role.ADVISOR
    if role is Role.ADVISOR and first is not None:
        user.employee = Employee.objects.filter(branch=first, role=EmployeeRole.ADVISOR).order_by("pk").first()
        user.branches.set([first])
