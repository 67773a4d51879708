import django.db.models.deletion
from django.db import migrations, models

from vernost.core.policies import part_of


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0009_files_of_cards"),
        ("files", "0001_initial"),
        ("workshop", "0006_wall"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("actor", models.TextField()),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.storedfile"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="workshop.repairorder"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        part_of("workshop_orderfile", "order_id", "workshop_repairorder"),
    ]
