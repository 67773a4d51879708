"""Conditions as masks give whom the expressions give, for every attribute, operator, window, option and scope."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from django.conf import settings
from tests import mirrors
from tests.mirrors import TODAY

from vernost.accounts.rules import RuleSettings
from vernost.config.registries import load_fact_tables
from vernost.segments import attributes
from vernost.segments.attributes import Attribute, Known
from vernost.segments.queries.ground import Standing
from vernost.segments.rules import members, tree, values
from vernost.segments.rules.tree import SEGMENT
from vernost.segments.rules.values import Type

load_fact_tables()
ATTRIBUTES = attributes.discover()
SCOPES: tuple[frozenset[int] | None, ...] = (None, frozenset({1, 3}), frozenset())
WINDOWS: tuple[Any, ...] = (None, {"months": 14}, {"since": "2025-10-01", "until": "2026-03-01"}, "last_year")
OPTIONS = {
    "branch": ["B1", "B9"],
    "order_kind": ["maintenance", "body"],
    "category": ["brakes", "oil"],
    "line_kind": ["part"],
    "channel": ["call"],
    "direction": ["out"],
    "programme": ["lost"],
    "deal_kind": ["new"],
}


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Iterator[dict[Any, Standing]]:
    folder = tmp_path_factory.mktemp("mirror")
    before, settings.MIRROR_DIR = settings.MIRROR_DIR, folder
    mirror = mirrors.written(folder, mirrors.invented(Random(7)))
    yield {scope: Standing(mirror, TODAY, scope, RuleSettings()) for scope in SCOPES}
    settings.MIRROR_DIR = before


def expected(standing: Standing, rule: tree.Node) -> list[int]:
    known = Known(standing.tables(), standing.as_of, standing.settings, pytest.fail)
    found = members.of(rule, known, standing.attributes).order_by("customer_id").to_pyarrow()
    ids: list[int] = found["customer_id"].to_pylist()
    return ids


def found(standing: Standing, rule: tree.Node) -> list[int]:
    ids: list[int] = standing.ids(standing.bits(rule, {})).tolist()
    return ids


def asked(attribute: Attribute, rows: list[Any]) -> Iterator[dict[str, Any]]:
    """Conditions with every operator, on values that rows have."""
    some = sorted({value for value in rows if value is not None}) or [0]
    low, middle, high = some[0], some[len(some) // 2], some[-1]
    for number, operator in enumerate(values.OPERATORS[attribute.type]):
        document: dict[str, Any] = {"attribute": attribute.code, "operator": operator.code}
        match operator.takes:
            case "one":
                document["value"] = json(attribute, middle)
            case "two":
                document["value"] = [json(attribute, low), json(attribute, middle)]
            case "list":
                document["value"] = [str(low), str(high), "nothing"]
            case "span":
                document["value"] = {"days": 400} if number % 2 else {"months": 3}
        if attribute.dated:
            document["within"] = WINDOWS[number % len(WINDOWS)]
        if number % 3:
            document |= {name: OPTIONS[name] for name in attribute.options}
        yield document


def json(attribute: Attribute, value: Any) -> Any:
    if attribute.type in {Type.MONEY, Type.DECIMAL}:
        return str(value / 100)
    return value.isoformat() if attribute.type is Type.DAY else str(value)


# Their expressions read the whole history of a car, several times.
COSTLY = {"put_off_amount", "put_off_works", "risk", "car_last_visit_on", "mileage", "warranty_until", "warranty_km"}


@pytest.mark.parametrize(
    "code",
    [pytest.param(code, marks=pytest.mark.slow) if code in COSTLY else code for code in ATTRIBUTES if code != SEGMENT],
)
def test_a_mask_has_whom_the_expression_has(code: str, base):
    attribute = ATTRIBUTES[code]
    known = Known(base[None].tables(), TODAY, RuleSettings(), pytest.fail)
    plain = tree.Condition(code, "")
    rows = attribute.rows(known, plain).select("value").to_pyarrow()["value"].to_pylist()
    assert rows, "the invented base has nothing to say of it"
    for number, document in enumerate(asked(attribute, rows)):
        rule = tree.read(document, ATTRIBUTES)
        standing = base[SCOPES[number % len(SCOPES)]]
        assert found(standing, rule) == expected(standing, rule), document


@pytest.mark.parametrize("code", [code for code, one in ATTRIBUTES.items() if one.choices == "branches"])
def test_a_branch_is_told_by_its_own_id(code: str, base):
    known = Known(base[None].tables(), TODAY, RuleSettings(), pytest.fail)
    rows = ATTRIBUTES[code].rows(known, tree.Condition(code, "")).select("value").to_pyarrow()
    assert set(rows["value"].to_pylist()) - {None} == set(known.table("branches").ref.to_pyarrow().to_pylist())


RULES = (
    {
        "all": [
            {"attribute": "visits", "operator": "at_least", "value": 2, "within": {"months": 24}},
            {
                "any": [
                    {"attribute": "has_email", "operator": "yes"},
                    {"attribute": "city", "operator": "in", "value": ["Уфа"]},
                ]
            },
            {"not": [{"attribute": "bought", "operator": "yes", "category": ["tyres"]}]},
        ]
    },
    {"not": [{"attribute": "visits", "operator": "at_least", "value": 1}]},
    {
        "any": [
            {"not": [{"all": [{"attribute": "blocked", "operator": "no"}]}]},
            {"attribute": "abc", "operator": "in", "value": ["A"]},
        ]
    },
)


@pytest.mark.parametrize("document", RULES)
@pytest.mark.parametrize("scope", SCOPES)
def test_groups_of_masks_have_whom_the_expressions_have(document, scope, base):
    rule = tree.read(document, ATTRIBUTES)
    assert found(base[scope], rule) == expected(base[scope], rule)


def test_a_branch_sees_its_own_customers_and_their_money_there(base):
    everybody = tree.read({"attribute": "cars", "operator": "at_least", "value": 0}, ATTRIBUTES)
    assert found(base[frozenset()], everybody) == []
    assert set(found(base[frozenset({1, 3})], everybody)) < set(found(base[None], everybody))


def test_nodes_are_counted_and_the_best_are_shown_first(base):
    standing = base[None]
    rule = tree.read(RULES[0], ATTRIBUTES)
    counts: dict[int, int] = {}
    bits = standing.bits(rule, {}, counts)
    assert [counts[id(item)] for item in (rule, *rule.items)] == [
        len(expected(standing, item)) for item in (rule, *rule.items)
    ]
    brought = dict(zip(standing.arrays.customers.tolist(), standing._worth().tolist(), strict=True))
    ids = sorted(expected(standing, rule), key=lambda one: (-brought[one], one))
    assert standing.best(bits, 5) == (ids[:5], sum(brought[one] for one in ids))
    year = standing.con.table("visits").filter(lambda row: row.on.between(TODAY.replace(year=2025), TODAY))
    whole = year.filter(year.customer_id.notnull()).revenue.sum().to_pyarrow().as_py()
    assert sum(brought.values()) == whole
