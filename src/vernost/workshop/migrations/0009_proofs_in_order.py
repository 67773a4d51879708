"""The proofs of a batch ask for parents in order: neighbours in an index are met while they are at hand."""

from django.db import migrations

from vernost.core.parent_guards import FUNCTIONS


class Migration(migrations.Migration):
    dependencies = [("workshop", "0008_orders_in_batches")]
    operations = [migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop)]
