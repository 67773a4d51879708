"""The arrays of the pivot against its definition, and the kernels against plain Python, on random stars."""

import random
from dataclasses import replace

import numpy as np
import pytest
from tests import pivots

from vernost.reports import kernels
from vernost.reports.queries.pivot import engine, layout, plan, store
from vernost.reports.rules.pivot import DIMENSIONS, read
from vernost.reports.rules.pivot.request import Shift

WHOLE = plan.Scope()


def laid(con):
    return store.Laid("1", (store.whole(layout.lay_out(con, con)),))


def random_request(chance):
    known = [code for code, one in DIMENSIONS.items() if code not in {"day", "week"} and not one.of_people]
    codes = chance.sample(known, chance.randint(0, 4))
    cut = chance.randint(0, len(codes))
    filters = [
        {"dimension": "order_kind", "not_in": ["repair"]},
        {"dimension": "category", "in": ["tyres", None]},
        {"dimension": "make", "in": ["haval"]},
        {"dimension": "programme", "not_in": [None]},
        {"dimension": "branch", "in": ["1", "2"]},
    ]
    document = {
        "from": chance.choice(["2024-11-01", "2025-06-15"]),
        "to": "2026-10-31",
        "rows": codes[:cut],
        "columns": codes[cut:],
        "measures": [measure.code for measure in pivots.COUNTED],
        "filters": chance.sample(filters, chance.randint(0, 2)),
    }
    return read(document, as_of=pivots.AS_OF)


@pytest.mark.parametrize("seed", range(6))
def test_every_cell_and_subtotal_is_that_of_the_definition(seed):
    con, chance = pivots.random_star(seed), random.Random(seed)
    star = laid(con)
    for _turn in range(3):
        request = random_request(chance)
        grid = engine.grid(star, request, WHOLE)
        for rows in range(len(request.rows) + 1):
            for columns in range(len(request.columns) + 1):
                expected = pivots.by_definition(con, request, rows, columns)
                assert pivots.by_arrays(grid, rows, columns) == expected, (request, rows, columns)


@pytest.mark.parametrize("rows", [["category", "line_kind"], ["line_kind", "category", "branch"]])
def test_orders_are_told_apart_in_cells_of_works_of_which_few_pairs_occur(rows):
    con = pivots.random_star(7)
    measures = [one.code for one in pivots.COUNTED]
    request = read({"from": "2024-01-01", "rows": rows, "columns": ["year"], "measures": measures}, as_of=pivots.AS_OF)
    grid = engine.grid(laid(con), request, WHOLE)
    for depth in range(len(rows) + 1):
        for columns in range(2):
            assert pivots.by_arrays(grid, depth, columns) == pivots.by_definition(con, request, depth, columns)


def test_a_scope_of_branches_and_of_customers():
    con = pivots.random_star(1)
    request = read(
        {"from": "2024-01-01", "rows": ["branch"], "measures": [one.code for one in pivots.COUNTED]}, as_of=pivots.AS_OF
    )
    of_branch = engine.grid(laid(con), request, plan.Scope(branch_ids=frozenset({2})))
    whole = pivots.by_definition(con, request, 1, 0)
    assert pivots.by_arrays(of_branch, 1, 0) == {(2,): whole[2,]}
    of_some = engine.grid(laid(con), request, plan.Scope(customers=np.array([2, 3, 77])))
    customers = con.table("customers")
    members = customers.filter(customers.customer_id.isin([2, 3])).select("customer_id")
    assert pivots.by_arrays(of_some, 1, 0) == pivots.by_definition(con, request, 1, 0, members)


@pytest.mark.parametrize(("show", "column"), [("before", "month"), ("year", "month"), ("year", "quarter")])
def test_a_shifted_grid_holds_the_figures_of_the_period_before(show, column):
    con = pivots.random_star(3)
    star = laid(con)
    document = {"from": "2025-11-01", "to": "2026-10-31", "columns": [column], "measures": ["orders", "customers"]}
    request = read(document, as_of=pivots.AS_OF)
    shift = Shift(months=DIMENSIONS[column].months if show == "before" else 12)
    before = engine.grid(star, request, WHOLE, shift)
    start, end = shift.before(request.start, request.end)
    plain = engine.grid(star, replace(request, start=start, end=end), WHOLE)
    moved = [(shift.forward(key),) for key in plain.columns[0]]
    assert [before.number("customers", (), path) for path in moved] == list(plain.figures["customers"][0, 1])
    assert before.number("orders", (), ()) == plain.number("orders", (), ())


def test_a_pivot_of_too_many_cells_says_how_to_narrow_it():
    con = pivots.random_star(2, orders=3000)
    request = read({"from": "2024-01-01", "rows": ["day", "week"], "columns": ["month", "age"]}, as_of=pivots.AS_OF)
    with pytest.raises(plan.PivotTooWide, match="take a dimension away"):
        engine.grid(laid(con), request, WHOLE)


def plain_counts(owners, cells):
    """Return the number of distinct owners by cell."""
    seen = {}
    for owner, cell in zip(owners, cells, strict=True):
        if cell >= 0:
            seen.setdefault(cell, set()).add(owner)
    return {cell: len(those) for cell, those in seen.items()}


@pytest.mark.parametrize("seed", range(5))
def test_the_kernel_counts_as_plain_python_does(seed):
    generator = np.random.default_rng(seed)
    count, cells = 500, 6
    customer = np.sort(generator.integers(0, 40, count)).astype(np.int32)
    visit = np.cumsum(np.r_[0, (np.diff(customer) != 0) | (generator.random(count - 1) < 0.5)]).astype(np.int32)
    dims = generator.integers(0, cells + 1, (1, count)).astype(np.uint16)
    luts = np.array([[*range(cells), -1]], np.int32)
    values = generator.integers(-50, 1000, (1, count))
    known = (generator.random(41) < 0.8).astype(np.uint8)
    known[-1] = 1
    with_car = (generator.random(41) < 0.5).astype(np.uint8) & known
    orders = kernels.Orders(dims, np.array([0]), luts, customer, known, with_car, visit, values)
    parents = np.array([[cells + cell // 3] for cell in range(cells)], np.int32)
    shape = kernels.Cells(cells, parents, cells + 2)
    sums, visits, customers = kernels.walk_orders(0, count, orders, np.array([0]), shape, np.ones(4, np.uint8))
    place = np.where((dims[0] == cells) | (known[customer] == 0), -1, dims[0].astype(int))
    above = np.where(place >= 0, cells + place // 3, -1)
    among = np.bincount(visit)[visit] > 1

    def counted(marks, column):
        return {cell: int(row[column]) for cell, row in enumerate(marks) if row[column]}

    def expected(owner, of):
        return plain_counts(owner[of], place[of]) | plain_counts(owner[of], above[of])

    everybody = np.ones(count, bool)
    assert counted(customers, kernels.MANY) == expected(customer, everybody)
    assert counted(customers, kernels.WITH_CAR) == expected(customer, with_car[customer] == 1)
    assert counted(visits, kernels.MANY) == expected(visit, among)
    assert sums[:, 0].tolist() == [int(values[0][place == cell].sum()) for cell in range(cells)]
    assert sums[:, 1 + kernels.ALONE].tolist() == [int(((place == cell) & ~among).sum()) for cell in range(cells)]
    assert sums[:, 1 + kernels.AMONG].tolist() == [int(((place == cell) & among).sum()) for cell in range(cells)]
