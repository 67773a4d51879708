"""A segment of people whom no rule tells: it is frozen."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("segments", "0002_limits")]

    operations = [
        migrations.AlterField("segment", "rule", models.JSONField(null=True)),
        migrations.AddConstraint(
            "segment",
            models.CheckConstraint(
                condition=Q(frozen=True) | Q(rule__isnull=False), name="segment_without_rule_is_frozen"
            ),
        ),
    ]
