"""Views of the schema `bi` tell the source of an id where several sources are in use, not where several are known."""

from importlib import import_module

from django.db import migrations

VIEWS = import_module("vernost.facts.migrations.0003_bi_views").VIEWS
KNOWN, IN_USE = "FROM accounts_source)", "FROM accounts_source WHERE in_use)"


def replaced(known, told):
    return "".join(f"CREATE OR REPLACE VIEW bi.{name} AS {select.replace(known, told)};" for name, select in VIEWS.items())


class Migration(migrations.Migration):
    dependencies = [("facts", "0004_field_values"), ("accounts", "0010_sources_in_use")]

    operations = [migrations.RunSQL(replaced(KNOWN, IN_USE), replaced(KNOWN, KNOWN))]
