"""Cards of customers, cars and orders chosen evenly by chance, each asked once; then in a Chromium without a screen.

The parts that the customer's card asks for after its first answer are measured apart.
"""

import asyncio
import random
import shutil
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import Max, Min, QuerySet
from django.urls import reverse

from benchmarks import base, serving
from benchmarks.queue_run import figures
from benchmarks.visitors import Visitor, signed_in
from vernost.accounts.models import User
from vernost.core.actor import Role
from vernost.customers.models import Customer
from vernost.vehicles.models import Vehicle
from vernost.workshop.models import RepairOrder

# Of each kind, with a reader of its own: who looks at more than 600 cards within an hour is stopped.
CARDS = 150
PAINTED = 40
PAINT_P95_MS = 500
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_PARTS = ("office:customer-figures", "office:customer-risks")
_PAINT = """() => new Promise(seen => new PerformanceObserver(list => {
    const first = list.getEntriesByName("first-contentful-paint")[0]; if (first) seen(first.startTime);
}).observe({type: "paint", buffered: true}))"""


def measure(*, port: int, tell: base.Tell) -> dict[str, Any]:
    chance = random.Random(base.SEED)  # noqa: S311 - the same cards each time
    customers = _some(Customer.objects.filter(merged_into=None, erased_at=None), chance)
    asked = {
        "customer": _of("office:customer", customers),
        "car": _of("office:vehicle", _some(Vehicle.objects.all(), chance)),
        "order": _of("office:order", _some(RepairOrder.objects.all(), chance)),
        **{name.partition("-")[2]: _of(name, customers) for name in _PARTS},
    }
    tell("%(count)d cards are opened", count=CARDS * 3)
    told: dict[str, Any] = {}
    before = serving.processor_seconds()
    for kind, paths in asked.items():
        seconds = asyncio.run(_ask(_reader(kind), paths, port))
        told[kind] = figures(seconds)
        after = serving.processor_seconds()
        told[kind]["processor_ms"] = round(1000 * sum(after[of] - before.get(of, 0) for of in after) / len(paths), 1)
        before = after
    painted = _painted(_of("office:customer", _some(Customer.objects.filter(merged_into=None), chance))[:PAINTED], port)
    return {"pages": told, "first_paint": figures(painted) if painted else None}


def _of(name: str, keys: Sequence[int]) -> list[str]:
    return [reverse(name, args=[key]) for key in keys]


def _reader(kind: str) -> Visitor:
    """An operator of the whole group."""
    user, _made = User.objects.get_or_create(
        username=f"bench-reader-{kind}", defaults={"role": Role.OPERATOR, "all_branches": True}
    )
    return signed_in(user)


def _some(rows: "QuerySet[Any]", chance: random.Random) -> list[int]:
    ends = rows.aggregate(first=Min("pk"), last=Max("pk"))
    found: dict[int, None] = {}
    for _try in range(CARDS * 4):
        at = rows.filter(pk__gte=chance.randint(ends["first"], ends["last"])).order_by("pk")
        found |= dict.fromkeys(at.values_list("pk", flat=True)[:1])
        if len(found) == CARDS:
            break
    return list(found)


async def _ask(reader: Visitor, paths: Sequence[str], port: int) -> list[float]:
    seconds = []
    for path in paths:
        answer = await reader.get(port, path, htmx=path.endswith(("figures/", "risks/")))
        assert answer.status == 200, f"{path}: {answer.status}"
        seconds.append(answer.seconds)
    reader.leave()
    return seconds


def _painted(paths: Sequence[str], port: int) -> list[float]:
    """Return the seconds until the first content is seen, empty without a browser: it is a tool of the tests."""
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if program is None:
        return []
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - it comes with the tests

    reader = _reader("browser")
    key = dict(part.split("=", 1) for part in reader.cookies.split("; "))[settings.SESSION_COOKIE_NAME]
    address = f"http://127.0.0.1:{port}"
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": address}])
        # The first page brings the style and the scripts, which the others have kept.
        seconds = []
        for path in paths:
            page.goto(address + path)
            seconds.append(page.evaluate(_PAINT) / 1000)
        browser.close()
    return seconds[1:]
