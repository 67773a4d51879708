"""The pivot's request, and what the star counts, on a handful of orders."""

from datetime import date
from typing import Any

import pytest
from tests import pivots

from vernost import facts
from vernost.config.registries import load_fact_tables
from vernost.reports.rules.pivot import DIMENSIONS, MEASURES, PivotRefused, definition, read, star
from vernost.reports.rules.pivot.dimensions import read_key, written
from vernost.reports.rules.pivot.request import Shift, shift_of

AS_OF = date(2026, 11, 20)


def mirror(**more: Any) -> Any:
    """Two orders of one customer on one day at a branch that pays VAT, and one of another at one that does not."""
    load_fact_tables()
    order = {"order_id": 1, "customer_id": 1, "vehicle_id": 5, "branch_id": 1, "on": date(2026, 3, 2), "kind": "repair"}
    line = {
        "order_id": 1,
        "branch_id": 1,
        "on": date(2026, 3, 2),
        "order_kind": "repair",
        "paid": True,
        "declined": False,
    }
    tables: dict[str, list[dict[str, Any]]] = {
        "branches": [{"branch_id": 1, "pays_vat": True}, {"branch_id": 2, "pays_vat": False}],
        "customers": [{"customer_id": 1, "kind": "person"}, {"customer_id": 2, "kind": "company"}],
        "vehicles": [{"vehicle_id": 5, "make_key": "haval", "model_key": "f7", "year": 2022}],
        "visits": [
            {**order, "revenue": 122_000, "margin": 40_000},
            {**order, "order_id": 2, "revenue": 61_000, "margin": 50_000},
            {
                **order,
                "order_id": 3,
                "customer_id": 2,
                "branch_id": 2,
                "on": date(2025, 3, 2),
                "revenue": 7_000,
                "margin": 7_000,
            },
        ],
        "lines": [
            {
                **line,
                "line_no": 1,
                "kind": "labour",
                "category_key": "brakes",
                "amount": 100_000,
                "cost": 50_000,
                "quantity": 1.5,
            },
            {
                **line,
                "line_no": 2,
                "kind": "part",
                "category_key": "brakes",
                "amount": 22_000,
                "cost": 10_000,
                "quantity": 2.0,
            },
            {
                **line,
                "line_no": 3,
                "kind": "labour",
                "category_key": "tyres",
                "amount": 9_000,
                "cost": 1,
                "quantity": 1.0,
                "declined": True,
            },
        ],
    }
    return facts.of_rows({**tables, **more})


def counted(document: dict[str, Any], *by: str, con: Any = None) -> list[dict[str, Any]]:
    request = read({"from": "2024-01-01", **document}, as_of=AS_OF)
    con = con or mirror()
    rows = definition.cells(con, request, [DIMENSIONS[code] for code in by])
    return sorted(con.to_pyarrow(rows).to_pylist(), key=str)


def test_two_orders_of_a_day_are_one_visit_of_one_customer() -> None:
    assert counted({}, "year") == [
        {
            "year": date(2025, 1, 1),
            "visits": 1,
            "customers": 1,
            "vehicles": 1,
            "orders": 1,
            "revenue": 7_000,
            "margin": 7_000,
            "labour_hours": 0,
            "average_order": 7_000.0,
            "margin_share": 1.0,
        },
        {
            "year": date(2026, 1, 1),
            "visits": 1,
            "customers": 1,
            "vehicles": 1,
            "orders": 2,
            "revenue": 183_000,
            "margin": 90_000,
            "labour_hours": 150,
            "average_order": 91_500.0,
            "margin_share": 90_000 / 183_000,
        },
    ]


def test_distinct_counts_are_never_added_up() -> None:
    (total,) = counted({})
    assert (total["vehicles"], total["customers"], total["visits"], total["orders"]) == (1, 2, 2, 3)


def test_lines_add_up_to_their_order() -> None:
    """What an order has beyond its lines is a row of its own, put-off works are in none."""
    con = mirror()
    request = read({"from": "2024-01-01", "rows": ["category"]}, as_of=AS_OF)
    rows = con.to_pyarrow(definition.cells(con, request, request.rows)).to_pylist()
    found = {row["category"]: (row["revenue"], row["margin"], row["labour_hours"], row["orders"]) for row in rows}
    # 122 000 without 22 % is 100 000, less 60 000; orders 2 and 3 have no lines.
    assert found == {"brakes": (122_000, 40_000, 150, 1), None: (68_000, 57_000, 0, 2)}


def test_the_kopecks_of_rounding_stay_with_the_first_line() -> None:
    visit = {"order_id": 1, "branch_id": 1, "on": date(2026, 3, 2), "kind": "repair", "revenue": 202, "margin": 166}
    line = {
        "order_id": 1,
        "branch_id": 1,
        "on": date(2026, 3, 2),
        "order_kind": "repair",
        "paid": True,
        "declined": False,
    }
    lines = [{**line, "line_no": n, "kind": "part", "category_key": "x", "amount": 101, "cost": 0} for n in (1, 2)]
    con = mirror(visits=[visit], lines=lines)
    rows = con.to_pyarrow(star.lines(con)).to_pylist()
    assert sorted((row["revenue"], row["margin"]) for row in rows) == [(101, 83), (101, 83)]
    con = mirror(visits=[{**visit, "margin": 165}], lines=lines)
    assert sorted(row["margin"] for row in con.to_pyarrow(star.lines(con)).to_pylist()) == [82, 83]


