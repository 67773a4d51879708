"""Who does a thing, which branches he may see, and what he may do there."""

from dataclasses import dataclass, replace
from enum import StrEnum

from vernost.core.i18n import _
from vernost.core.rights import ALL_FIELDS, Reach, Rights, Sensitive


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

    `branch_ids` is None for the whole group; an empty set sees nothing. `rights` None: all of them for a
    part of the system, none for a person. `own_only`: of what the branches have, only what `employee_id`
    answers for. `hidden` are kinds of fields that a key of the API is not told.
    """

    code: str
    branch_ids: frozenset[int] | None
    role: Role | None = None
    user_id: int | None = None
    rights: Rights | None = None
    employee_id: int | None = None
    own_only: bool = False
    hidden: frozenset[Sensitive] = frozenset()

    def sees_branch(self, branch_id: int | None) -> bool:
        return self.branch_ids is None or branch_id in self.branch_ids

    def may(self, right: str) -> bool:
        """Whether he may do a thing at all: `customers.export`; how far is `within`."""
        if self.rights is None:
            return self.role is None
        return self.rights.reach(right) is not None

    def shows(self, field: Sensitive) -> bool:
        """Whether he is shown a kind of field."""
        return field in self.fields

    @property
    def fields(self) -> frozenset[Sensitive]:
        if self.rights is None:
            return ALL_FIELDS - self.hidden if self.role is None else frozenset()
        return self.rights.fields - self.hidden

    def within(self, right: str) -> "Actor":
        """Return the actor as far as a right of his reaches."""
        reach = self.rights.reach(right) if self.rights else None
        if reach is Reach.GROUP:
            return replace(self, branch_ids=None, own_only=False)
        return replace(self, own_only=True) if reach is Reach.OWN else self


def system(name: str) -> Actor:
    """Return the actor for a job or a command: `system:<name>`, the whole group."""
    return Actor(code=f"system:{name}", branch_ids=None)
