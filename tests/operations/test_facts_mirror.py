"""The columnar mirror: what it holds of the database."""

from datetime import date, time

import pytest
from tests import factories
from tests.refreshes import refresh, rows

from vernost.accounts.models import LegalEntity, Source
from vernost.customers.models import ChannelStop, ConsentStatement
from vernost.sales.models import Deal
from vernost.vehicles.models import OdometerReading
from vernost.workshop.models import OrderLine, RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"
    return settings.MIRROR_DIR


def test_an_order_with_its_money_is_an_order_a_visit_and_its_lines():
    source = Source.objects.create(code="dms")
    branch = factories.branch(bays=2, open_at=time(9, 30))
    owner = factories.customer(source=source, external_id="C-1")
    car = factories.vehicle(owner=owner, source=source, external_id="V-1", make=" KIA ", model="Рио")
    order = factories.order(
        branch=branch,
        customer=owner,
        vehicle=car,
        source=source,
        external_id="O-1",
        opened_on=date(2026, 3, 2),
        closed_on=date(2026, 3, 4),
        closed_time=time(10, 0, 1),
        mileage_km=15_000,
        kind="maintenance",
        lines=[("Oil ", "1220.00"), ("Wipers", "500.00", True)],
    )
    OrderLine.objects.filter(order=order, line_no=1).update(cost="400.50")
    OrderLine.objects.create(order=order, line_no=3, name="Repair", amount="9999", payer="warranty")
    refresh()
    assert rows("orders") == [
        {
            "order_id": order.pk,
            "ref": "O-1",
            "branch_id": branch.pk,
            "customer_id": owner.pk,
            "vehicle_id": car.pk,
            "advisor_id": None,
            "opened_on": date(2026, 3, 2),
            "closed_on": date(2026, 3, 4),
            "closed_second": 36_001,
            "mileage_km": 15_000,
            "kind": "maintenance",
            "status": "closed",
            # 1 220 roubles without 22 % are 1 000; less the cost of 400.50.
            "revenue": 122_000,
            "cost": 40_050,
            "margin": 59_950,
            "known_on": None,
        }
    ]
    assert rows("visits", "order_id", "on", "revenue", "margin") == [
        {"order_id": order.pk, "on": date(2026, 3, 4), "revenue": 122_000, "margin": 59_950}
    ]
    assert rows("lines", "line_no", "name_key", "amount", "declined", "on") == [
        {"line_no": 1, "name_key": "oil", "amount": 122_000, "declined": False, "on": date(2026, 3, 4)},
        {"line_no": 2, "name_key": "wipers", "amount": 50_000, "declined": True, "on": date(2026, 3, 4)},
        {"line_no": 3, "name_key": "repair", "amount": 999_900, "declined": False, "on": date(2026, 3, 4)},
    ]
    assert rows("readings", "vehicle_id", "on", "km", "order_ids", "accepted") == [
        {"vehicle_id": car.pk, "on": date(2026, 3, 2), "km": 15_000, "order_ids": "O-1", "accepted": True}
    ]
    assert rows("vehicles", "ref", "make_key", "model_key") == [{"ref": "V-1", "make_key": "kia", "model_key": "рио"}]
    assert rows("branches", "bays", "open_minute", "close_minute") == [
        {"bays": 2, "open_minute": 570, "close_minute": 1140}
    ]


@pytest.mark.parametrize(
    ("closed_on", "vat", "kind", "amount", "cost", "money"),
    [
        (date(2018, 12, 31), True, "repair", "118.00", "10.00", (11_800, 1_000, 9_000)),
        (date(2019, 1, 1), True, "repair", "120.00", "10.00", (12_000, 1_000, 9_000)),
        (date(2026, 1, 1), True, "repair", "122.00", "10.00", (12_200, 1_000, 9_000)),
        (date(2026, 1, 1), False, "repair", "122.00", "10.00", (12_200, 1_000, 11_200)),
        (date(2026, 1, 1), True, "warranty", "122.00", "10.00", (12_200, 0, 10_000)),
        # 0.61 / 1.22 = 0.50; half a kopeck is rounded away from zero on both sides of it.
        (date(2019, 1, 1), True, "repair", "0.03", None, (3, 0, 3)),
        (date(2019, 1, 1), True, "repair", "-0.03", None, (-3, 0, -3)),
    ],
)
def test_margin_is_without_the_tax_of_the_closing_day(closed_on, vat, kind, amount, cost, money):
    branch = factories.branch(vat=vat)
    factories.order(branch=branch, opened_on=closed_on, kind=kind, amount=amount, cost=cost)
    refresh()
    found = rows("orders", "revenue", "cost", "margin")
    assert found == [dict(zip(("revenue", "cost", "margin"), money, strict=True))]


