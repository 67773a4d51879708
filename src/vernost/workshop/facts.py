"""Repair orders, visits, lines and appointments in the mirror.

A counted order is closed and neither internal nor a presale: a visit. Revenue and margin are those
of `domain-fine-print.md`: the order's own amount, else the lines that a customer or insurer pays.
"""

from datetime import date
from typing import TYPE_CHECKING

from vernost.accounts.facts import reference_sql
from vernost.core.fact_table import Derived, FactGroup, FactTable, Pull, Tables, fact_groups
from vernost.core.money import VAT_RATES
from vernost.customers.facts import FIELD_COLUMNS, fields_pull

if TYPE_CHECKING:
    from ibis.expr.types import Table

COUNTED = "status = 'closed' AND kind NOT IN ('internal', 'presale')"


def vat_rate_sql(on: str, pays_vat: str) -> str:
    """SQL for the rate in per cent on the day `on`, 0 where `pays_vat` is false."""
    dated = " ".join(f"WHEN {on} >= DATE '{start}' THEN {rate}" for start, rate in reversed(VAT_RATES[1:]))
    return f"CASE WHEN NOT {pays_vat} THEN 0 {dated} ELSE {VAT_RATES[0][1]} END"


def without_vat_sql(kopecks: str, rate: str) -> str:
    """SQL for an amount without its tax in whole kopecks, rounded half away from zero."""
    return f"sign({kopecks})::BIGINT * ((abs({kopecks}) * 200 + 100 + ({rate})) // (2 * (100 + ({rate}))))"


_MONEY = {"revenue": "int64", "cost": "int64", "margin": "int64"}

ORDERS = FactTable(
    name="orders",
    scope="branch",
    columns={
        "order_id": "int64",
        "ref": "string",
        "branch_id": "int64",
        "customer_id": "int64",
        "vehicle_id": "int64",
        "advisor_id": "int64",
        "opened_on": "date",
        "closed_on": "date",
        "closed_second": "int32",
        "mileage_km": "int32",
        "kind": "string",
        "status": "string",
        **_MONEY,
        "known_on": "date",
    },
    # A line without payer is the customer's, but in warranty and internal orders the house's own.
    sql=f"""
        WITH paid AS (
            SELECT order_id,
                   (sum(amount) FILTER (WHERE payer IN ('customer', 'insurer')))::BIGINT AS amount,
                   (sum(cost) FILTER (WHERE payer IN ('customer', 'insurer')))::BIGINT AS cost,
                   (sum(amount) FILTER (WHERE payer = ''))::BIGINT AS open_amount,
                   (sum(cost) FILTER (WHERE payer = ''))::BIGINT AS open_cost
              FROM line_rows WHERE NOT declined GROUP BY order_id
        ), money AS (
            SELECT o.*, o.kind NOT IN ('warranty', 'internal') AS customer_pays,
                   coalesce(o.amount, coalesce(p.amount, 0)
                            + CASE WHEN customer_pays THEN coalesce(p.open_amount, 0) ELSE 0 END)::BIGINT AS revenue,
                   CASE WHEN o.kind = 'warranty' THEN 0
                        ELSE coalesce(o.cost, coalesce(p.cost, 0)
                                      + CASE WHEN customer_pays THEN coalesce(p.open_cost, 0) ELSE 0 END)
                   END::BIGINT AS order_cost
              FROM order_rows o LEFT JOIN paid p USING (order_id)
        )
        SELECT order_id, ref, branch_id, customer_id, vehicle_id, advisor_id, opened_on, closed_on,
               coalesce(epoch(closed_time), 0) AS closed_second, mileage_km, kind, status, revenue, order_cost AS cost,
               {without_vat_sql("revenue", vat_rate_sql("closed_on", "pays_vat"))} - order_cost AS margin, known_on
          FROM money
    """,  # noqa: S608 - made of our own names
)

_VISIT = {
    "on": "date",
    "closed_second": "int32",
    "opened_on": "date",
    "order_id": "int64",
    "ref": "string",
    "branch_id": "int64",
    "kind": "string",
    "mileage_km": "int32",
    "revenue": "int64",
    "margin": "int64",
}
_VISIT_SQL = f"""
    SELECT customer_id, vehicle_id, closed_on AS "on", closed_second, opened_on, order_id, ref, branch_id, kind,
           mileage_km, revenue, margin, advisor_id
      FROM orders WHERE {COUNTED}
"""  # noqa: S608 - made of our own names

