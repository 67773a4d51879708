import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


EVENTS = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "REFERENCING OLD TABLE AS old_rows",
    "TRUNCATE": "",
}
# Customers are found by their e-mails from now on.
EMAIL_KEYS = """
    INSERT INTO customers_customersearchkey (kind, key, customer_id)
    SELECT DISTINCT 5::smallint, left(a.value, 100), a.customer_id FROM customers_contactaddress a
      JOIN customers_customer c ON c.id = a.customer_id AND c.merged_into_id IS NULL
     WHERE a.kind = 'email' AND a.value <> '' ON CONFLICT DO NOTHING
"""
# Households are mirrored, so their changes are noted as those of the other mirrored tables.
WATCH = [
    f"CREATE TRIGGER fact_change_{event.lower()} AFTER {event} ON customers_householdmember {rows}"
    " FOR EACH STATEMENT EXECUTE FUNCTION fact_change_note('households', 'customer_id')"
    for event, rows in EVENTS.items()
]
UNWATCH = [f"DROP TRIGGER fact_change_{event.lower()} ON customers_householdmember" for event in EVENTS]


class Migration(migrations.Migration):

    dependencies = [
        ('facts', '0002_fact_change_triggers'),
        ('accounts', '0004_api_tokens'),
        ('customers', '0003_merges_and_duplicates'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Household',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField()),
                ('actor', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='AddressCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('actor', models.TextField()),
                ('how', models.SlugField(db_index=False, max_length=20)),
                ('address', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='checks', to='customers.contactaddress')),
            ],
        ),
        migrations.CreateModel(
            name='AdvisorAttachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField()),
                ('at', models.DateTimeField()),
                ('actor', models.TextField()),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_by', models.TextField(blank=True)),
                ('advisor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.employee')),
                ('before', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.employee')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='customers.customer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('customer', 'advisor'), name='attached_to_an_advisor_once')],
            },
        ),
        migrations.CreateModel(
            name='ContactPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField()),
                ('position', models.TextField(blank=True)),
                ('phone', models.TextField(blank=True, db_collation='C')),
                ('email', models.TextField(blank=True, db_collation='C')),
                ('since', models.DateField()),
                ('left_on', models.DateField(null=True)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contact_persons', to='customers.customer')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('left_on', None), ('left_on__gte', models.F('since')), _connector='OR'), name='contact_person_in_order')],
            },
        ),
        migrations.CreateModel(
            name='CustomerNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('actor', models.TextField()),
                ('text', models.TextField()),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='customers.customer')),
                ('user', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['customer', 'at'], name='note_of_customer')],
                'constraints': [models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='note_says_something')],
            },
        ),
        migrations.CreateModel(
            name='HouseholdMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateField()),
                ('left_on', models.DateField(null=True)),
                ('actor', models.TextField()),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='households', to='customers.customer')),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='customers.household')),
            ],
            options={
                'indexes': [models.Index(fields=['customer', 'since'], name='household_of_customer')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('left_on', None)), fields=('customer',), name='one_household_at_a_time'), models.CheckConstraint(condition=models.Q(('left_on', None), ('left_on__gte', models.F('since')), _connector='OR'), name='household_member_in_order')],
            },
        ),
        migrations.AlterField(
            model_name="customersearchkey",
            name="kind",
            field=models.SmallIntegerField(
                choices=[(1, "Phone"), (2, "Plate"), (3, "Vin"), (4, "Name"), (5, "Email")]
            ),
        ),
        migrations.RunSQL(WATCH, UNWATCH),
        migrations.RunSQL(EMAIL_KEYS, "DELETE FROM customers_customersearchkey WHERE kind = 5"),
    ]
