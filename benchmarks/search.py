"""Finding a customer in the served product: a thousand varied questions over HTTP, and whether he was found.

Each question is what a person would type of somebody who is in the base: a part of a telephone, plate or VIN,
words of the name in any order, in capitals, without ё, with the wrong keyboard layout; some are of nobody.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from django.db.models import Max, Min, Q, QuerySet

from benchmarks import base
from benchmarks.queue_run import figures
from benchmarks.visitors import Visitor
from vernost.core import keyboard
from vernost.customers.models import ContactAddress, Customer
from vernost.vehicles.models import Ownership

QUESTIONS = 1000
SEARCH_P95_MS = 150
_AT_ONCE = 2
_NOBODY = ("Ыъыщенко", "Zzzyx", "0000000000", "ы000ыы00", "XXXXXXXXXXXXXXXXX")

# What is typed of a row, and of which rows: telephone, plate and VIN of a car, or name.
Typed = Callable[[str], str]
PHONES: dict[str, Typed] = {
    "telephone, whole": lambda phone: phone,
    "telephone with 8 and brackets": lambda phone: f"8 ({phone[2:5]}) {phone[5:8]}-{phone[8:10]}-{phone[10:]}",
    "telephone, last 4": lambda phone: phone[-4:],
    "telephone, last 7": lambda phone: f"{phone[-7:-4]}-{phone[-4:-2]}-{phone[-2:]}",
    "telephone, first 6": lambda phone: phone[2:8],
}
PLATES: dict[str, Typed] = {
    "plate, whole": lambda plate: plate,
    "plate, small Latin letters": lambda plate: plate.lower().translate(str.maketrans("авекмнорстух", "abekmhopctyx")),
    "plate, without region": lambda plate: plate[:6],
    "plate, wrong layout": lambda plate: keyboard.switched(plate.lower()),
}
VINS: dict[str, Typed] = {
    "VIN, whole": lambda vin: vin,
    "VIN, last 6": lambda vin: vin[-6:],
    "VIN, first 8": lambda vin: vin[:8].lower(),
}
NAMES: dict[str, Typed] = {
    "surname": lambda name: name.split()[0],
    "surname and first name": lambda name: " ".join(name.split()[:2]),
    "whole name in capitals": lambda name: name.upper(),
    "first name and surname": lambda name: " ".join(reversed(name.split()[:2])),
    "first name and patronymic": lambda name: " ".join(name.split()[-2:]),
    "surname, wrong layout": lambda name: keyboard.switched(name.split()[0].lower()),
    "first three letters": lambda name: name[:3],
}
# These say enough to have the very person among the eight that are shown.
_NAMES_ONE = {"telephone, whole", "telephone with 8 and brackets", "telephone, last 7", "VIN, whole", "plate, whole"}


def measure(visitors: Sequence[Visitor], *, port: int, tell: base.Tell) -> dict[str, Any]:
    """Ask as operators of the group and of single branches in turn; `found` is the share of those asked for by name."""
    questions = _questions()
    tell("%(count)d questions are asked", count=len(questions))
    return asyncio.run(_ask(questions, visitors, port))


def _questions() -> list[tuple[str, str, int]]:
    """Return (kind, text, customer) in a random order; customer 0: nobody."""
    chance = random.Random(base.SEED)  # noqa: S311 - the same words each time
    phones = _some(
        ContactAddress.objects.filter(kind="phone", value__startswith="+7"), ("value", "customer_id"), chance
    )
    present = Ownership.objects.filter(owned_until=None)
    plates = _some(present.exclude(vehicle__plate=""), ("vehicle__plate", "customer_id"), chance)
    vins = _some(present.exclude(vehicle__vin=""), ("vehicle__vin", "customer_id"), chance)
    names = _some(Customer.objects.filter(~Q(sort_key=""), kind="person"), ("full_name", "pk"), chance)
    questions = [(f"nobody: {text}", text, 0) for text in _NOBODY]
    for kinds, rows in ((PHONES, phones), (PLATES, plates), (VINS, vins), (NAMES, names)):
        each = QUESTIONS // (len(PHONES) + len(PLATES) + len(VINS) + len(NAMES))
        for kind, typed in kinds.items():
            questions += [(kind, typed(value), pk) for value, pk in chance.sample(rows, each)]
    chance.shuffle(questions)
    return questions


def _some(rows: QuerySet[Any], columns: tuple[str, str], chance: random.Random) -> list[tuple[str, int]]:
    ids = rows.aggregate(first=Min("pk"), last=Max("pk"))
    found: dict[tuple[str, int], None] = {}
    for _try in range(QUESTIONS * 4):
        at = chance.randint(ids["first"], ids["last"])
        found.update(dict.fromkeys(rows.filter(pk__gte=at).order_by("pk").values_list(*columns)[:1]))
        if len(found) == QUESTIONS:
            break
    return list(found)


async def _ask(questions: Sequence[tuple[str, str, int]], visitors: Sequence[Visitor], port: int) -> dict[str, Any]:
    seconds: dict[str, list[float]] = {}
    missed: dict[str, int] = {}
    waiting = iter(enumerate(questions))
    # The first of the staff sees the group, the others some branches (`queue_run`).
    group, branch = visitors[0], visitors[1]

    async def asker(connections: tuple[Visitor, Visitor]) -> None:
        for place, (kind, text, customer_id) in waiting:
            visitor = connections[place % 2]
            answer = await visitor.get(port, f"/office/search/?q={quote(text)}")
            assert answer.status == 200, f"{kind}: {answer.status}"
            scope = "branch" if place % 2 else "group"
            seconds.setdefault(scope, []).append(answer.seconds)
            seconds.setdefault(kind.partition(":")[0], []).append(answer.seconds)
            if kind in _NAMES_ONE and scope == "group":
                seen = f"/office/customers/{customer_id}/" in answer.body
                missed[kind] = missed.get(kind, 0) + (not seen)
        for visitor in connections:
            visitor.leave()

    connections = [(group.another_connection(), branch.another_connection()) for _asker in range(_AT_ONCE)]
    await asyncio.gather(*(asker(each) for each in connections))
    whole = [*seconds.pop("group"), *(branch_seconds := seconds.pop("branch"))]
    return {
        "asked_at_once": _AT_ONCE,
        "all": figures(whole),
        "of_one_branch": figures(branch_seconds),
        "kinds": {kind: figures(each) for kind, each in sorted(seconds.items())},
        "not_found": missed,
    }