VISITS = FactTable(
    name="visits",
    scope="branch",
    columns={"customer_id": "int64", "vehicle_id": "int64", **_VISIT, "advisor_id": "int64"},
    sql=_VISIT_SQL,
    order_by=("customer_id", "on", "closed_second", "order_id"),
)

VEHICLE_VISITS = FactTable(
    name="vehicle_visits",
    scope="branch",
    columns={"customer_id": "int64", "vehicle_id": "int64", **_VISIT},
    sql=_VISIT_SQL,
    order_by=("vehicle_id", "on", "closed_second", "order_id"),
)

LINES = FactTable(
    name="lines",
    scope="branch",
    columns={
        "order_id": "int64",
        "line_no": "int32",
        "vehicle_id": "int64",
        "customer_id": "int64",
        "branch_id": "int64",
        "on": "date",
        "kind": "string",
        "code": "string",
        "name_key": "string",
        "name": "string",
        "category_key": "string",
        "amount": "int64",
        "cost": "int64",
        "paid": "boolean",
        "quantity": "float64",
        "declined": "boolean",
        "advised_on": "date",
        "order_kind": "string",
    },
    # `paid`: by a customer or an insurer, so that the line is in the revenue of an order without an amount of its own.
    sql=f"""
        SELECT l.order_id, l.line_no, o.vehicle_id, o.customer_id, o.branch_id, o.closed_on AS "on", l.kind, l.code,
               l.name_key, l.name, l.category_key, l.amount, coalesce(l.cost, 0) AS cost,
               l.payer IN ('customer', 'insurer') OR (l.payer = '' AND o.kind <> 'warranty') AS paid,
               l.thousandths / 1000 AS quantity, l.declined, l.advised_on, o.kind AS order_kind
          FROM line_rows l
          JOIN (SELECT * FROM order_rows WHERE {COUNTED}) o USING (order_id)
    """,  # noqa: S608 - made of our own names
)

# Of orders that count as visits, with what tells one visit from another.
ORDER_FIELDS = FactTable(
    name="order_fields",
    scope="branch",
    columns={
        "order_id": "int64",
        "customer_id": "int64",
        "branch_id": "int64",
        "kind": "string",
        "closed_on": "date",
        **FIELD_COLUMNS,
    },
    sql="""
        SELECT f.order_id, v.customer_id, v.branch_id, v.kind, v."on" AS closed_on, f.field_id, f.number, f."on", f.text
          FROM order_field_rows f JOIN visits v USING (order_id)
    """,
    order_by=("field_id", "order_id"),
)

fact_groups.add(
    FactGroup(
        code="orders",
        key="order_id",
        pulls=(
            Pull(
                name="order_rows",
                key="o.id",
                sql=f"""
                    SELECT o.id::bigint AS order_id, {reference_sql("o")} AS ref, o.branch_id::bigint AS branch_id,
                           o.customer_id::bigint AS customer_id, o.vehicle_id::bigint AS vehicle_id,
                           o.advisor_id::bigint AS advisor_id, o.opened_on, o.closed_on,
                           o.closed_time,
                           o.mileage_km::int AS mileage_km, o.kind, o.status, (o.amount * 100)::bigint AS amount,
                           (o.cost * 100)::bigint AS cost, o.known_on, coalesce(b.vat, true) AS pays_vat
                      FROM workshop_repairorder o LEFT JOIN accounts_branch b ON b.id = o.branch_id
                """,  # noqa: S608 - made of our own names
            ),
            Pull(
                name="line_rows",
                key="l.order_id",
                sql="""
                    SELECT l.order_id::bigint AS order_id, l.line_no::int AS line_no, l.kind, l.code, l.name,
                           l.category, (l.amount * 100)::bigint AS amount, (l.cost * 100)::bigint AS cost,
                           (l.quantity * 1000)::bigint AS thousandths, l.declined, l.advised_on, l.payer
                      FROM workshop_orderline l
                """,
                folded=("name", "category"),
            ),
            fields_pull("order_field_rows", "workshop_orderfieldvalue", "order_id"),
        ),
        tables=(ORDERS, VISITS, VEHICLE_VISITS, LINES, ORDER_FIELDS),
        touched_by={
            "workshop_repairorder": "id",
            "workshop_orderline": "order_id",
            "workshop_orderfieldvalue": "order_id",
        },
    )
)

