"""Who may do what: the matrix of a role, made of what the subjects declare and what an administrator has changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from vernost.core.actor import Role
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.core.rights import ALL_FIELDS, Reach, Rights, Sensitive
from vernost.core.things import actions

# What a standard role is shown of the fields that not everybody is.
STANDARD_FIELDS: Final[Mapping[Role, frozenset[Sensitive]]] = {
    Role.OPERATOR: ALL_FIELDS - {Sensitive.MARGIN},
    Role.ADVISOR: ALL_FIELDS - {Sensitive.MARGIN},
    Role.MANAGER: ALL_FIELDS,
    Role.ADMINISTRATOR: ALL_FIELDS,
}
NOT_GIVEN: Final = ""


class RoleRefused(DomainError):
    code = "role_refused"
    text = _("There is no right “%(right)s” with the reach “%(reach)s”")


@dataclass(frozen=True, slots=True)
class Grants:
    """What an administrator has changed of a role's kind.

    `reaches`: right → reach, or "" where it is taken away; a right that is left out is as with the standard
    role, so what a later version brings has a rule at once. `fields` None: as with the standard role.
    """

    reaches: Mapping[str, str] = field(default_factory=dict)
    fields: frozenset[Sensitive] | None = None

    @classmethod
    def read(cls, stored: Mapping[str, Any] | None) -> "Grants":
        """Read what is stored; a field that this version does not know is left out."""
        stored = stored or {}
        fields = stored.get("fields")
        known = {each.value for each in Sensitive}
        return cls(
            dict(stored.get("reaches", {})),
            None if fields is None else frozenset(Sensitive(each) for each in fields if each in known),
        )

    def written(self) -> dict[str, Any]:
        fields = None if self.fields is None else sorted(self.fields)
        return {"reaches": dict(sorted(self.reaches.items())), "fields": fields}


def rights_of(kind: Role, grants: Grants) -> Rights:
    """Return what a role of a kind may do; a reach that the right does not know is none."""
    granted = set()
    for right, action in actions():
        standard = Reach.BRANCH.value if kind in action.roles else NOT_GIVEN
        reach = grants.reaches.get(right, standard)
        if reach in action.reaches:
            granted.add((right, Reach(reach)))
    fields = STANDARD_FIELDS[kind] if grants.fields is None else grants.fields
    return Rights(frozenset(granted), fields)


def standard_rights(kind: Role) -> Rights:
    return rights_of(kind, Grants())


def checked(grants: Grants) -> Grants:
    """Return the grants, or raise RoleRefused for what no right has."""
    known = dict(actions())
    for right, reach in grants.reaches.items():
        if right not in known or (reach != NOT_GIVEN and reach not in known[right].reaches):
            raise RoleRefused(right=right, reach=reach)
    return grants


def exporting(rights: Rights) -> bool:
    """Whether data leave the product by these rights, or rights themselves are given: a second step is then asked."""
    leaving = [right for right, action in actions() if action.exports]
    return any(rights.reach(right) for right in [*leaving, "users.change"])
