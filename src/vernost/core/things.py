"""The objects that rights are about: every subject adds its own, with what each standard role may do to them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from vernost.core.actor import Role
from vernost.core.i18n import _
from vernost.core.registry import Registry
from vernost.core.rights import Reach, Sensitive

EVERYONE: Final = frozenset(Role)
CALLERS: Final = frozenset({Role.OPERATOR, Role.MANAGER, Role.ADMINISTRATOR})
RECEIVERS: Final = frozenset({Role.ADVISOR, Role.MANAGER, Role.ADMINISTRATOR})
MANAGERS: Final = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
ADMINISTRATORS: Final = frozenset({Role.ADMINISTRATOR})
REACH_TITLES: Final = {
    "": _("no"),
    Reach.OWN.value: _("only his own"),
    Reach.BRANCH.value: _("his branches"),
    Reach.GROUP.value: _("the whole group"),
}
FIELD_TITLES: Final = {
    Sensitive.PHONE: _("Telephones and messengers"),
    Sensitive.EMAIL: _("E-mail"),
    Sensitive.VIN: _("VIN"),
    Sensitive.MARGIN: _("Margin and cost"),
}
BY_BRANCH: Final = (Reach.BRANCH, Reach.GROUP)
BY_PERSON: Final = (Reach.OWN, Reach.BRANCH, Reach.GROUP)


@dataclass(frozen=True, slots=True)
class Action:
    """What one may do to an object. `roles` are the standard roles that may, each in its own branches.

    `exports`: data leave the product by it, so a person who may needs the second step of the sign-in.
    """

    code: str
    title: str
    roles: frozenset[Role] = MANAGERS
    reaches: tuple[Reach, ...] = BY_BRANCH
    exports: bool = False


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of the matrix. `title` of it and of its actions are marked texts."""

    code: str
    title: str
    actions: tuple[Action, ...]
    order: int = 100
    by_right: Mapping[str, Action] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_right", {f"{self.code}.{action.code}": action for action in self.actions})


things: Registry[Thing] = Registry("things")


def actions() -> Iterator[tuple[str, Action]]:
    """Yield every right with what it is."""
    for thing in sorted(things, key=lambda thing: (thing.order, thing.code)):
        yield from thing.by_right.items()
