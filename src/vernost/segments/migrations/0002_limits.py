"""Limits of a segment's size, and the notices when it leaves them."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("segments", "0001_initial")]

    operations = [
        migrations.AddField("segment", "least", models.PositiveIntegerField(null=True)),
        migrations.AddField("segment", "most", models.PositiveIntegerField(null=True)),
        migrations.AddConstraint(
            "segment",
            models.CheckConstraint(
                condition=Q(least=None) | Q(most=None) | Q(least__lte=F("most")), name="segment_limits_in_order"
            ),
        ),
        migrations.CreateModel(
            name="SegmentNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                ("size", models.PositiveIntegerField()),
                (
                    "segment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="segments.segment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["segment", "on"], name="segment_notice_once_a_day"),
                ],
            },
        ),
    ]
