from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workshop", "0003_index_of_customer")]

    operations = [
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(condition=models.Q(("status", "held")), fields=["booked_by"], name="appointment_held"),
        ),
    ]
