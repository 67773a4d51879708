"""Who does a thing, and which branches he may see."""

from dataclasses import dataclass
from enum import StrEnum

from vernost.core.i18n import _


class Role(StrEnum):
    OPERATOR = "operator"
    ADVISOR = "advisor"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


ROLE_TITLES = {
    Role.OPERATOR: _("Operator"),
    Role.ADVISOR: _("Service advisor"),
    Role.MANAGER: _("Manager"),
    Role.ADMINISTRATOR: _("Administrator"),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person or a part of the system.

    `branch_ids` is None for the whole group; an empty set sees nothing.
    """

    code: str
    branch_ids: frozenset[int] | None
    role: Role | None = None
    user_id: int | None = None

    def sees_branch(self, branch_id: int | None) -> bool:
        return self.branch_ids is None or branch_id in self.branch_ids


def system(name: str) -> Actor:
    """Return the actor for a job or a command: `system:<name>`, the whole group."""
    return Actor(code=f"system:{name}", branch_ids=None)
