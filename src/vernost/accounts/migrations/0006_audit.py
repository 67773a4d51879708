import secrets

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The pages' role adds to the journal and never rewrites it, whatever rights a later GRANT gives.
ONLY_ADDED_TO = """
CREATE FUNCTION accounts_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = 'vernost_app' THEN
        RAISE EXCEPTION '% is only added to', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_auditrecord
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_only_added_to();
CREATE TRIGGER only_added_to BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON accounts_auditseal
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_only_added_to();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'vernost_app') THEN
        REVOKE UPDATE, DELETE ON accounts_auditrecord FROM vernost_app;
        REVOKE INSERT, UPDATE, DELETE ON accounts_auditseal FROM vernost_app;
    END IF;
END $$;
"""
BACK = """
DROP TRIGGER only_added_to ON accounts_auditrecord;
DROP TRIGGER only_added_to ON accounts_auditseal;
DROP FUNCTION accounts_only_added_to();
"""


def salt_what_is_there(apps, schema_editor):
    records = apps.get_model("accounts", "AuditRecord")
    for pk in records.objects.filter(salt=None).values_list("pk", flat=True).iterator():
        records.objects.filter(pk=pk).update(salt=secrets.token_bytes(32))


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_access_roles'),
    ]

    operations = [
        migrations.RenameModel(old_name='Change', new_name='AuditRecord'),
        migrations.AddField(
            model_name='auditrecord',
            name='address',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='auditrecord',
            name='salt',
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AlterField(
            model_name='auditrecord',
            name='fields',
            field=models.JSONField(default=dict, null=True),
        ),
        migrations.AddIndex(
            model_name='auditrecord',
            index=models.Index(fields=['user', 'at'], name='audit_of_user'),
        ),
        migrations.AddIndex(
            model_name='auditrecord',
            index=models.Index(fields=['at'], name='audit_at'),
        ),
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('record_id', models.BigIntegerField(unique=True)),
                ('digest', models.BinaryField(max_length=32)),
                ('hash', models.BinaryField(max_length=32)),
                ('at', models.DateTimeField()),
                ('erased_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SignInFailure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('login', models.TextField()),
                ('address', models.TextField()),
                ('failures', models.PositiveIntegerField(default=0)),
                ('failed_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['failed_at'], name='sign_in_failed_at')],
                'constraints': [models.UniqueConstraint(fields=('login', 'address'), name='sign_in_failures_once')],
            },
        ),
        migrations.CreateModel(
            name='KnownAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.TextField()),
                ('seen_at', models.DateTimeField()),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'address'), name='known_address_once')],
            },
        ),
        migrations.RunPython(salt_what_is_there, migrations.RunPython.noop),
        migrations.RunSQL(ONLY_ADDED_TO, BACK),
    ]
