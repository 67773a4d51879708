import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("invitations", "0002_queue_order"),
        ("segments", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="programme",
            name="segment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="segments.segment",
            ),
        ),
    ]
