from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0007_fields"),
    ]

    operations = [
        migrations.AddField(
            model_name="cardlayout",
            name="blocks",
            field=models.JSONField(db_default=[], default=list),
        ),
    ]
