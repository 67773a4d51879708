"""What `benchmarks.card` measures: cards opened one after the other in Chromium, by people of two scopes.

The useful paint is the largest one of the page before anybody touches it (Largest Contentful Paint): the columns of
who, now and past stand. What is counted aside, value, state and risks, comes after it and is measured apart.
"""

import os
import random
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Max, Min, QuerySet
from django.utils import timezone
from playwright.sync_api import sync_playwright

from benchmarks import base
from benchmarks.queue_run import figures
from benchmarks.visitors import Visitor, signed_in
from vernost.accounts import roles
from vernost.accounts.models import Branch, User
from vernost.core.actor import Role, system
from vernost.facts import operations
from vernost.vehicles.models import Ownership
from vernost.workshop.models import RepairOrder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CARDS = 40
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# The observer is asked before anything is painted; a page keeps its largest paint until it is left.
_WATCH = """
window.largest = 0
new PerformanceObserver(list => { for (const one of list.getEntries()) window.largest = one.startTime })
  .observe({ type: "largest-contentful-paint", buffered: true })
"""
_PAINTS = """() => {
  const [page] = performance.getEntriesByType("navigation")
  const [first] = performance.getEntriesByName("first-contentful-paint")
  return { answer: page.responseEnd, first_paint: first.startTime, useful_paint: window.largest }
}"""
_WHOLE = "() => !document.querySelector('main [hx-trigger^=load]') && !document.querySelector('.htmx-request')"
_PAINTED = "() => window.largest && performance.getEntriesByName('first-contentful-paint').length"
_NOW = "() => performance.now()"


def have_a_mirror(tell: base.Tell) -> None:
    """Value, state and risks of a card are read from the mirror."""
    tell("Bringing the mirror up to date")
    base.aside(_refresh)


def _refresh() -> None:
    operations.refresh(now=timezone.now())


def measure(*, port: int, tell: base.Tell) -> dict[str, Any]:
    """Return the milliseconds from the press to each paint, by who looks."""
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        message = "no Chromium: run `apt-get install chromium`, or set CHROMIUM to its path"
        raise FileNotFoundError(message)
    branches = list(Branch.objects.order_by("pk"))
    # Who can take people out sets a second step up before he sees a card.
    roles.require_second_step(required=False, actor=system("bench"), now=timezone.now())
    lookers = {"a manager of the group": [], "an operator of three branches": branches[:3]}
    measured = {}
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the browser's loop runs in this thread
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_SWITCHES)
        for number, (who, sees) in enumerate(lookers.items()):
            tell("%(count)d cards are opened", count=CARDS)
            visitor = signed_in(_person(number, sees))
            measured[who] = _opened(browser, visitor, port, _customers(number, sees))
        browser.close()
    return measured


def _person(number: int, sees: Sequence[Branch]) -> User:
    role = Role.OPERATOR if sees else Role.MANAGER
    user, _made = User.objects.get_or_create(
        username=f"bench-card-{number}", defaults={"role": role, "all_branches": not sees}
    )
    user.branches.set(sees)
    return user


def _customers(number: int, sees: Sequence[Branch]) -> list[int]:
    """Choose customers by chance, all over the base, whom this person may see."""
    chance = random.Random(base.SEED + number)  # noqa: S311 - the same cards each time
    owners: QuerySet[Any] = Ownership.objects.filter(owned_until=None)
    if sees:
        owners = RepairOrder.objects.filter(branch__in=sees, customer__isnull=False)
    ids = Ownership.objects.aggregate(first=Min("customer_id"), last=Max("customer_id"))
    chosen: dict[int, None] = {}
    while len(chosen) < CARDS:
        at = chance.randint(ids["first"], ids["last"])
        found = owners.filter(customer_id__gte=at).order_by("customer_id").values_list("customer_id", flat=True)[:1]
        chosen.update(dict.fromkeys(found))
    return list(chosen)


def _opened(browser: "Browser", visitor: Visitor, port: int, customers: Sequence[int]) -> dict[str, Any]:
    """Open each card in the window of somebody who has been at work: styles and scripts are in its cache."""
    address = f"http://127.0.0.1:{port}"
    context = browser.new_context(base_url=address, locale="ru-RU", viewport={"width": 1440, "height": 900})
    context.add_cookies(
        [
            {"name": name, "value": value, "url": address}
            for name, value in (cookie.split("=", 1) for cookie in visitor.cookies.split("; "))
        ]
    )
    context.add_init_script(_WATCH)
    page = context.new_page()
    page.goto("/office/search/")
    seconds: dict[str, list[float]] = {}
    for customer in customers:
        for what, at in _look(page, f"/office/customers/{customer}/").items():
            seconds.setdefault(what, []).append(at / 1000)
    context.close()
    return {what: figures(each) for what, each in seconds.items()}


def _look(page: "Page", path: str) -> dict[str, float]:
    answer = page.goto(path)
    assert answer, path
    assert answer.status == 200, f"{path}: {answer.status}"
    assert page.url.endswith(path), f"{path} led to {page.url}"
    page.wait_for_selector("html[data-ready]")
    page.wait_for_function(_WHOLE)
    whole = page.evaluate(_NOW)
    page.wait_for_function(_PAINTED)  # on a quick machine the parts may come before the browser paints anything
    return {**page.evaluate(_PAINTS), "whole": whole}
