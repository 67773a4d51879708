"""A star of a few dozen random orders with their lines, for what must be equal on any of them."""

import random
from datetime import date, timedelta

import numpy as np

from vernost import facts
from vernost.config.registries import load_fact_tables
from vernost.reports.rules.pivot import MEASURES, definition

AS_OF = date(2026, 10, 31)
FIRST = date(2024, 11, 20)
# Most categories have works or parts only: of the pairs of both few occur.
WORKS = [
    *[(kind, category) for kind in ("labour", "part", "") for category in ("tyres", "brakes", "")],
    *[("labour" if number % 2 else "part", f"category {number}") for number in range(12)],
]
COUNTED = [measure for measure in MEASURES.values() if not measure.ratio]


def random_star(seed, *, orders=160):
    """Return the tables in memory: shared cars, orders without a customer or car, own amounts, put-off works."""
    load_fact_tables()
    chance = random.Random(seed)
    makes = [("haval", "jolion"), ("haval", "f7"), ("chery", "tiggo 7"), ("", "")]
    vehicles = [
        {
            "vehicle_id": 100 + n,
            "make_key": make,
            "make": make.title(),
            "model_key": model,
            "model": model,
            "year": year,
        }
        for n in range(14)
        for make, model in [chance.choice(makes)]
        for year in [chance.choice([None, 2010, 2018, 2023, 2026])]
    ]
    visits, lines, attributions = [], [], []
    for number in range(orders):
        order = _order(chance, 1000 + number)
        visits.append(order)
        lines += _lines(chance, order)
        if chance.random() < 0.3:
            attributions.append(
                {"attribution_id": number, "order_id": order["order_id"], "invitation_id": chance.randrange(6)}
            )
    return facts.of_rows(
        {
            "branches": [{"branch_id": n, "name": f"B{n}", "pays_vat": n != 2} for n in (1, 2, 3)],
            "customers": [{"customer_id": n, "kind": chance.choice(["person", "company"])} for n in range(1, 13)],
            "vehicles": vehicles,
            "visits": visits,
            "lines": lines,
            "invitations": [{"invitation_id": n, "programme": f"programme-{n % 2}"} for n in range(5)],
            "attributions": attributions,
        }
    )


def _order(chance, order_id):
    revenue = chance.choice([0, 100_050, 333_333, 1_234_567])
    return {
        "order_id": order_id,
        "ref": str(order_id),
        "customer_id": chance.choice([None, *range(1, 13)]),
        "vehicle_id": chance.choice([None, *range(100, 114)]),
        "branch_id": chance.choice([None, 1, 1, 2, 3]),
        "advisor_id": chance.choice([None, 7, 8]),
        "on": FIRST + timedelta(days=chance.randrange(740)),
        "kind": chance.choice(["maintenance", "repair", "warranty"]),
        "revenue": revenue,
        "margin": revenue // 3 + chance.randrange(3),
    }


def _lines(chance, order):
    for number in range(chance.randrange(4)):
        kind, category = chance.choice(WORKS)
        amount = order["revenue"] if number == 0 and chance.random() < 0.6 else chance.choice([0, 33_333, -10_000])
        yield {
            **{name: order[name] for name in ("order_id", "customer_id", "vehicle_id", "branch_id", "on")},
            "line_no": number + 1,
            "order_kind": order["kind"],
            "kind": kind,
            "category_key": category,
            "amount": amount,
            "cost": amount // 2,
            "paid": chance.random() < 0.8,
            "quantity": chance.choice([None, 0.5, 1.25]),
            "declined": chance.random() < 0.2,
        }


def by_definition(con, request, rows, columns, members=None):
    """Return the counts and sums of each cell of a level, by the expressions."""
    by = (*request.rows[:rows], *request.columns[:columns])
    cells = definition.cells(con, request, by, COUNTED, members=members)
    found = {}
    for row in con.to_pyarrow(cells).to_pylist():
        path = tuple(row[one.code] for one in by)
        found[path] = {one.code: row[one.code] for one in COUNTED}
    # Without keys there is one row, of nothing.
    return {path: figures for path, figures in found.items() if figures["orders"]}


def by_arrays(grid, rows, columns):
    """Return the same of a grid that was counted from arrays."""
    there = grid.figures["there"][rows, columns]
    levels = (*grid.rows[:rows], *grid.columns[:columns])
    return {
        tuple(level[number] for level, number in zip(levels, place, strict=True)): {
            one.code: int(grid.figures[one.code][rows, columns][tuple(place)]) for one in COUNTED
        }
        for place in np.argwhere(there)
    }
