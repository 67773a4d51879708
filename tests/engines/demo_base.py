"""A demo dealership as a mirror, without a database: its files through the product's own build."""

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from vernost import demo, facts
from vernost.config.registries import load_fact_tables
from vernost.core.fact_table import fact_groups
from vernost.facts import build, mirror, readings, states, whole

# Rows that an import puts into quarantine.
REFUSED = {"closed_before_opened", "unknown_customer", "negative_mileage", "unknown_kind", "bad_date", "bad_amount"}
BUILT = datetime(2026, 1, 1, tzinfo=UTC)
GROUPS = ("vehicles", "plans", "orders", "deals", "interactions")
FILES = ("customers", "vehicles", "orders", "deals", "maintenance_plans", "interactions")


@dataclass(frozen=True)
class DemoBase:
    """`con` reads the mirror; `truth` maps a vehicle's id to the day of its next maintenance (None: none)."""

    con: Any
    until: date
    truth: dict[str, date | None]
    slips: set[str]


def make(folder: Path, *, customers: int, seed: int, until: date) -> DemoBase:
    load_fact_tables()
    files = folder / "files"
    demo.generate(customers=customers, seed=seed, until=until, out=files)
    told = {name: _read(files / f"{name}.csv") for name in FILES}
    dirty = _read(files / "truth" / "dirty.csv")
    refused = set(dirty[(dirty.file == "orders") & dirty.kind.isin(REFUSED)].id)
    told["orders"] = told["orders"][~told["orders"].id.isin(refused)].drop_duplicates("id", keep="last")
    truth = _read(files / "truth" / "vehicles.csv")
    slips = dirty[(dirty.file == "orders") & (dirty.column == "mileage_km") & ~dirty.kind.isin(REFUSED)]
    return DemoBase(
        con=facts.connect(_built(folder / "00000001", told, until)),
        until=until,
        truth=dict(zip(truth.vehicle_id, _days(truth.next_visit_on), strict=True)),
        slips=set(slips.id),
    )


def _read(path: Path) -> pd.DataFrame:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1251")
    header = text.partition("\n")[0]
    delimiter = max(";,\t", key=header.count)
    return pd.read_csv(io.StringIO(text), sep=delimiter, dtype=str, keep_default_na=False)


def _days(column: "pd.Series[str]") -> list[date | None]:
    first = column.str.slice(0, 10)
    russian = first.str.contains(".", regex=False)
    iso = first.where(~russian, first.str.slice(6, 10) + "-" + first.str.slice(3, 5) + "-" + first.str.slice(0, 2))
    return [date.fromisoformat(day) if day else None for day in iso]


def _numbers(column: "pd.Series[str]") -> list[int | None]:
    plain = column.str.replace("\u00a0", "").str.replace(" ", "").str.replace(",", ".")
    return [int(float(value)) if value else None for value in plain]


def _built(folder: Path, told: dict[str, pd.DataFrame], until: date) -> mirror.Mirror:
    pulls = _pulls(told)
    with build.workbench(folder) as bench:
        stored: dict[str, mirror.Stored] = {}
        for code in GROUPS:
            group = fact_groups[code]
            kept = {one.name: bench.keep(one, pulls[one.name].to_reader()) for one in group.pulls}
            stored |= build.whole_group(bench, group, kept)
        stored["orders"] = states.shelved(bench, "orders", stored["orders"])
        stored["readings"] = readings.whole(bench, mirror.draft(folder, stored, BUILT))
        stored["cars"] = states.whole(bench, fact_groups["cars"], mirror.draft(folder, stored, BUILT))
        stored["due_ranges"] = whole.due_ranges(bench, mirror.draft(folder, stored, BUILT), until)
        build.sweep(bench, stored)
    built = mirror.draft(folder, stored, BUILT)
    mirror.write_manifest(built)
    return built


