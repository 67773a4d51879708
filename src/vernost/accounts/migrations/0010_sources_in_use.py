from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_wall")]

    # The ids of what is installed already are told by the number of its sources: all of them count.
    operations = [migrations.AddField("source", "in_use", models.BooleanField(default=True))]
