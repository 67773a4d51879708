"""Works put off against plain loops over random histories."""

from datetime import timedelta
from random import Random

import pytest
from tests.mirrors import TODAY

from vernost import facts
from vernost.config.registries import load_fact_tables
from vernost.facts import derived
from vernost.workshop import put_off

load_fact_tables()
CARS = 4


def history(random: Random) -> tuple[list[dict], list[dict]]:
    orders, lines = [], []
    for order_id in range(1, 40):
        on = TODAY - timedelta(days=random.randint(0, 9))
        order = {"order_id": order_id, "ref": f"O-{random.randint(10, 99)}", "closed_second": random.choice([0, 60])}
        orders.append(order)
        car = random.choice([None, *range(CARS)])
        lines += [
            {
                "order_id": order_id,
                "line_no": number,
                "vehicle_id": car,
                "on": on,
                "code": random.choice(["", "", "1", "2"]),
                "name_key": random.choice("xy"),
                "name": "X",
                "amount": number,
                "declined": random.random() < 0.4,
            }
            for number in range(random.randint(0, 3))
        ]
    return orders, lines


def same_work(line: dict, other: dict) -> bool:
    by = "code" if line["code"] and other["code"] else "name_key"
    return bool(line[by] == other[by])


def settled_since(line: dict, lines: list[dict], orders: dict[int, dict]):
    def place(one: dict) -> tuple:
        order = orders[one["order_id"]]
        return order["closed_second"], order["ref"]

    days = [
        other["on"]
        for other in lines
        if other["vehicle_id"] == line["vehicle_id"]
        and other["order_id"] != line["order_id"]
        and other["on"] >= line["on"]
        and same_work(line, other)
        and (not other["declined"] or other["on"] > line["on"] or place(other) > place(line))
    ]
    return min(days, default=None)


@pytest.mark.parametrize("seed", range(6))
def test_each_work_is_settled_by_the_first_that_settles_it(seed):
    orders, lines = history(Random(seed))
    con = facts.of_rows({"orders": orders, "lines": lines})
    found = con.to_pyarrow(put_off.put_off(con, derived.FOREVER)).to_pylist()
    known = {order["order_id"]: order for order in orders}
    cars_lines = [line for line in lines if line["vehicle_id"] is not None]
    expected = {
        (line["order_id"], line["line_no"]): settled_since(line, cars_lines, known)
        for line in cars_lines
        if line["declined"]
    }
    assert {(row["order_id"], row["line_no"]): row["settled_since"] for row in found} == expected
    assert len(found) == len(expected)
