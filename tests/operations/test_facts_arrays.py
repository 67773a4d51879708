"""The dense arrays of a mirror's version hold what its tables hold, however they were made."""

from datetime import UTC, date, datetime
from random import Random
from typing import Any

import numpy as np
import pytest
from tests import factories

from vernost import facts
from vernost.customers.models import Customer
from vernost.facts import array_writing, arrays, mirror, operations
from vernost.facts.array_kernels import NO_DAY
from vernost.facts.arrays import Arrays
from vernost.sales.models import Deal
from vernost.workshop.models import OrderLine, RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)
EPOCH = date(1970, 1, 1)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"
    return settings.MIRROR_DIR


def refreshed() -> Arrays:
    return arrays.of(operations.refresh(now=NOW).mirror)


def held(found: Arrays) -> dict[str, list[tuple[Any, ...]]]:
    """What the arrays say, in words: ids, days, texts."""
    ids = found.customers.tolist()
    owners = np.repeat(found.customers, np.diff(found.visits.starts)).tolist()
    sellers = np.repeat(found.customers, np.diff(found.deals.starts)).tolist()
    categories = np.repeat(np.arange(len(found.lines.starts) - 1), np.diff(found.lines.starts)).tolist()
    visits, deals, lines, people = found.visits, found.deals, found.lines, found.people
    return {
        "people": list(
            zip(ids, people["blocked"].tolist(), days(people["blocked_day"]), days(people["created_day"]), strict=True)
        ),
        "visits": list(
            zip(
                owners,
                days(visits["day"]),
                visits["revenue"].tolist(),
                visits["margin"].tolist(),
                values(found, "branches", visits["branch"]),
                values(found, "order_kinds", visits["kind"]),
                strict=True,
            )
        ),
        "deals": list(zip(sellers, days(deals["day"]), deals["margin"].tolist(), strict=True)),
        "lines": sorted(
            zip(
                [found.codes["categories"][code] for code in categories],
                [ids[number] for number in lines["customer"].tolist()],
                days(lines["day"]),
                lines["amount"].tolist(),
                values(found, "line_kinds", lines["kind"]),
                lines["declined"].tolist(),
                strict=True,
            )
        ),
    }


def days(numbers: Any) -> list[date | None]:
    return [None if day == NO_DAY else date.fromordinal(EPOCH.toordinal() + day) for day in numbers.tolist()]


def values(found: Arrays, domain: str, codes: Any) -> list[Any]:
    return [None if code < 0 else found.codes[domain][code] for code in codes.tolist()]


def told() -> dict[str, list[tuple[Any, ...]]]:
    """What the tables of the current version say."""
    con = facts.connect()
    people, visits, deals, lines = (facts.table(name, con) for name in ("customers", "visits", "deals", "lines"))
    flag = (people.blocked.cast("int64").fill_null(-1), people.blocked_on, people.created_on)
    come = visits.filter(visits.customer_id.notnull()).order_by("customer_id", "on", "closed_second", "ref")
    sold = deals.filter(deals.status == "won", deals.kind != "trade_in", deals.customer_id.notnull())
    return {
        "people": read(people.order_by("customer_id").select(people.customer_id, *flag)),
        "visits": read(come.select("customer_id", "on", "revenue", "margin", "branch_id", "kind")),
        "deals": read(sold.order_by("customer_id", "closed_on", "ref").select("customer_id", "closed_on", "margin")),
        "lines": sorted(
            read(
                lines.filter(lines.customer_id.notnull()).select(
                    "category_key", "customer_id", "on", "amount", "kind", declined=lines.declined.cast("int64")
                )
            )
        ),
    }


def read(table: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in table.to_pyarrow().to_pylist()]


