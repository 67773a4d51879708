"""Statement triggers that note the touched keys of every mirrored table."""

from django.db import migrations

# The declarations of `<subject>/facts.py` on the day of this migration: (table, code of the group, column of its key).
WATCHED = [
    ("accounts_branch", "branches", "id"),
    ("accounts_user", "users", "id"),
    ("customers_customer", "customers", "id"),
    ("customers_contactaddress", "customers", "customer_id"),
    ("customers_consentstatement", "customers", "customer_id"),
    ("customers_channelstop", "customers", "customer_id"),
    ("vehicles_vehicle", "vehicles", "id"),
    ("vehicles_ownership", "vehicles", "vehicle_id"),
    ("vehicles_vehicleevent", "vehicles", "vehicle_id"),
    ("vehicles_odometerreading", "vehicles", "vehicle_id"),
    ("vehicles_maintenanceplan", "plans", "id"),
    ("vehicles_recallentry", "recalls", "id"),
    ("workshop_repairorder", "orders", "id"),
    ("workshop_orderline", "orders", "order_id"),
    ("workshop_appointment", "appointments", "id"),
    ("sales_deal", "deals", "id"),
    ("contacts_interaction", "interactions", "id"),
    ("invitations_cycle", "cycles", "id"),
    ("invitations_invitation", "invitations", "id"),
    ("invitations_campaignmember", "members", "id"),
    ("invitations_contactattempt", "attempts", "id"),
    ("invitations_attribution", "attributions", "id"),
]

# `SET vernost.bulk = on` in a first load: one note instead of a million; the next refresh builds everything.
# SECURITY DEFINER: the web process owns nothing, and what it changes is noted all the same.
FUNCTIONS = """
CREATE FUNCTION fact_change_note_all() RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
    INSERT INTO facts_factchange ("table", row_id)
    SELECT '*', 0 WHERE NOT EXISTS (SELECT FROM facts_factchange WHERE "table" = '*');
$$;

CREATE FUNCTION fact_change_note() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    code text := TG_ARGV[0];
    key text := TG_ARGV[1];
    rows text := CASE TG_OP
        WHEN 'INSERT' THEN format('SELECT %1$I AS key FROM new_rows', key)
        WHEN 'DELETE' THEN format('SELECT %1$I AS key FROM old_rows', key)
        ELSE format('SELECT %1$I AS key FROM old_rows UNION SELECT %1$I FROM new_rows', key)
    END;
BEGIN
    IF TG_OP = 'TRUNCATE' OR current_setting('vernost.bulk', true) = 'on' THEN
        PERFORM fact_change_note_all();
    ELSE
        EXECUTE format(
            'INSERT INTO facts_factchange ("table", row_id) SELECT DISTINCT %L, key FROM (%s) touched WHERE key IS NOT NULL',
            code, rows
        );
    END IF;
    RETURN NULL;
END
$$;

-- A new source changes how every id is written.
CREATE FUNCTION fact_change_note_source() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM fact_change_note_all();
    RETURN NULL;
END
$$;

-- VAT and time zone of a branch are in the figures of its orders and invitations.
CREATE FUNCTION fact_change_note_branch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (
        SELECT FROM old_rows o JOIN new_rows n USING (id)
         WHERE (o.vat, o.timezone) IS DISTINCT FROM (n.vat, n.timezone)
    ) THEN
        PERFORM fact_change_note_all();
    END IF;
    RETURN NULL;
END
$$;

-- A customer belongs to the branch of his advisor.
CREATE FUNCTION fact_change_note_employee() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO facts_factchange ("table", row_id)
    SELECT 'customers', c.id
      FROM old_rows o JOIN new_rows n USING (id) JOIN customers_customer c ON c.advisor_id = n.id
     WHERE o.branch_id IS DISTINCT FROM n.branch_id;
    RETURN NULL;
END
$$;
"""

SPECIAL = [
    ("fact_change_source", "AFTER INSERT OR UPDATE OR DELETE ON accounts_source", "fact_change_note_source()"),
    (
        "fact_change_branch",
        "AFTER UPDATE ON accounts_branch REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "fact_change_note_branch()",
    ),
    (
        "fact_change_employee",
        "AFTER UPDATE ON accounts_employee REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "fact_change_note_employee()",
    ),
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
    for name, event, function in SPECIAL:
        yield f"CREATE TRIGGER {name} {event} FOR EACH STATEMENT EXECUTE FUNCTION {function}"


def drop():
    for table, _code, _key in WATCHED:
        for event in ROWS:
            yield f"DROP TRIGGER fact_change_{event.lower()} ON {table}"
    for name, event, _function in SPECIAL:
        table = event.split(" ON ")[1].split(" ")[0]
        yield f"DROP TRIGGER {name} ON {table}"
    for function in ("employee", "branch", "source"):
        yield f"DROP FUNCTION fact_change_note_{function}()"
    yield "DROP FUNCTION fact_change_note()"
    yield "DROP FUNCTION fact_change_note_all()"


class Migration(migrations.Migration):
    dependencies = [
        ("facts", "0001_initial"),
        ("accounts", "0001_initial"),
        ("customers", "0001_initial"),
        ("vehicles", "0001_initial"),
        ("workshop", "0001_initial"),
        ("sales", "0001_initial"),
        ("contacts", "0001_initial"),
        ("invitations", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL([FUNCTIONS, *triggers()], [*drop()]),
    ]
