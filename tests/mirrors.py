"""A mirror on disk of a handful of invented rows: for tests of what reads its arrays."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from vernost import facts
from vernost.core.fact_table import declared_tables, fact_groups
from vernost.facts import mirror as mirrors
from vernost.facts.mirror import Mirror, Stored

TODAY = date(2026, 11, 20)


def written(folder: Path, tables: Mapping[str, Sequence[Mapping[str, Any]]], version: str = "00000001") -> Mirror:
    """Write the rows as a version, with what is derived of them, and make it the current one."""
    con = facts.of_rows(tables, built=True).con
    (folder / version).mkdir(parents=True)
    stored = {}
    for group in fact_groups:
        for table in group.tables:
            columns = ", ".join(f'"{column}"' for column in table.order_by)
            order = f"ORDER BY {columns}" if columns else ""
            file = folder / version / f"{table.name}.parquet"
            con.execute(f"COPY (SELECT * FROM \"{table.name}\" {order}) TO '{file}' (FORMAT parquet)")  # noqa: S608 - our own names
            rows = con.execute(f'SELECT count(*) FROM "{table.name}"').fetchall()[0][0]  # noqa: S608 - as above
            stored[table.name] = Stored(group.key, tuple(table.columns.items()), file.name, rows)
    mirror = mirrors.draft(folder / version, stored, datetime(2026, 11, 20, 6, tzinfo=UTC))
    mirrors.write_manifest(mirror)
    mirrors.switch_to(mirror)
    return mirror


def invented(random: Random, customers: int = 60) -> dict[str, list[dict[str, Any]]]:
    """Rows of every table that is pulled, with gaps, ties and days of the future in them."""

    def day(years: int = 4) -> date:
        return TODAY - timedelta(days=random.randint(-40, 365 * years))

    def perhaps(value: Any) -> Any:
        return value if random.random() < 0.8 else None

    def money() -> int:
        return random.choice([0, 100, 5_000_00, random.randint(-1_000, 9_000_000)])

    people = range(1, customers + 1)
    branches = [1, 2, 3]
    cars = range(1, customers + 20)
    orders = []
    for order_id in range(1, customers * 5):
        on = day()
        orders.append(
            {
                "order_id": order_id,
                "ref": f"O-{order_id}",
                "branch_id": perhaps(random.choice(branches)),
                "customer_id": perhaps(random.choice(people)),
                "vehicle_id": perhaps(random.choice(cars)),
                "opened_on": on,
                "closed_on": perhaps(on + timedelta(days=random.randint(0, 3))),
                "closed_second": random.choice([0, 36_000]),
                "mileage_km": perhaps(random.randint(1, 200_000)),
                "kind": random.choice(["maintenance", "repair", "warranty", "body", "internal"]),
                "revenue": money(),
                "margin": money(),
                "cost": 0,
            }
        )
    for order in orders:
        order["status"] = "closed" if order["closed_on"] else random.choice(["open", "cancelled"])
    counted = [order for order in orders if order["status"] == "closed" and order["kind"] != "internal"]
    visits = [
        {
            "on": order["closed_on"],
            **{name: order[name] for name in order if name in declared_tables()["visits"].columns},
        }
        for order in counted
    ]
    lines = [
        {
            "order_id": order["order_id"],
            "line_no": line,
            "vehicle_id": order["vehicle_id"],
            "customer_id": order["customer_id"],
            "branch_id": order["branch_id"],
            "on": order["closed_on"],
            "kind": random.choice(["labour", "part", ""]),
            "code": "",
            "name": "x",
            "name_key": "x",
            "category_key": random.choice(["brakes", "tyres", "oil", ""]),
            "amount": money(),
            "declined": random.random() < 0.2,
            "order_kind": order["kind"],
        }
        for order in counted
        for line in range(random.randint(0, 4))
    ]
    return {
        "branches": [
            {"branch_id": branch, "ref": f"B{branch}", "name": str(branch), "company_id": perhaps(company)}
            for branch, company in zip(branches, (1, 2, 2), strict=True)
        ],
        "customers": [
            {
                "customer_id": one,
                "ref": f"C-{one}",
                "kind": random.choice(["person", "company"]),
                "blocked": perhaps(random.random() < 0.2),
                "blocked_on": random.choice([None, None, day()]),
                "created_on": perhaps(day()),
                "city": random.choice(["Казань", "Уфа", ""]),
                "timezone": "Europe/Moscow",
                "advisor_branch_id": perhaps(random.choice(branches)) if one <= customers else None,
            }
            # The last ones have no document and no advisor.
            for one in range(1, customers + 11)
        ],
        "consents": as_consents(
            {
                "customer_id": random.choice(people),
                "company_id": random.choice([None, None, 1, 2]),
                "channel": random.choice(["call", "sms"]),
                "given": random.random() < 0.6,
                "on": perhaps(day(1)),
            }
            for _ in range(customers * 2)
        ),
        "addresses": [
            {
                "customer_id": random.choice(people),
                "kind": random.choice(["phone", "phone", "email", "messenger"]),
                "invalid_on": random.choice([None, None, day(1)]),
            }
            for _ in range(customers)
        ],
        "stops": [
            {"customer_id": random.choice(people), "channel": random.choice(["call", "sms"]), "since": day(1)}
            for _ in range(customers // 6)
        ],
        "vehicles": [
            {
                "vehicle_id": car,
                "ref": f"V-{car}",
                "vin": f"VIN{car}",
                "make": "Kia",
                "model": "Rio",
                "make_key": random.choice(["kia", "haval"]),
                "model_key": random.choice(["rio", "jolion", "ceed"]),
                "engine_key": random.choice(["", "1.6"]),
                "year": perhaps(random.randint(2012, 2026)),
                "sold_on": perhaps(day(6)),
                "sold_by_us": random.random() < 0.5,
                "branch_id": perhaps(random.choice(branches)),
                "warranty_until": perhaps(day(2)),
                "warranty_km": perhaps(100_000),
                "scrapped": random.choice([None, False, False, True]),
                "scrapped_on": random.choice([None, None, None, day(2)]),
            }
            for car in cars
        ],
        "ownerships": [
            {
                "vehicle_id": car,
                "customer_id": random.choice(people),
                "owned_from": perhaps(day(5)),
                "owned_until": random.choice([None, None, None, day(1)]),
            }
            for car in cars
        ],
        "vehicle_events": [
            {"vehicle_id": random.choice(cars), "on": day(2), "kind": random.choice(["valuation_asked", "car_sold"])}
            for _ in range(customers // 3)
        ],
        "recalls": [
            {
                "recall_id": car,
                "code": f"R{car % 3}",
                "vin": f"VIN{car}",
                "starts_on": day(2),
                "done_on": perhaps(day(1)),
            }
            for car in range(1, customers // 2)
        ],
        "orders": orders,
        "visits": visits,
        "vehicle_visits": visits,
        "lines": lines,
        "readings": [
            {"vehicle_id": car, "on": on, "day": (on - date(1970, 1, 1)).days, "km": random.randint(1, 200_000)}
            for car in cars
            for on in [day()]
        ],
        "appointments": [
            {
                "appointment_id": number,
                "branch_id": random.choice(branches),
                "customer_id": perhaps(random.choice(people)),
                "vehicle_id": perhaps(random.choice(cars)),
                "starts_on": day(1),
                "booked_on": perhaps(day(1)),
                "status": random.choice(["booked", "confirmed", "no_show", "arrived"]),
            }
            for number in range(1, customers * 3)
        ],
        "deals": [
            {
                "deal_id": number,
                "ref": f"D-{number}",
                "vehicle_id": perhaps(random.choice(cars)),
                "customer_id": perhaps(random.choice(people)),
                "branch_id": perhaps(random.choice(branches)),
                "opened_on": perhaps(day(4)),
                "closed_on": day(4),
                "status": random.choice(["won", "won", "open", "lost"]),
                "kind": random.choice(["new", "used", "trade_in"]),
                "amount": money(),
                "margin": money(),
            }
            for number in range(1, customers)
        ],
        "interactions": [
            {
                "interaction_id": number,
                "customer_id": perhaps(random.choice(people)),
                "vehicle_id": perhaps(random.choice(cars)),
                "on": day(2),
                "channel": random.choice(["call", "sms", "email"]),
                "direction": random.choice(["in", "out"]),
                "outcome": random.choice(["", "booked", "do_not_call", "car_sold", "declined"]),
            }
            for number in range(1, customers * 3)
        ],
        **_invitations(random, customers, day, perhaps),
    }


def as_consents(said: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what was said, to a company or (company_id None) to the whole group, as the mirror has it."""
    said = list(said)
    told = dict.fromkeys((row["customer_id"], row["company_id"]) for row in said if row["company_id"] is not None)
    return [row for row in said if row["company_id"] is None] + [
        row | {"company_id": company}
        for customer, company in told
        for row in said
        if row["customer_id"] == customer and row["company_id"] in (None, company)
    ]