def tangle(random: Random) -> None:
    orders, customers = list(RepairOrder.objects.order_by("pk")), list(Customer.objects.order_by("pk"))
    for deed in random.choices(("order", "moved", "kind", "line", "gone", "deal", "blocked", "stranger", "left"), k=5):
        order, customer = random.choice(orders), random.choice(customers)
        on = date(2026, random.randint(1, 11), random.randint(1, 28))
        match deed:
            case "order":
                branch = factories.branch(name=str(random.random()))
                factories.order(branch=branch, customer=customer, opened_on=on, lines=[("x", "9", True)])
            case "moved":
                RepairOrder.objects.filter(pk=order.pk).update(customer=random.choice([None, customer]))
            case "kind":
                RepairOrder.objects.filter(pk=order.pk).update(kind=random.choice(["internal", "body", "warranty"]))
            case "line":
                new = {"name": "x", "amount": random.randint(1, 900), "category": random.choice(["Brakes", "oil", ""])}
                OrderLine.objects.update_or_create(order=order, line_no=random.randint(1, 3), defaults=new)
            case "gone":
                order.delete()
                orders.remove(order)
            case "deal":
                Deal.objects.create(customer=customer, status="won", closed_on=on, amount=random.randint(1, 999))
            case "blocked":
                Customer.objects.filter(pk=customer.pk).update(blocked=True, blocked_on=on)
            case "stranger":
                factories.order(customer=factories.customer(), opened_on=on, lines=[("y", "7")])
            case "left" if not any(kind.objects.filter(customer=customer).exists() for kind in (RepairOrder, Deal)):
                customer.delete()
                customers.remove(customer)


@pytest.mark.parametrize(("seed", "few"), [(1, 50_000), (2, 50_000), (3, 6)])
def test_arrays_hold_what_the_tables_hold_after_any_change(seed: int, few: int, monkeypatch):
    monkeypatch.setattr("vernost.facts.build.FEW", few)
    random = Random(seed)
    for number in range(6):
        factories.order(customer=factories.customer(), lines=[("x", "9"), ("y", "2", True)], amount=number)
    assert held(refreshed()) == told()
    for _round in range(8):
        tangle(random)
        assert held(refreshed()) == told()


def test_a_small_change_reads_the_touched_customers_only(monkeypatch):
    orders = [factories.order(customer=factories.customer(), lines=[("x", "9")]) for _ in range(3)]
    refreshed()
    wholes: list[str] = []
    whole = array_writing._whole
    monkeypatch.setattr(array_writing, "_whole", lambda desk, table: (wholes.append(table.name), whole(desk, table)))
    orders[1].delete()
    found = refreshed()
    assert (wholes, np.diff(found.visits.starts).tolist()) == ([], [1, 0, 1])


def test_an_empty_base_has_empty_arrays():
    found = refreshed()
    assert (len(found.customers), len(found.visits), len(found.lines), held(found)) == (0, 0, 0, told())


def test_the_arrays_of_a_version_are_made_once_and_followed_by_whoever_refreshes():
    factories.order(customer=factories.customer())
    first = operations.refresh(now=NOW).mirror
    # Nobody has needed them yet.
    assert (arrays.follow(first), arrays.is_made(first)) == (False, False)
    made = arrays.of(first)
    assert arrays.of(first) is made
    factories.order(customer=factories.customer())
    second = operations.refresh(now=NOW).mirror
    assert (arrays.follow(second), arrays.follow(second), arrays.is_made(second)) == (True, False, True)
    assert mirror.current().version == arrays.of().version == second.version


def test_the_arrays_that_a_page_wants_are_made_by_the_next_refresh():
    factories.order(customer=factories.customer())
    first = operations.refresh(now=NOW).mirror
    arrays.want(first)
    assert (arrays.is_made(first), arrays.follow(operations.refresh(now=NOW).mirror)) == (False, True)
    assert arrays.is_made(mirror.current())


def test_customers_are_found_by_id_and_values_by_code():
    known = factories.customer()
    branch = factories.branch()
    factories.order(customer=known, branch=branch)
    found = refreshed()
    assert found.numbers(np.array([known.pk, known.pk + 1, 0])).tolist() == [0, -1, -1]
    assert (found.codes["branches"][found.code("branches", branch.pk)], found.code("branches", -5)) == (branch.pk, -1)
