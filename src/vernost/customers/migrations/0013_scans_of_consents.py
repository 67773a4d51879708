from django.db import migrations, models
from django.db.models import deletion


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0012_who_was_erased"),
        ("files", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="consententry",
            name="file",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=deletion.PROTECT,
                related_name="+",
                to="files.storedfile",
            ),
        ),
        migrations.AddField(
            model_name="consententry",
            name="file_sha256",
            field=models.TextField(blank=True, db_default=""),
        ),
        migrations.AddConstraint(
            model_name="consententry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("file__isnull", False)), fields=("file",), name="consent_scan_once"
            ),
        ),
    ]
