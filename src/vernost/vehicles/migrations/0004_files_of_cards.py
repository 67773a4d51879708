import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0009_files_of_cards"),
        ("files", "0001_initial"),
        ("vehicles", "0003_fields"),
    ]

    operations = [
        migrations.CreateModel(
            name="VehicleFile",
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
                    "vehicle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="vehicles.vehicle"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
