"""Car deals in the mirror."""

from vernost.accounts.facts import reference_sql
from vernost.core.fact_table import FactGroup, FactTable, Pull, fact_groups
from vernost.customers.facts import FIELD_COLUMNS, fields_pull
from vernost.workshop.facts import vat_rate_sql, without_vat_sql

DEALS = FactTable(
    name="deals",
    scope="branch",
    columns={
        "deal_id": "int64",
        "ref": "string",
        "vehicle_id": "int64",
        "customer_id": "int64",
        "branch_id": "int64",
        "opened_on": "date",
        "closed_on": "date",
        "status": "string",
        "kind": "string",
        "amount": "int64",
        "margin": "int64",
    },
    # What we pay for a car traded in is no income: only cars sold make a margin.
    sql=f"""
        SELECT deal_id, ref, vehicle_id, customer_id, branch_id, opened_on, closed_on, status, kind, amount,
               CASE WHEN status = 'won' AND kind <> 'trade_in'
                    THEN {without_vat_sql("amount", vat_rate_sql("closed_on", "pays_vat"))} - cost ELSE 0
               END AS margin
          FROM deal_rows
    """,  # noqa: S608 - made of our own names
    order_by=("deal_id",),
)

DEAL_FIELDS = FactTable(
    name="deal_fields",
    scope="branch",
    columns={
        "deal_id": "int64",
        "customer_id": "int64",
        "branch_id": "int64",
        "kind": "string",
        "known_on": "date",
        **FIELD_COLUMNS,
    },
    # A deal without any day is there on every one.
    sql="""
        SELECT f.deal_id, d.customer_id, d.branch_id, d.kind, coalesce(d.opened_on, d.closed_on) AS known_on,
               f.field_id, f.number, f."on", f.text
          FROM deal_field_rows f JOIN deal_rows d USING (deal_id)
    """,
    order_by=("field_id", "deal_id"),
)

fact_groups.add(
    FactGroup(
        code="deals",
        key="deal_id",
        pulls=(
            Pull(
                name="deal_rows",
                key="d.id",
                sql=f"""
                    SELECT d.id::bigint AS deal_id, {reference_sql("d")} AS ref, d.vehicle_id::bigint AS vehicle_id,
                           d.customer_id::bigint AS customer_id, d.branch_id::bigint AS branch_id, d.opened_on,
                           d.closed_on, d.status, d.kind, (coalesce(d.amount, 0) * 100)::bigint AS amount,
                           (coalesce(d.cost, 0) * 100)::bigint AS cost, coalesce(b.vat, true) AS pays_vat
                      FROM sales_deal d LEFT JOIN accounts_branch b ON b.id = d.branch_id
                """,  # noqa: S608 - made of our own names
            ),
            fields_pull("deal_field_rows", "sales_dealfieldvalue", "deal_id"),
        ),
        tables=(DEALS, DEAL_FIELDS),
        touched_by={"sales_deal": "id", "sales_dealfieldvalue": "deal_id"},
    )
)
