"""Orders, appointments and bays behind the wall between branches."""

from django.db import migrations

from vernost.core.policies import of_branch, part_of


class Migration(migrations.Migration):
    dependencies = [("workshop", "0005_fields"), ("accounts", "0009_wall")]
    operations = [
        of_branch("workshop_repairorder"),
        of_branch("workshop_appointment"),
        of_branch("workshop_bay"),
        part_of("workshop_orderline", "order_id", "workshop_repairorder"),
        part_of("workshop_orderfieldvalue", "order_id", "workshop_repairorder"),
    ]
