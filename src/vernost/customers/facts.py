"""Customers, their addresses, consents, stops and values of fields in the mirror."""

from vernost.accounts.facts import reference_sql
from vernost.core.fact_table import FactGroup, FactTable, Pull, fact_groups

CUSTOMERS = FactTable(
    name="customers",
    scope="customer",
    columns={
        "customer_id": "int64",
        "ref": "string",
        "kind": "string",
        "blocked": "boolean",
        "blocked_on": "date",
        "created_on": "date",
        "city": "string",
        "timezone": "string",
        "advisor_branch_id": "int64",
    },
    sql="SELECT * FROM customer_rows",
    order_by=("customer_id",),
)

# `invalid_on`: the day on which a call found it wrong.
ADDRESSES = FactTable(
    name="addresses",
    scope="customer",
    columns={"customer_id": "int64", "kind": "string", "invalid_on": "date"},
    sql="SELECT * FROM address_rows",
    order_by=("customer_id",),
)

# What was said to the whole group has no `company_id`. Who has said something to one company of the group has all that
# counts for that company once more: its own rows, and those to the whole group.
CONSENTS = FactTable(
    name="consents",
    scope="customer",
    columns={"customer_id": "int64", "company_id": "int64", "channel": "string", "given": "boolean", "on": "date"},
    sql="""
        WITH told AS (SELECT DISTINCT customer_id, company_id FROM consent_rows WHERE company_id IS NOT NULL)
        SELECT customer_id, company_id, channel, given, "on" FROM (
            FROM consent_rows WHERE company_id IS NULL
             UNION ALL
            SELECT said.* REPLACE (told.company_id AS company_id) FROM consent_rows said JOIN told USING (customer_id)
             WHERE said.company_id IS NULL OR said.company_id = told.company_id
        ) UNPIVOT (given FOR channel IN (call, sms, email, messenger))
    """,
    order_by=("customer_id",),
)

STOPS = FactTable(
    name="stops",
    scope="customer",
    columns={"customer_id": "int64", "channel": "string", "since": "date"},
    sql="SELECT * FROM stop_rows",
    order_by=("customer_id",),
)

# What administrators' fields hold: `number` whole, kopecks, hundredths or 0 and 1; `on` days; `text` the first letters.
FIELD_COLUMNS = {"field_id": "int64", "number": "int64", "on": "date", "text": "string"}
_LETTERS = 200

CUSTOMER_FIELDS = FactTable(
    name="customer_fields",
    scope="customer",
    columns={"customer_id": "int64", **FIELD_COLUMNS},
    sql="SELECT * FROM customer_field_rows",
    order_by=("field_id", "customer_id"),
)


def fields_pull(name: str, table: str, column: str, *, join: str = "") -> Pull:
    """Pull the values of fields of a subject's records, each as its type has it; `join` is SQL that leaves some out."""
    return Pull(
        name=name,
        key=f"v.{column}",
        sql=f"""
            SELECT v.{column}::bigint AS {column}, v.field_id::bigint AS field_id,
                   CASE WHEN f.kind IN ('whole', 'flag') THEN v.value::bigint
                        WHEN f.kind IN ('decimal', 'money') THEN (v.value::numeric * 100)::bigint END AS number,
                   CASE WHEN f.kind = 'day' THEN v.value::date END AS "on",
                   CASE WHEN f.kind NOT IN ('whole', 'flag', 'decimal', 'money', 'day')
                        THEN left(v.value, {_LETTERS}) END AS text
              FROM {table} v JOIN customers_customfield f ON f.id = v.field_id {join}
        """,  # noqa: S608 - made of our own names
    )


# A card that was merged into another shows all it has there.
_STANDING = "JOIN customers_customer c ON c.id = {}.customer_id AND c.merged_into_id IS NULL"

fact_groups.add(
    FactGroup(
        code="customers",
        key="customer_id",
        pulls=(
            Pull(
                name="customer_rows",
                key="c.id",
                sql=f"""
                    SELECT c.id::bigint AS customer_id, {reference_sql("c")} AS ref, c.kind, c.blocked, c.blocked_on,
                           c.created_on, c.city, c.timezone, e.branch_id::bigint AS advisor_branch_id
                      FROM (SELECT * FROM customers_customer WHERE merged_into_id IS NULL) c
                      LEFT JOIN accounts_employee e ON e.id = c.advisor_id
                """,  # noqa: S608 - made of our own names
            ),
            Pull(
                name="address_rows",
                key="a.customer_id",
                sql=f"""
                    SELECT a.customer_id::bigint AS customer_id, a.kind, a.invalid_on
                      FROM customers_contactaddress a {_STANDING.format("a")}
                """,  # noqa: S608 - as above
            ),
            Pull(
                name="consent_rows",
                key="s.customer_id",
                sql=f"""
                    SELECT s.customer_id::bigint AS customer_id, s.legal_entity_id::bigint AS company_id, s."on",
                           s.calls AS call, s.sms, s.email, s.messenger
                      FROM customers_consentstatement s {_STANDING.format("s")}
                """,  # noqa: S608 - as above
            ),
            Pull(
                name="stop_rows",
                key="s.customer_id",
                sql=f"""
                    SELECT s.customer_id::bigint AS customer_id, s.channel, s.since
                      FROM customers_channelstop s {_STANDING.format("s")}
                """,  # noqa: S608 - as above
            ),
            fields_pull(
                "customer_field_rows", "customers_customerfieldvalue", "customer_id", join=_STANDING.format("v")
            ),
        ),
        tables=(CUSTOMERS, ADDRESSES, CONSENTS, STOPS, CUSTOMER_FIELDS),
        touched_by={
            "customers_customer": "id",
            "customers_contactaddress": "customer_id",
            "customers_consentstatement": "customer_id",
            "customers_channelstop": "customer_id",
            "customers_customerfieldvalue": "customer_id",
        },
    )
)

# Who lives with others; everybody else is a household of his own. `left_on` null: to this day.
HOUSEHOLDS = FactTable(
    name="households",
    scope="customer",
    columns={"customer_id": "int64", "household_id": "int64", "since": "date", "left_on": "date"},
    sql="SELECT * FROM household_rows",
    order_by=("customer_id", "since"),
)

fact_groups.add(
    FactGroup(
        code="households",
        key="customer_id",
        pulls=(
            Pull(
                name="household_rows",
                key="h.customer_id",
                sql=f"""
                    SELECT h.customer_id::bigint AS customer_id, h.household_id::bigint AS household_id, h.since,
                           h.left_on
                      FROM customers_householdmember h {_STANDING.format("h")}
                """,  # noqa: S608 - as above
            ),
        ),
        tables=(HOUSEHOLDS,),
        touched_by={"customers_householdmember": "customer_id"},
    )
)
