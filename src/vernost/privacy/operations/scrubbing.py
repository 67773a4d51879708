"""Who is erased stays erased: what another system sends of him again is emptied as it comes."""

from django.db import connection
from django.db.backends.utils import CursorWrapper

from vernost.core.custom_fields import targets
from vernost.core.references import Reference, parts, references
from vernost.privacy.operations.erasing import remember
from vernost.privacy.operations.tables import emptied

_ERASED = "SELECT id FROM customers_customer WHERE erased_at IS NOT NULL"
_KEYS = f"""SELECT source_id, external_id FROM {{table}}
            WHERE external_id IS NOT NULL AND {{column}} IN ({_ERASED})"""  # noqa: S608 - our own names


def scrub(*, table: str) -> int:
    """Empty the words of rows that came of erased people, in the caller's transaction; return how many."""
    scrubbed = 0
    with connection.cursor() as cursor:
        # In the order of its index, which answers this whatever PostgreSQL believes of the column.
        cursor.execute(f"{_ERASED} ORDER BY id LIMIT 1")
        if cursor.fetchone() is None:
            return 0
        for one in references:
            if one.table == table and one.to == "customer":
                scrubbed += _scrub_fields(cursor, one)
                if one.file:
                    cursor.execute(_KEYS.format(table=one.table, column=one.column))
                    remember((one.file, source_id, key, None) for source_id, key in cursor.fetchall())
                if one.blank:
                    cursor.execute(emptied(table, one.blank, f"t.{one.column} IN ({_ERASED})"))
                    scrubbed += cursor.rowcount
    return scrubbed


def _scrub_fields(cursor: CursorWrapper, one: Reference) -> int:
    """Take away what the administrator's fields of such rows say."""
    scrubbed = 0
    for part in parts:
        if part.of == one.table and part.table in {target.table for target in targets}:
            rows = f"SELECT id FROM {one.table} WHERE {one.column} IN ({_ERASED})"  # noqa: S608 - our own names
            cursor.execute(f"DELETE FROM {part.table} WHERE {part.column} IN ({rows})")  # noqa: S608 - our own names
            scrubbed += cursor.rowcount
    return scrubbed