@pytest.mark.parametrize("seed", range(6))
def test_lines_of_any_star_add_up_to_its_orders(seed: int) -> None:
    con = pivots.random_star(seed)
    orders, lines = star.orders(con), star.lines(con)
    sums = ("revenue", "margin", "labour_hundredths")
    by_order = lines.group_by("order_id").aggregate(**{name: lines[name].sum().cast("int64") for name in sums})
    expected = sorted(con.to_pyarrow(orders.select("order_id", *sums)).to_pylist(), key=str)
    assert sorted(con.to_pyarrow(by_order).to_pylist(), key=str) == expected


def test_age_is_that_of_the_closing_day() -> None:
    assert [(row["age"], row["orders"]) for row in counted({}, "age")] == [("3-5", 3)]


def test_filters_take_keys_and_leave_them_out() -> None:
    taken = {"filters": [{"dimension": "customer_kind", "in": ["company"]}]}
    left = {"filters": [{"dimension": "customer_kind", "not_in": ["company"]}, {"dimension": "year", "in": ["2026"]}]}
    nobody = {"filters": [{"dimension": "programme", "in": [None]}]}
    assert [counted(each)[0]["orders"] for each in (taken, left, nobody)] == [1, 2, 3]


def test_nothing_after_the_day_counts() -> None:
    con = mirror()
    request = read({"as_of": "2025-12-31", "from": "2024-01-01", "to": "2026-12-31"}, as_of=AS_OF)
    assert con.to_pyarrow(definition.cells(con, request, [])).to_pylist()[0]["orders"] == 1


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "“pivot” is no JSON object"),
        ({"row": []}, "“row” is not known here"),
        ({"rows": ["colour"]}, "There is no dimension “colour”"),
        ({"rows": ["year", "year"]}, "“rows” names a dimension twice"),
        ({"rows": ["year"], "columns": ["year"]}, "“year” is both in rows and in columns"),
        ({"rows": ["year", "month", "make", "model", "age"]}, "“rows” has more than 4 dimensions"),
        ({"measures": []}, "“measures” has from 1 to 8 measures"),
        ({"measures": ["profit"]}, "There is no measure “profit”"),
        ({"measures": ["revenue:half"]}, "A measure is shown as"),
        ({"measures": ["average_order:share_row"]}, "“average_order” is a quotient"),
        ({"measures": ["visits", "visits"]}, "“measures” names a measure twice"),
        ({"from": "2026-31-03"}, "“from” is no date such as 2026-03-31"),
        ({"from": "1026-01-03"}, "“from” is not between"),
        ({"from": "2026-03-31", "to": "2026-03-30"}, "“from” is later than “to”"),
        ({"filters": [{"dimension": "year"}]}, "A filter has “dimension” and either “in” or “not_in”"),
        ({"filters": [{"dimension": "month", "in": ["March"]}]}, "“March” is not a key of “month”"),
        ({"sort": {"measure": "visits"}}, "“sort” has “measure”"),
    ],
)
def test_a_mistake_is_told_in_words(document: Any, words: str) -> None:
    with pytest.raises(PivotRefused, match=words):
        read(document, as_of=AS_OF)


def test_a_request_is_read_back_from_its_document() -> None:
    request = read(
        {
            "from": "2026-01-01",
            "to": "2026-06-30",
            "rows": ["branch", "make"],
            "columns": ["month"],
            "measures": ["revenue", "revenue:share_total", "customers:change_year"],
            "filters": [{"dimension": "quarter", "in": ["2026-Q1"]}, {"dimension": "age", "not_in": ["12+", None]}],
            "segment": "sleeping",
            "sort": {"measure": "revenue", "descending": False},
        },
        as_of=AS_OF,
    )
    assert read(request.document(), as_of=AS_OF) == request


@pytest.mark.parametrize(
    ("code", "text", "key"),
    [
        ("year", "2026", date(2026, 1, 1)),
        ("quarter", "2026-Q3", date(2026, 7, 1)),
        ("month", "2026-03", date(2026, 3, 1)),
        ("week", "2026-W01", date(2025, 12, 29)),
        ("day", "2026-03-31", date(2026, 3, 31)),
    ],
)
def test_periods_are_written_and_read(code: str, text: str, key: date) -> None:
    assert (written(DIMENSIONS[code], key), read_key(DIMENSIONS[code], text)) == (text, key)


@pytest.mark.parametrize(
    ("document", "before", "year"),
    [
        # Without dates in sight: the period before, as long as this one; whole months are months.
        ({"from": "2026-04-01", "to": "2026-06-30"}, Shift(months=3), Shift(months=12)),
        ({"from": "2026-04-03", "to": "2026-04-12"}, Shift(days=10), Shift(months=12)),
        ({"from": "2026-01-01", "columns": ["month"]}, Shift(months=1), Shift(months=12)),
        ({"from": "2026-01-01", "rows": ["year", "quarter"]}, Shift(months=3), Shift(months=12)),
        ({"from": "2026-01-01", "rows": ["week"]}, Shift(days=7), Shift(days=364)),
    ],
)
def test_what_a_change_is_measured_against(document: dict[str, Any], before: Shift, year: Shift) -> None:
    request = read(document, as_of=AS_OF)
    assert (shift_of(request, "change_before"), shift_of(request, "change_year")) == (before, year)


def test_the_last_day_of_a_month_stays_one() -> None:
    assert Shift(months=1).before(date(2026, 3, 1), date(2026, 3, 31)) == (date(2026, 2, 1), date(2026, 2, 28))
    assert Shift(months=12).before(date(2025, 2, 1), date(2025, 2, 28)) == (date(2024, 2, 1), date(2024, 2, 29))


def test_every_measure_is_a_sum_a_count_or_a_quotient() -> None:
    kinds = [(bool(one.sum_of), bool(one.distinct), one.ratio is not None) for one in MEASURES.values()]
    assert all(sum(kind) == 1 for kind in kinds)
