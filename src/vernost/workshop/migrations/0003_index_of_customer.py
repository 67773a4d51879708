import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_preferences_and_changes'),
        ('customers', '0002_search_keys_and_imported_addresses'),
        ('vehicles', '0001_initial'),
        ('workshop', '0002_appointment_requests'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='appointment',
            name='customer',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='customers.customer'),
        ),
        migrations.AlterField(
            model_name='repairorder',
            name='customer',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='customers.customer'),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(fields=['customer', 'branch'], name='appointment_of_customer'),
        ),
        migrations.AddIndex(
            model_name='repairorder',
            index=models.Index(fields=['customer', 'branch'], name='order_of_customer'),
        ),
    ]
