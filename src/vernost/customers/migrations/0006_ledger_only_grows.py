"""The ledger of consents is only added to, whatever the application asks."""

from django.db import migrations

# SECURITY DEFINER: the web process owns nothing, and its lines are noted all the same.
FUNCTIONS = """
CREATE FUNCTION consent_ledger_only_grows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    RAISE EXCEPTION '% is only added to', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$;

-- Who is erased takes his lines with him; that they went is written down where nothing is taken away again.
CREATE FUNCTION consent_entry_leaves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM customers_customer WHERE id = OLD.customer_id AND erased_at IS NOT NULL) THEN
        RAISE EXCEPTION '% is only added to', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    DELETE FROM customers_unsealedentry WHERE entry_id = OLD.id;
    INSERT INTO customers_erasedentry (entry_id, customer_id, erased_at)
    VALUES (OLD.id, OLD.customer_id, statement_timestamp());
    RETURN OLD;
END
$$;

CREATE FUNCTION consent_entry_waits() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO customers_unsealedentry (entry_id) SELECT id FROM new_rows;
    RETURN NULL;
END
$$;
"""

TRIGGERS = {
    "customers_consententry": {
        "consent_entry_stays": "BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION consent_ledger_only_grows()",
        "consent_entry_leaves": "BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION consent_entry_leaves()",
        "consent_entry_waits": """AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows
                                  FOR EACH STATEMENT EXECUTE FUNCTION consent_entry_waits()""",
    },
    "customers_consentseal": {
        "consent_seal_stays": "BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"
        " EXECUTE FUNCTION consent_ledger_only_grows()",
    },
    "customers_erasedentry": {
        "erased_entry_stays": "BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"
        " EXECUTE FUNCTION consent_ledger_only_grows()",
    },
}


def triggers():
    for table, of_table in TRIGGERS.items():
        for name, sql in of_table.items():
            yield f"CREATE TRIGGER {name} {sql.format(table=table)}"
        yield (
            f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION consent_ledger_only_grows()"
        )


def drop():
    for table, of_table in TRIGGERS.items():
        for name in (*of_table, f"{table}_whole"):
            yield f"DROP TRIGGER {name} ON {table}"
    for name in ("consent_entry_waits", "consent_entry_leaves", "consent_ledger_only_grows"):
        yield f"DROP FUNCTION {name}()"


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_consent_ledger")]

    operations = [migrations.RunSQL([FUNCTIONS, *triggers()], [*drop()])]