def test_what_is_no_visit_is_still_an_order():
    for kind, status in (("internal", "closed"), ("presale", "closed"), ("repair", "cancelled"), ("repair", "open")):
        factories.order(kind=kind, status=status, closed_on=date(2026, 3, 4), opened_on=date(2026, 3, 4))
    refresh()
    assert (len(rows("orders")), rows("visits"), rows("lines")) == (4, [], [])


def test_readings_come_from_orders_that_are_not_cancelled_and_from_what_people_say():
    car = factories.vehicle()
    day = date(2026, 3, 4)
    for km, more in ((10_000, {}), (10_000, {}), (0, {}), (77, {"status": "cancelled"}), (10_500, {"kind": "presale"})):
        factories.order(vehicle=car, opened_on=day, mileage_km=km, **more)
    OdometerReading.objects.create(vehicle=car, on=date(2026, 4, 1), km=12_000, origin="call")
    first, second = RepairOrder.objects.filter(mileage_km=10_000).order_by("pk").values_list("pk", flat=True)
    other = RepairOrder.objects.get(mileage_km=10_500).pk
    refresh()
    assert rows("readings", "on", "km", "order_ids", "accepted") == [
        {"on": day, "km": 10_000, "order_ids": f"vernost:{first},vernost:{second}", "accepted": True},
        {"on": day, "km": 10_500, "order_ids": f"vernost:{other}", "accepted": True},
        {"on": date(2026, 4, 1), "km": 12_000, "order_ids": "", "accepted": True},
    ]


def test_several_sources_show_in_every_id():
    first, second = Source.objects.create(code="dms"), Source.objects.create(code="onec")
    factories.customer(source=first, external_id="7")
    factories.customer(source=second, external_id="7")
    refresh()
    assert [row["ref"] for row in rows("customers", "ref")] == ["dms:7", "onec:7"]


def test_consents_are_a_row_for_each_channel_that_a_statement_speaks_of():
    owner = factories.customer()
    ConsentStatement.objects.create(customer=owner, on=date(2026, 1, 1), calls=True, sms=False)
    ChannelStop.objects.create(customer=owner, channel="sms", since=date(2026, 2, 1))
    refresh()
    assert rows("consents", "channel", "given", "on") == [
        {"channel": "call", "given": True, "on": date(2026, 1, 1)},
        {"channel": "sms", "given": False, "on": date(2026, 1, 1)},
    ]
    assert rows("stops", "channel", "since") == [{"channel": "sms", "since": date(2026, 2, 1)}]


def test_who_has_told_one_company_has_all_that_counts_for_it_once_more():
    told, other = LegalEntity.objects.create(name="Volga"), LegalEntity.objects.create(name="Kama")
    branch = factories.branch(legal_entity=told)
    owner, plain = factories.customer(), factories.customer(name="Petrov")
    days = [date(2026, 1, day) for day in (1, 2, 3)]
    ConsentStatement.objects.create(customer=owner, on=days[0], calls=False)
    ConsentStatement.objects.create(customer=owner, on=days[1], calls=True, legal_entity=told, origin="paper@1")
    ConsentStatement.objects.create(customer=owner, on=days[2], sms=True, legal_entity=other, origin="paper@2")
    ConsentStatement.objects.create(customer=plain, on=days[0], calls=True)
    refresh()
    columns = ("customer_id", "company_id", "channel", "given", "on")
    said = sorted(tuple(row.values()) for row in rows("consents", *columns) if row["company_id"])
    assert said == [
        (owner.pk, told.pk, "call", False, days[0]),
        (owner.pk, told.pk, "call", True, days[1]),
        (owner.pk, other.pk, "call", False, days[0]),
        (owner.pk, other.pk, "sms", True, days[2]),
    ]
    to_all = [tuple(row.values()) for row in rows("consents", *columns) if not row["company_id"]]
    assert sorted(to_all) == [(owner.pk, None, "call", False, days[0]), (plain.pk, None, "call", True, days[0])]
    found = {row["branch_id"]: row["company_id"] for row in rows("branches", "branch_id", "company_id")}
    assert found[branch.pk] == told.pk


def test_a_deal_has_a_margin_when_it_is_won_and_we_are_the_seller():
    for status, kind in (("won", "new"), ("won", "trade_in"), ("open", "new")):
        Deal.objects.create(status=status, kind=kind, closed_on=date(2026, 5, 1), amount="1220", cost="900")
    refresh()
    assert sorted(row["margin"] for row in rows("deals", "margin")) == [0, 0, 10_000]
