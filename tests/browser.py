"""Looking at a page as people do: wide and on a phone, by day and by night, with axe beside."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from django.test import Client

from vernost import assets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from playwright.sync_api import ConsoleMessage, Error, Locator, Page

    from vernost.accounts.models import User

AXE = assets.SOURCES / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SIZES = ((1440, 900), (390, 844))
THEMES = ("light", "dark")
# As the button in the top bar does it: charts are drawn anew.
_CHANGE_THEME = """theme => {
    document.documentElement.dataset.theme = theme;
    dispatchEvent(new Event("themechange"));
}"""
_RUN = "runOnly => axe.run(document, { runOnly, resultTypes: ['violations'] })"
_EVERYTHING = {"type": "tag", "values": RULES}
# All that another theme changes.
_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
_IN_FOCUS = "element => element.isConnected ? element === document.activeElement : null"


def sign_in(page: "Page", user: "User") -> None:
    """Give the browser the session of a person, past the sign-in page."""
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    _cookie(page, settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)


def choose(page: "Page", *, theme: str) -> None:
    _cookie(page, "theme", theme)


def open_page(page: "Page", url: str) -> None:
    """Open an address and wait until its scripts are at work."""
    page.goto(url)
    page.wait_for_selector("html[data-ready]")
    # A page with a live stream never gets to "networkidle".
    page.evaluate("document.fonts.ready.then(() => true)")


def check_page(page: "Page", url: str) -> list[str]:
    """Open the page in both sizes and themes; return what axe, the console and the page's width complain of.

    Each theme comes once from the server, with one of the sizes, and once by the change of the other on the page. All
    rules of axe are asked once for each size, those of colours for each theme.
    """
    complaints: list[str] = []
    page.emulate_media(reduced_motion="reduce")
    with _listened_to(page, complaints):
        for size, theme in zip(SIZES, THEMES, strict=True):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            choose(page, theme=theme)
            open_page(page, url)
            complaints += _look_in_both_themes(page, size)
    return complaints


def check_pages(page: "Page", urls: "Iterable[str]") -> dict[str, list[str]]:
    """Check each page as `check_page` does; return the complaints of those that have any."""
    found = {url: check_page(page, url) for url in urls}
    return {url: complaints for url, complaints in found.items() if complaints}


@contextmanager
def _listened_to(page: "Page", complaints: list[str]) -> "Iterator[None]":
    def said(message: "ConsoleMessage") -> None:
        complaints.extend([message.text] if message.type == "error" else [])

    def failed(error: "Error") -> None:
        complaints.append(str(error))

    page.on("console", said)
    page.on("pageerror", failed)
    yield
    page.remove_listener("console", said)
    page.remove_listener("pageerror", failed)


def check_here(page: "Page") -> list[str]:
    """Check the page as it stands, after what was done on it, in both sizes and themes."""
    page.emulate_media(reduced_motion="reduce")
    complaints = [complaint for size in SIZES for complaint in _look_in_both_themes(page, size)]
    page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    return complaints


def _look_in_both_themes(page: "Page", size: tuple[int, int]) -> list[str]:
    complaints = []
    for theme, rules in zip(THEMES, (_EVERYTHING, _COLOURS), strict=True):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.evaluate(_CHANGE_THEME, theme)
        complaints += [f"{size[0]} {theme}: {complaint}" for complaint in _look(page, size[0], rules)]
    return complaints


def _look(page: "Page", width: int, rules: "Mapping[str, object]") -> list[str]:
    found = []
    content = page.evaluate("document.documentElement.scrollWidth")
    if content > width:
        found.append(f"the page is {content} px wide")
    # A control half hidden under a fixed bar is small for axe; nothing is hidden in a window as high as the page.
    page.set_viewport_size({"width": width, "height": page.evaluate("document.documentElement.scrollHeight")})
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    for violation in page.evaluate(_RUN, rules)["violations"]:
        targets = ", ".join(str(node["target"]) for node in violation["nodes"])
        found.append(f"{violation['id']}: {violation['help']}: {targets}")
    return found


def tab_to(page: "Page", locator: "Locator", *, most: int = 120) -> None:
    """Come to a control as somebody without a mouse does; nothing is pressed where it has the focus already."""
    control = locator.element_handle()
    for _press in range(most):
        there = control.evaluate(_IN_FOCUS)
        if there:
            return
        if there is None:  # The page has been drawn anew.
            control = locator.element_handle()
        else:
            page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not come to {locator}")


def _cookie(page: "Page", name: str, value: str) -> None:
    # The context knows the address of the live server as its base.
    base = page.evaluate("location.origin") if page.url.startswith("http") else _base_of(page)
    page.context.add_cookies([{"name": name, "value": value, "url": base}])


def _base_of(page: "Page") -> str:
    page.goto("/account/login/")
    return str(page.evaluate("location.origin"))
