"""Statement triggers on the values of administrators' fields."""

from django.db import migrations

WATCHED = [
    ("customers_customerfieldvalue", "customers", "customer_id"),
    ("vehicles_vehiclefieldvalue", "vehicles", "vehicle_id"),
    ("workshop_orderfieldvalue", "orders", "order_id"),
    ("sales_dealfieldvalue", "deals", "deal_id"),
]

ROWS = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "REFERENCING OLD TABLE AS old_rows",
    "TRUNCATE": "",
}


def triggers():
    for table, code, key in WATCHED:
        for event, rows in ROWS.items():
            yield (
                f"CREATE TRIGGER fact_change_{event.lower()} AFTER {event} ON {table} {rows}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION fact_change_note('{code}', '{key}')"
            )


def drop():
    for table, _code, _key in WATCHED:
        for event in ROWS:
            yield f"DROP TRIGGER fact_change_{event.lower()} ON {table}"


class Migration(migrations.Migration):
    dependencies = [
        ("facts", "0003_bi_views"),
        ("customers", "0007_fields"),
        ("vehicles", "0003_fields"),
        ("workshop", "0005_fields"),
        ("sales", "0003_fields"),
    ]

    operations = [migrations.RunSQL([*triggers()], [*drop()])]
