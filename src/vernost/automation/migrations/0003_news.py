"""What other systems are told of contacts, consents and merges: noted by triggers, since imports write past all events."""

from django.db import migrations, models

# SECURITY DEFINER: the web process may not know whom another system tells of what, and its changes are noted all the same.
FUNCTIONS = """
CREATE FUNCTION automation_note_news() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    rows text := CASE
        WHEN TG_OP = 'INSERT' THEN 'SELECT id FROM new_rows'
        ELSE 'SELECT n.id FROM new_rows n JOIN old_rows o USING (id) WHERE ' || TG_ARGV[2]
    END;
BEGIN
    IF NOT EXISTS (SELECT FROM automation_webhook
                    WHERE active AND all_branches AND events ?| string_to_array(TG_ARGV[1], ',')) THEN
        RETURN NULL;
    END IF;
    -- More at once is an import: nobody reads thousands of messages, and `import.finished` tells of it.
    EXECUTE format(
        'WITH found AS (SELECT id FROM (%s) changed LIMIT 1001)
         INSERT INTO automation_news (topic, row_id)
         SELECT %L, id FROM found WHERE (SELECT count(*) FROM found) <= 1000 ORDER BY id', rows, TG_ARGV[0]);
    RETURN NULL;
END
$$;
"""

# (table, event of the table, topic, events that ask for it, which of the changed rows are told of)
WATCHED = [
    ("contacts_interaction", "INSERT", "contact.created", "contact.created", ""),
    (
        "contacts_interaction",
        "UPDATE",
        "contact.changed",
        "contact.changed",
        "(n.customer_id, n.vehicle_id, n.at, n.channel, n.direction, n.outcome, n.employee_id, n.text)"
        " IS DISTINCT FROM (o.customer_id, o.vehicle_id, o.at, o.channel, o.direction, o.outcome, o.employee_id, o.text)",
    ),
    ("customers_consententry", "INSERT", "consent", "consent.given,consent.withdrawn", ""),
    ("customers_customermerge", "INSERT", "customer.merged", "customer.merged", ""),
    (
        "customers_customermerge",
        "UPDATE",
        "customer.unmerged",
        "customer.unmerged",
        "o.undone_at IS NULL AND n.undone_at IS NOT NULL",
    ),
]
ROWS = {"INSERT": "NEW TABLE AS new_rows", "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows"}


def triggers():
    for table, event, topic, events, changed in WATCHED:
        yield (
            f"CREATE TRIGGER news_{event.lower()} AFTER {event} ON {table} REFERENCING {ROWS[event]}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION automation_note_news('{topic}', '{events}', '{changed}')"
        )


def drop():
    for table, event, *_rest in WATCHED:
        yield f"DROP TRIGGER news_{event.lower()} ON {table}"
    yield "DROP FUNCTION automation_note_news()"


class Migration(migrations.Migration):
    dependencies = [
        ("automation", "0002_webhooks"),
        ("contacts", "0001_initial"),
        ("customers", "0006_ledger_only_grows"),
    ]

    operations = [
        migrations.CreateModel(
            name="News",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("topic", models.TextField()),
                ("row_id", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL([FUNCTIONS, *triggers()], [*drop()]),
    ]
