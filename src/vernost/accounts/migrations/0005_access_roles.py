import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_api_tokens'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessRole',
            fields=[
                ('code', models.SlugField(max_length=40, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=20)),
                ('title', models.CharField(blank=True, max_length=120)),
                ('grants', models.JSONField(default=dict)),
            ],
        ),
        migrations.AddField(
            model_name='user',
            name='access_role',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='users', to='accounts.accessrole'),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='hidden_fields',
            field=models.JSONField(default=list),
        ),
    ]
