import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("reports", "0003_cell_strategies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PriceTest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120)),
                ("make", models.TextField(blank=True)),
                ("model", models.TextField(blank=True)),
                ("age_from", models.PositiveSmallIntegerField(null=True)),
                ("age_to", models.PositiveSmallIntegerField(null=True)),
                ("segment_code", models.TextField(blank=True)),
                ("draw", models.TextField()),
                ("share", models.PositiveSmallIntegerField(default=5000)),
                ("price_before", models.DecimalField(decimal_places=2, max_digits=14)),
                ("price_trial", models.DecimalField(decimal_places=2, max_digits=14)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("guardrail", models.DecimalField(decimal_places=2, max_digits=5)),
                (
                    "state",
                    models.TextField(
                        choices=[("draft", "Draft"), ("running", "Running"), ("ended", "Ended")], default="draft"
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("control_branches", models.ManyToManyField(related_name="+", to="accounts.branch")),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("test_branches", models.ManyToManyField(related_name="+", to="accounts.branch")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                        name="price_test_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("price_before__gt", 0),
                            ("price_trial__gt", 0),
                            models.Q(("price_trial", models.F("price_before")), _negated=True),
                        ),
                        name="price_test_tries_another_price",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("share__gt", 0), ("share__lt", 10000)),
                        name="price_test_has_both_arms",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("draw__in", ["branches", "customers"])), name="price_test_draw"
                    ),
                ],
            },
        ),
    ]
