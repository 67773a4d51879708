import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="channelstop",
            name="imported",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="contactaddress",
            name="imported",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name="contactaddress",
            name="kind",
            field=models.TextField(
                choices=[("phone", "Phone"), ("email", "Email"), ("messenger", "Messenger"), ("note", "Note")]
            ),
        ),
        # Keys are made again from the cards, and Django cannot turn an id into a composite key.
        migrations.DeleteModel("CustomerSearchKey"),
        migrations.CreateModel(
            name="CustomerSearchKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "kind",
                        "key",
                        "customer_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "kind",
                    models.SmallIntegerField(choices=[(1, "Phone"), (2, "Plate"), (3, "Vin"), (4, "Name")]),
                ),
                ("key", models.TextField(db_collation="C")),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
        ),
    ]