def _invitations(random: Random, customers: int, day: Any, perhaps: Any) -> dict[str, list[dict[str, Any]]]:
    invitations = [
        {
            "invitation_id": number,
            "cycle_id": number,
            "programme": random.choice(["lost", "next_service"]),
            "vehicle_id": number,
            "customer_id": random.randint(1, customers),
            "branch_id": random.randint(1, 3),
            "created_for": day(1),
            "state": random.choice(["queued", "booked", "declined", "paid"]),
            "ended_on": perhaps(day(1)),
        }
        for number in range(1, customers)
    ]
    states = ["booked", "arrived", "paid", "declined", "expired", "no_show", "cancelled"]
    began = {number: day(1) for number in range(1, customers)}
    return {
        "invitations": invitations,
        "invitation_states": [
            {"invitation_id": number, "state": random.choice(states), "since": since, "until": until}
            for number, first in began.items()
            for since, until in (
                (first, first + timedelta(days=20)),
                (first + timedelta(days=20), perhaps(first + timedelta(days=400))),
            )
        ],
        "cycles": [
            {
                "cycle_id": number,
                "programme": "lost",
                "customer_id": random.randint(1, customers),
                "held_out": random.random() < 0.5,
                "started_on": day(1),
                "branch_id": 1,
            }
            for number in range(1, customers)
        ],
        "attempts": [
            {"attempt_id": number, "invitation_id": random.randint(1, customers), "on": day(1), "reached": True}
            for number in range(1, customers)
        ],
        "attributions": [
            {"attribution_id": number, "invitation_id": number, "order_id": number} for number in range(1, customers)
        ],
    }
