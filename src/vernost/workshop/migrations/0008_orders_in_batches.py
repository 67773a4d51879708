"""Orders and their lines come in batches whose foreign keys are proved as a set; their keys are answered by an index."""

from django.db import migrations, models

from vernost.core import parents

# Those of `core.parents` on the day of this migration.
CHILDREN = ("workshop_repairorder", "workshop_orderline")
PARENTS = (
    "accounts_branch",
    "accounts_employee",
    "accounts_source",
    "customers_customer",
    "vehicles_vehicle",
    "workshop_repairorder",
)
# Answers from the index alone need pages that VACUUM has been at; by its own measure it would come once in months.
VACUUM = "autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01"


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
        migrations.RunSQL(
            [parents.FUNCTIONS, *(parents.guard(table)[0] for table in PARENTS)],
            [*(parents.guard(table)[1] for table in PARENTS), parents.NO_FUNCTIONS],
        ),
        *(
            migrations.RunSQL(parents.triggers_always(table), parents.triggers_always(table, always=False))
            for table in CHILDREN
        ),
        migrations.RemoveConstraint("repairorder", "workshop_repairorder_source_key"),
        migrations.AddConstraint(
            "repairorder",
            models.UniqueConstraint(
                fields=("source", "external_id"), include=("id", "import_hash"), name="workshop_repairorder_source_key"
            ),
        ),
        migrations.RunSQL(
            f"ALTER TABLE workshop_repairorder SET ({VACUUM})",
            "ALTER TABLE workshop_repairorder RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor)",
        ),
    ]