def _pulls(told: dict[str, pd.DataFrame]) -> dict[str, pa.Table]:
    customers, vehicles, orders, deals, plans, contacts = (told[name] for name in FILES)
    number = {ref: place for place, ref in enumerate(vehicles.id, 1)}
    person = {ref: place for place, ref in enumerate(customers.id, 1)}
    return {
        "vehicle_rows": _table(
            "vehicle_id BIGINT, ref VARCHAR, vin VARCHAR, make VARCHAR, model VARCHAR, engine VARCHAR, year INTEGER,"
            " sold_on DATE, sold_by_us BOOLEAN, branch_id BIGINT, warranty_until DATE, warranty_km INTEGER,"
            " scrapped BOOLEAN",
            vehicle_id=[number[ref] for ref in vehicles.id],
            ref=vehicles.id,
            vin=vehicles.vin,
            make=vehicles.make,
            model=vehicles.model,
            engine=vehicles.engine,
            year=_numbers(vehicles.year),
            sold_on=_days(vehicles.sold_on),
            sold_by_us=vehicles.sold_by_us == "1",
            scrapped=vehicles.scrapped == "1",
        ),
        "ownership_rows": _table("vehicle_id BIGINT, customer_id BIGINT, owned_from DATE, owned_until DATE"),
        "vehicle_field_rows": _table('vehicle_id BIGINT, field_id BIGINT, number BIGINT, "on" DATE, text VARCHAR'),
        "order_field_rows": _table('order_id BIGINT, field_id BIGINT, number BIGINT, "on" DATE, text VARCHAR'),
        "deal_field_rows": _table('deal_id BIGINT, field_id BIGINT, number BIGINT, "on" DATE, text VARCHAR'),
        "customer_field_rows": _table('customer_id BIGINT, field_id BIGINT, number BIGINT, "on" DATE, text VARCHAR'),
        "event_rows": _table('vehicle_id BIGINT, "on" DATE, kind VARCHAR'),
        "told_rows": _table('vehicle_id BIGINT, "on" DATE, km INTEGER'),
        "plan_rows": _table(
            "plan_id BIGINT, make VARCHAR, model VARCHAR, engine VARCHAR, year_from INTEGER, year_to INTEGER,"
            " interval_months INTEGER, interval_km INTEGER, first_months INTEGER, first_km INTEGER,"
            " labour_hundredths INTEGER",
            plan_id=range(len(plans)),
            make=plans.make,
            model=plans.model,
            engine=plans.engine,
            **{
                name: _numbers(plans[name])
                for name in ("year_from", "year_to", "interval_months", "interval_km", "first_months", "first_km")
            },
        ),
        "order_rows": _table(
            "order_id BIGINT, ref VARCHAR, branch_id BIGINT, customer_id BIGINT, vehicle_id BIGINT, advisor_id BIGINT,"
            " opened_on DATE, closed_on DATE, closed_time TIME, mileage_km INTEGER, kind VARCHAR, status VARCHAR,"
            " amount BIGINT, cost BIGINT, known_on DATE, pays_vat BOOLEAN",
            order_id=range(len(orders)),
            ref=orders.id,
            customer_id=[person.get(ref) for ref in orders.customer_id],
            vehicle_id=[number.get(ref) for ref in orders.vehicle_id],
            opened_on=_days(orders.opened_at),
            closed_on=_days(orders.closed_at),
            mileage_km=_numbers(orders.mileage_km),
            kind=orders.kind.replace("", "repair"),
            status=orders.status.where(
                orders.status != "", orders.closed_at.map(lambda at: "closed" if at else "open")
            ),
            pays_vat=[True] * len(orders),
        ),
        "line_rows": _table(
            "order_id BIGINT, line_no INTEGER, kind VARCHAR, code VARCHAR, name VARCHAR, category VARCHAR,"
            " amount BIGINT, cost BIGINT, thousandths BIGINT, declined BOOLEAN, advised_on DATE, payer VARCHAR"
        ),
        "deal_rows": _table(
            "deal_id BIGINT, ref VARCHAR, vehicle_id BIGINT, customer_id BIGINT, branch_id BIGINT, opened_on DATE,"
            " closed_on DATE, status VARCHAR, kind VARCHAR, amount BIGINT, cost BIGINT, pays_vat BOOLEAN",
            deal_id=range(len(deals)),
            ref=deals.id,
            vehicle_id=[number.get(ref) for ref in deals.vehicle_id],
            customer_id=[person.get(ref) for ref in deals.customer_id],
            opened_on=_days(deals.opened_on),
            closed_on=_days(deals.closed_on),
            status=deals.status.where(deals.status != "", deals.closed_on.map(lambda on: "won" if on else "open")),
            kind=deals.kind.replace("", "new"),
            amount=[0] * len(deals),
            cost=[0] * len(deals),
            pays_vat=[True] * len(deals),
        ),
        "interaction_rows": _table(
            'interaction_id BIGINT, customer_id BIGINT, vehicle_id BIGINT, "on" DATE, channel VARCHAR,'
            " direction VARCHAR, outcome VARCHAR",
            interaction_id=range(len(contacts)),
            customer_id=[person.get(ref) for ref in contacts.customer_id],
            vehicle_id=[number.get(ref) for ref in contacts.vehicle_id],
            on=_days(contacts["at"]),
            channel=contacts.channel,
            direction=contacts.direction,
            outcome=contacts.outcome,
        ),
    }


def _table(layout: str, **columns: Any) -> pa.Table:
    """Return the columns given, in DuckDB's types; those left out are null."""
    names = [column.split()[0].strip('"') for column in layout.split(", ")]
    rows = max((len(values) for values in columns.values()), default=0)
    given = pa.table({name: pa.array(list(columns[name])) if name in columns else pa.nulls(rows) for name in names})
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE shaped ({layout})")
        con.register("given", given)
        con.execute("INSERT INTO shaped SELECT * FROM given")
        return con.sql("FROM shaped").to_arrow_table()
