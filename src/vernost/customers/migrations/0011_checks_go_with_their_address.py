from django.db import migrations

# Addresses are removed by plain SQL too, by an import and by the undoing of a merge: the database itself lets
# the checks go with them.
_CASCADE = """
DO $$
DECLARE found text;
BEGIN
    SELECT conname INTO STRICT found FROM pg_constraint
     WHERE conrelid = 'customers_addresscheck'::regclass AND confrelid = 'customers_contactaddress'::regclass;
    EXECUTE format('ALTER TABLE customers_addresscheck DROP CONSTRAINT %I', found);
    EXECUTE format('ALTER TABLE customers_addresscheck ADD CONSTRAINT %I FOREIGN KEY (address_id)'
                   ' REFERENCES customers_contactaddress (id) {action} DEFERRABLE INITIALLY DEFERRED', found);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0010_listed_words")]

    operations = [
        migrations.RunSQL(
            _CASCADE.format(action="ON DELETE CASCADE"),
            _CASCADE.format(action=""),
        ),
    ]
