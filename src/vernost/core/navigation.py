"""The sections of the product's frame: each surface registers its own in its `navigation.py`."""

from collections.abc import Callable
from dataclasses import dataclass

from vernost.core.actor import Actor, Role
from vernost.core.registry import Registry

EVERYONE = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the rail and of the phone's bar.

    `title` and `short` (for the phone) are marked texts; `icon` is a Tabler name; `url_name` is reversed
    without arguments, and every address below it belongs to the section; so does what lies below one of `also`,
    names of pages or of cards with an id. `badge` counts what waits for the actor. `foot` puts the entry at the
    bottom, beside the person. Who may not open the page has no entry; `roles` is for what two kinds of people have
    under one name.
    """

    code: str
    title: str
    icon: str
    url_name: str
    roles: frozenset[Role] = EVERYONE
    order: int = 100
    short: str = ""
    badge: Callable[[Actor], int] | None = None
    foot: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchSource:
    """An address that answers `?q=` with the fragment `ui/search_results.html`, asked by the Ctrl+K dialog."""

    code: str
    url_name: str
    roles: frozenset[Role] = EVERYONE


sections: Registry[Section] = Registry("navigation")
searches: Registry[SearchSource] = Registry("search")
