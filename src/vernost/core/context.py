"""What the page frame needs on every page. Nothing is computed for a fragment that does not show it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext

from vernost.core.actor import ROLE_TITLES, Actor
from vernost.core.endpoints import may_open
from vernost.core.formats import count_limited
from vernost.core.navigation import Section, searches, sections

THEMES = ("auto", "light", "dark")
DENSITIES = ("compact", "default", "touch")


@dataclass(frozen=True, slots=True)
class NavigationItem:
    code: str
    title: str
    short: str
    icon: str
    url: str
    current: bool
    badge: str
    foot: bool


@dataclass(frozen=True, slots=True)
class Display:
    """How this browser shows pages; single keys are letters and digits without a modifier."""

    theme: str
    density: str
    single_keys: bool


def navigation(request: HttpRequest) -> dict[str, Any]:
    return {
        "nav": _lazy(lambda: _items(request)),
        "nav_searches": _lazy(lambda: _search_urls(request)),
        "display": display_of(request),
        "role_title": _lazy(lambda: _role_title(request)),
    }


def display_of(request: HttpRequest) -> Display:
    """Read the person's choice from this browser's cookies, else from his profile."""
    user = getattr(request, "user", None)
    density = request.COOKIES.get("density") or getattr(user, "density", "")
    keys = request.COOKIES.get("keys")
    return Display(
        theme=theme_of(request),
        density=density if density in DENSITIES else "default",
        single_keys=keys == "on" if keys in {"on", "off"} else getattr(user, "single_key_shortcuts", True),
    )


def theme_of(request: HttpRequest) -> str:
    theme = request.COOKIES.get("theme", "")
    return theme if theme in THEMES else "auto"


def _lazy(compute: Callable[[], Any]) -> Any:  # noqa: ANN401 - stands for what it computes
    return SimpleLazyObject(compute)


def _actor(request: HttpRequest) -> Actor | None:
    return getattr(request, "actor", None)


def _role_title(request: HttpRequest) -> str:
    actor = _actor(request)
    return gettext(ROLE_TITLES[actor.role]) if actor and actor.role else ""


def _items(request: HttpRequest) -> list[NavigationItem]:
    actor = _actor(request)
    if actor is None:
        return []
    allowed = [each for each in sections if actor.role in each.roles and may_open(actor, each.url_name)]
    urls = {section.code: url for section in allowed if (url := _url(section.url_name))}
    belonging = [(urls[section.code], section.code) for section in allowed if section.code in urls]
    belonging += [(_above(name), section.code) for section in allowed for name in section.also]
    current = _current(request.path, belonging)
    shown = [section for section in allowed if section.code in urls]
    return [
        _item(section, urls[section.code], current, actor)
        for section in sorted(shown, key=lambda section: (section.order, section.code))
    ]


def _item(section: Section, url: str, current: str, actor: Actor) -> NavigationItem:
    waiting = section.badge(actor) if section.badge else 0
    return NavigationItem(
        code=section.code,
        title=gettext(section.title),
        short=gettext(section.short or section.title),
        icon=section.icon,
        url=url,
        current=section.code == current,
        badge=count_limited(waiting) if waiting else "",
        foot=section.foot,
    )


def _current(path: str, urls: Iterable[tuple[str, str]]) -> str:
    """Return the section with the longest address that the page lies under."""
    around = [(len(url), code) for url, code in urls if url and path.startswith(url)]
    return max(around, default=(0, ""))[1]


def _search_urls(request: HttpRequest) -> list[str]:
    actor = _actor(request)
    if actor is None:
        return []
    return [
        url
        for source in searches
        if actor.role in source.roles and may_open(actor, source.url_name) and (url := _url(source.url_name))
    ]


def _above(name: str) -> str:
    """Return the address of a page, or what the addresses of all cards of a kind begin with."""
    return _url(name) or _url(name, 0).removesuffix("0/")


def _url(name: str, *ids: int) -> str:
    """Return the address, or nothing where the surface's page is not installed."""
    try:
        return reverse(name, args=ids)
    except NoReverseMatch:
        return ""