# Works that were put off, and the day since which each is settled (`put_off`).
PUT_OFF = FactTable(
    name="put_off",
    scope="branch",
    columns={
        "vehicle_id": "int64",
        "branch_id": "int64",
        "order_id": "int64",
        "line_no": "int32",
        "on": "date",
        "name": "string",
        "amount": "int64",
        "advised_on": "date",
        "order_ref": "string",
        "settled_since": "date",
    },
    sql="",
    order_by=("vehicle_id", "order_id", "line_no"),
)


def _put_off(tables: Tables, as_of: date) -> "Table":
    from vernost.workshop import put_off  # noqa: PLC0415 - every process declares the tables; this loads Ibis

    return put_off.put_off(tables, as_of)


fact_groups.add(
    FactGroup(
        code="put_off",
        key="vehicle_id",
        tables=(PUT_OFF,),
        derived=Derived(
            make=_put_off,
            made_of={"lines": "vehicle_id", "orders": "vehicle_id"},
            reads={
                "lines": (
                    "vehicle_id",
                    "branch_id",
                    "order_id",
                    "line_no",
                    "on",
                    "code",
                    "name_key",
                    "name",
                    "amount",
                    "declined",
                    "advised_on",
                ),
                "orders": ("vehicle_id", "order_id", "closed_second", "ref"),
            },
        ),
    )
)

# A customer's days with us by branch (`visit_days`). `first`: of the rows of one day exactly one has it.
VISIT_DAYS = FactTable(
    name="visit_days",
    scope="branch",
    columns={
        "customer_id": "int64",
        "on": "date",
        "branch_id": "int64",
        "margin": "int64",
        "first": "boolean",
    },
    sql="",
    order_by=("customer_id", "on", "branch_id"),
    first_of=("customer_id", "on"),
)


def _visit_days(tables: Tables, as_of: date) -> "Table":
    from vernost.workshop import visit_days  # noqa: PLC0415 - as above

    return visit_days.visit_days(tables, as_of)


fact_groups.add(
    FactGroup(
        code="visit_days",
        key="customer_id",
        tables=(VISIT_DAYS,),
        derived=Derived(
            make=_visit_days,
            made_of={"visits": "customer_id"},
            reads={"visits": ("customer_id", "on", "branch_id", "margin")},
        ),
    )
)

APPOINTMENTS = FactTable(
    name="appointments",
    scope="branch",
    columns={
        "appointment_id": "int64",
        "ref": "string",
        "branch_id": "int64",
        "customer_id": "int64",
        "vehicle_id": "int64",
        "starts_on": "date",
        "booked_on": "date",
        "status": "string",
        "labour_hundredths": "int32",
        "order_id": "int64",
    },
    sql="SELECT * FROM appointment_rows",
    order_by=("starts_on", "appointment_id"),
)

fact_groups.add(
    FactGroup(
        code="appointments",
        key="appointment_id",
        pulls=(
            Pull(
                name="appointment_rows",
                key="a.id",
                sql=f"""
                    SELECT a.id::bigint AS appointment_id, {reference_sql("a")} AS ref,
                           a.branch_id::bigint AS branch_id, a.customer_id::bigint AS customer_id,
                           a.vehicle_id::bigint AS vehicle_id, a.starts_on, a.booked_on, a.status,
                           coalesce(
                               (a.labour_hours * 100)::int, (date_part('epoch', a.ends_at - a.starts_at) / 36)::int
                           ) AS labour_hundredths, a.order_id::bigint AS order_id
                      FROM workshop_appointment a
                """,  # noqa: S608 - made of our own names
            ),
        ),
        tables=(APPOINTMENTS,),
        touched_by={"workshop_appointment": "id"},
    )
)
