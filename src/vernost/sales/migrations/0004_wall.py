"""Deals behind the wall between branches."""

from django.db import migrations

from vernost.core.policies import of_branch, part_of


class Migration(migrations.Migration):
    dependencies = [("sales", "0003_fields"), ("accounts", "0009_wall")]
    operations = [of_branch("sales_deal"), part_of("sales_dealfieldvalue", "deal_id", "sales_deal")]
