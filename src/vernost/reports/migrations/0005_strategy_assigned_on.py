"""Since when a strategy holds: of those that stand already, the day of their last change in the journal."""

from django.db import migrations, models

LAST_CHANGE = """
    UPDATE reports_cellstrategy s
       SET assigned_on = coalesce(
               (SELECT max(c.at)::date FROM accounts_auditrecord c
                 WHERE c.subject = 'strategy' AND c.subject_id = 'R' || s.r || 'M' || s.m),
               current_date)
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0004_price_tests"), ("accounts", "0006_audit")]

    operations = [
        migrations.AddField("cellstrategy", "assigned_on", models.DateField(null=True)),
        migrations.RunSQL(LAST_CHANGE, migrations.RunSQL.noop),
        migrations.AlterField("cellstrategy", "assigned_on", models.DateField()),
    ]
