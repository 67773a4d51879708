"""Who is erased stays erased: what another system sends of him again is emptied as it comes."""

from django.db import connection

from vernost.core.references import references
from vernost.privacy.operations.tables import emptied

_ERASED = "SELECT id FROM customers_customer WHERE erased_at IS NOT NULL"


def scrub(*, table: str) -> int:
    """Empty the words of rows that came of erased people, in the caller's transaction; return how many."""
    scrubbed = 0
    with connection.cursor() as cursor:
        # In the order of its index, which answers this whatever PostgreSQL believes of the column.
        cursor.execute(f"{_ERASED} ORDER BY id LIMIT 1")
        if cursor.fetchone() is None:
            return 0
        for one in references:
            if one.table == table and one.to == "customer" and one.blank:
                cursor.execute(emptied(table, one.blank, f"t.{one.column} IN ({_ERASED})"))
                scrubbed += cursor.rowcount
    return scrubbed
