from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_pivot_views")]

    operations = [
        migrations.CreateModel(
            name="CellStrategy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("r", models.PositiveSmallIntegerField()),
                ("m", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=24)),
                ("words", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("r", "m"), name="cell_strategy_once"),
                    models.CheckConstraint(
                        condition=models.Q(("m__gte", 1), ("m__lte", 5), ("r__gte", 1), ("r__lte", 5)),
                        name="cell_strategy_of_a_score",
                    ),
                ],
            },
        ),
    ]
