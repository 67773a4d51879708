"""Statement triggers that tell the mirror which answers have been touched, as `facts` has them for its tables."""

from django.db import migrations

ROWS = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "REFERENCING OLD TABLE AS old_rows",
    "TRUNCATE": "",
}


class Migration(migrations.Migration):
    dependencies = [("care", "0001_initial"), ("facts", "0002_fact_change_triggers")]

    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER fact_change_{event.lower()} AFTER {event} ON care_surveyanswer {rows}"
            " FOR EACH STATEMENT EXECUTE FUNCTION fact_change_note('surveys', 'id')",
            f"DROP TRIGGER fact_change_{event.lower()} ON care_surveyanswer",
        )
        for event, rows in ROWS.items()
    ]
