"""What the policies of the wall between branches ask (`core.policies`)."""

from django.db import migrations

from vernost.core.policies import FUNCTIONS, NO_FUNCTIONS


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_list_views")]
    operations = [migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS)]
