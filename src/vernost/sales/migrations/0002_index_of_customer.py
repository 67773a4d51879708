import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_preferences_and_changes'),
        ('customers', '0002_search_keys_and_imported_addresses'),
        ('sales', '0001_initial'),
        ('vehicles', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='deal',
            name='customer',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deals', to='customers.customer'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(fields=['customer', 'branch'], name='deal_of_customer'),
        ),
    ]
