from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0002_taken_rows")]

    operations = [
        # What has been imported up to now has been followed.
        migrations.AddField("importrun", "followed", models.BooleanField(default=True)),
        migrations.AlterField("importrun", "followed", models.BooleanField(default=False)),
    ]
