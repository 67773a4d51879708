"""Orders and their lines come in batches whose foreign keys are proved as a set; changed ones find room beside."""

from django.db import migrations

from vernost.core.parent_guards import FUNCTIONS, NO_FUNCTIONS, guards, triggers_always

# Those of `core.parents.KEYS` on the day of this migration.
PARENTS = (
    "accounts_branch",
    "accounts_employee",
    "accounts_source",
    "customers_customer",
    "vehicles_vehicle",
    "workshop_repairorder",
)


class Migration(migrations.Migration):
    dependencies = [
        ("workshop", "0007_files_of_cards"),
        ("accounts", "0001_initial"),
        ("customers", "0001_initial"),
        ("vehicles", "0001_initial"),
        # Its triggers are among those that work always.
        ("facts", "0004_field_values"),
    ]
    operations = [
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        guards(PARENTS),
        triggers_always("workshop_repairorder"),
        triggers_always("workshop_orderline"),
        # Room on every page for an order's next version: then no index has to learn of it.
        migrations.RunSQL(
            [
                "ALTER TABLE workshop_repairorder SET (fillfactor = 95)",
                "CLUSTER workshop_repairorder USING workshop_repairorder_pkey",
                "ALTER TABLE workshop_repairorder SET WITHOUT CLUSTER",
            ],
            "ALTER TABLE workshop_repairorder RESET (fillfactor)",
        ),
    ]
