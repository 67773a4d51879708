"""Fields as attributes of segments: masks, expressions and PostgreSQL find the same people."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from tests import factories, march
from tests.own_fields import ADMIN, NOW, listed, made, put

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.core.actor import Actor, Role, system
from vernost.core.custom_fields import targets
from vernost.customers.models import Customer, CustomerFieldValue
from vernost.customers.operations import directories
from vernost.customers.operations.conversions import convert_field
from vernost.customers.queries import fields
from vernost.customers.rules.fields import Kind
from vernost.reports.catalogue.customers import Customers
from vernost.segments.attributes import Known
from vernost.segments.queries.choices import choices
from vernost.segments.queries.ground import Standing
from vernost.segments.queries.known import known_attributes, offered_attributes
from vernost.segments.rules import members, tree
from vernost.vehicles.models import VehicleFieldValue
from vernost.workshop.models import OrderFieldValue

TODAY = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 20, tzinfo=UTC)
GROUP = system("tests")
CLOSED = {"opened_on": date(2026, 3, 1), "closed_on": date(2026, 3, 2), "status": "closed"}


def found(rule):
    """Return whom the masks find, having asked that the expressions find the same."""
    document = {"all": [rule]}
    mirror = facts.mirror.current()
    standing = Standing(mirror, TODAY, None, RuleSettings())
    read = tree.read(document, known_attributes())
    by_masks = standing.ids(standing.bits(read, {})).tolist()
    known = Known(standing.tables(), TODAY, RuleSettings(), pytest.fail)
    rows = members.of(read, known, known_attributes()).order_by("customer_id").to_pyarrow()
    assert rows["customer_id"].to_pylist() == by_masks, rule
    return by_masks


@pytest.fixture(scope="module")
def base(shared_rows):  # noqa: ARG001 - the tables are emptied afterwards
    lot = Random(3)
    colours = listed("Красный", "Синий", "Алый")
    made("Размер", "whole"), made("Доход", "money"), made("Клуб", "text"), made("День", "day"), made("Кофе", "flag")
    made("Цвет", "choice", directory_id=colours.pk), made("Любит", "choices", directory_id=colours.pk)
    made("Тонировка", "flag", target="vehicle"), made("Пробки", "whole", target="order")
    branch = factories.branch()
    for number in range(60):
        one = factories.customer(name=f"К {number}", phones=())
        said = {
            "x_razmer": str(lot.randint(-5, 60)),
            "x_dokhod": f"{lot.randint(0, 10**6) / 100:.2f}",
            "x_klub": lot.choice(["Гольф", "Яхты", "Гончие"]),
            "x_den": (TODAY - timedelta(days=lot.randint(-30, 900))).isoformat(),
            "x_kofe": lot.choice("01"),
            "x_tsvet": lot.choice(["krasnyy", "siniy", "alyy"]),
            "x_lyubit": lot.choice(["krasnyy", "krasnyy; siniy", "alyy; siniy"]),
        }
        put(one, **{code: text for code, text in said.items() if lot.random() < 0.8})
        car = factories.vehicle(owner=one)
        if lot.random() < 0.5:
            put(car, target="vehicle", x_tonirovka=lot.choice("01"))
        order = factories.order(branch=branch, customer=one, vehicle=car, lines=[("Масло", 100)], **CLOSED)
        if lot.random() < 0.5:
            put(order, target="order", x_probki=str(lot.randint(0, 9)))
    march.build(AT)
    yield colours
    march.forget()


def with_value(field, **where):
    held = CustomerFieldValue.objects.filter(field__code=field, **where)
    return sorted(set(held.values_list("customer_id", flat=True)))


def test_masks_expressions_and_the_database_agree(base):  # noqa: ARG001 - the rows
    everybody = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    asked = {
        ("customer.x_razmer", "at_least", 30): {pk for pk, value in _values("x_razmer") if int(value) >= 30},
        ("customer.x_dokhod", "at_most", "5000"): {pk for pk, value in _values("x_dokhod") if float(value) <= 5000},
        ("customer.x_klub", "begins", "Го"): {pk for pk, value in _values("x_klub") if value.startswith("Го")},
        ("customer.x_den", "from", "2026-01-01"): {pk for pk, value in _values("x_den") if value >= "2026-01-01"},
        ("customer.x_kofe", "yes", None): {pk for pk, value in _values("x_kofe") if value == "1"},
        ("customer.x_tsvet", "in", ("krasnyy",)): {pk for pk, value in _values("x_tsvet") if value == "krasnyy"},
        ("customer.x_lyubit", "in", ("siniy",)): {pk for pk, value in _values("x_lyubit") if value == "siniy"},
        ("customer.x_klub", "unknown", None): set(everybody) - {pk for pk, _value in _values("x_klub")},
    }
    for (code, operator, value), people in asked.items():
        rule = {"attribute": code, "operator": operator}
        if value is not None:
            rule["value"] = list(value) if isinstance(value, tuple) else value
        assert found(rule) == sorted(people), rule
        assert people
        assert len(people) < len(everybody)


def _values(code):
    return list(CustomerFieldValue.objects.filter(field__code=code).values_list("customer_id", "value"))


def test_the_report_of_customers_has_the_fields(base):  # noqa: ARG001 - the rows
    report = Customers()
    rows = report.rows(facts.connect(), Customers.Params(TODAY), actor=GROUP)
    shown = {int(row["customer_id"].removeprefix("vernost:")): row["fields"] for row in rows}
    known = fields.definitions("customer")
    held = fields.values_of(targets["customer"], list(shown), known)
    assert shown == {pk: {code: "; ".join(sorted(values)) for code, values in held.get(pk, {}).items()} for pk in shown}


def test_fields_of_cars_and_orders_find_their_customers(base):  # noqa: ARG001 - the rows
    cars = VehicleFieldValue.objects.filter(value="1").values_list("vehicle__ownerships__customer_id", flat=True)
    assert found({"attribute": "vehicle.x_tonirovka", "operator": "yes"}) == sorted(cars)
    jams = OrderFieldValue.objects.filter(value__gte="5").values_list("order__customer_id", flat=True)
    rule = {"attribute": "order.x_probki", "operator": "at_least", "value": 5, "within": {"months": 240}}
    assert found(rule) == sorted(jams)
    assert jams


def test_a_rule_that_names_a_merged_value_finds_its_heirs(base):
    red, scarlet = (base.values.get(code=code) for code in ("krasnyy", "alyy"))
    both = sorted({pk for pk, value in _values("x_tsvet") if value in {"krasnyy", "alyy"}})
    directories.merge_values(value_id=scarlet.pk, into_id=red.pk, actor=ADMIN, now=NOW)
    march.build(AT)
    assert found({"attribute": "customer.x_tsvet", "operator": "in", "value": ["alyy"]}) == both
    assert found({"attribute": "customer.x_tsvet", "operator": "in", "value": ["krasnyy"]}) == both
    offered = [one.code for one in choices(f"directory:{base.pk}", GROUP, TODAY)]
    assert offered == ["krasnyy", "siniy"]


def test_a_field_of_another_type_asks_another_question(base):  # noqa: ARG001 - the rows
    field = fields.CustomField.objects.get(code="x_razmer")
    mirror = facts.mirror.current()
    standing = Standing(mirror, TODAY, None, RuleSettings())
    before = tree.read({"attribute": "customer.x_razmer", "operator": "at_least", "value": 30}, known_attributes())
    assert standing.bits(before, {}).any()
    convert_field(field_id=field.pk, kind=Kind.TEXT, actor=ADMIN, now=NOW)
    after = tree.read({"attribute": "customer.x_razmer", "operator": "contains", "value": "3"}, known_attributes())
    # The mirror is not fresh yet: nobody is found, and nothing breaks.
    assert not standing.bits(after, {}).any()
    march.build(AT)
    assert found({"attribute": "customer.x_razmer", "operator": "contains", "value": "3"})


@pytest.mark.django_db
def test_the_builder_offers_fields_in_use_to_those_who_see_them(base):  # noqa: ARG001 - the rows
    made("Тайна", "text", roles=("administrator",))
    assert "customer.x_tayna" not in offered_attributes(Actor("user:2", None, Role.MANAGER))
    assert "customer.x_tayna" in offered_attributes(ADMIN)
    assert "customer.x_tayna" in known_attributes()
