"""Plans behind the wall between branches."""

from django.db import migrations

from vernost.core.policies import of_branch


class Migration(migrations.Migration):
    dependencies = [("reports", "0005_strategy_assigned_on"), ("accounts", "0009_wall")]
    operations = [of_branch("reports_plan")]
