"""The keys by which customers are found; who was merged into another card is found by that one."""

from collections.abc import Collection

from django.db import connection
from django.db.backends.utils import CursorWrapper

# What each kind of key is made of, in PostgreSQL. `{only}` limits it to some customers.
# A name is kept from each of its words on, so that «Иван Петрович» finds Иванов Иван Петрович.
_NAMES = """
    SELECT 4::smallint, left(array_to_string(c.words[place:], ' '), 100), c.id
      FROM (SELECT id, array_remove(string_to_array(translate(sort_key, '-«»"()', '      '), ' '), '') AS words
              FROM customers_customer WHERE sort_key <> '' AND merged_into_id IS NULL) c,
           LATERAL generate_subscripts(c.words, 1) AS place
     WHERE true {only}
"""
_PHONES = """
    SELECT DISTINCT 1::smallint, key, a.customer_id
      FROM customers_contactaddress a,
           LATERAL (SELECT CASE WHEN a.value ^@ '+7' THEN substr(a.value, 3) ELSE ltrim(a.value, '+') END AS digits) d,
           LATERAL (VALUES (digits), ('~' || reverse(digits))) AS k(key)
     WHERE a.kind = 'phone' AND a.value <> ''
       AND a.customer_id NOT IN (SELECT id FROM customers_customer WHERE merged_into_id IS NOT NULL) {only}
"""
_EMAILS = """
    SELECT DISTINCT 5::smallint, left(a.value, 100), a.customer_id
      FROM customers_contactaddress a
     WHERE a.kind = 'email' AND a.value <> ''
       AND a.customer_id NOT IN (SELECT id FROM customers_customer WHERE merged_into_id IS NOT NULL) {only}
"""
# A company is found by whom one speaks with there.
_PERSONS = """
    SELECT DISTINCT kind::smallint, key, p.customer_id
      FROM customers_contactperson p,
           LATERAL (SELECT CASE WHEN p.phone ^@ '+7' THEN substr(p.phone, 3) ELSE ltrim(p.phone, '+') END AS digits) d,
           LATERAL (VALUES (1, digits), (1, '~' || reverse(digits)), (5, left(p.email, 100))) AS k(kind, key)
     WHERE p.left_on IS NULL AND key NOT IN ('', '~') {only}
"""
_CARS = """
    SELECT DISTINCT kind::smallint, key, o.customer_id
      FROM vehicles_ownership o
      JOIN vehicles_vehicle v ON v.id = o.vehicle_id,
           LATERAL (VALUES (2, v.plate), (3, v.vin), (3, '~' || reverse(v.vin))) AS k(kind, key)
     WHERE o.owned_until IS NULL AND key NOT IN ('', '~') {only}
"""
_PARTS = (
    (_NAMES, "c.id"),
    (_PHONES, "a.customer_id"),
    (_EMAILS, "a.customer_id"),
    (_PERSONS, "p.customer_id"),
    (_CARS, "o.customer_id"),
)
NAME_KEYS = (1, 4, 5)
CAR_KEYS = (2, 3)


def refresh_search_keys(*, customer_ids: Collection[int]) -> None:
    """Make the search keys of these customers anew, after their names, phones or cars have changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM customers_customersearchkey WHERE customer_id IN (SELECT unnest(%(ids)s::bigint[]))",
            {"ids": list(customer_ids)},
        )
        for sql, column in _PARTS:
            _insert(
                cursor,
                sql.format(only=f"AND {column} IN (SELECT unnest(%(ids)s::bigint[]))"),
                {"ids": list(customer_ids)},
            )


def rebuild_search_keys(*, kinds: Collection[int]) -> None:
    """Make all keys of these kinds (NAME_KEYS, CAR_KEYS) anew: after a first load."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_customersearchkey WHERE kind = ANY (%s)", [list(kinds)])
        if set(kinds) & set(NAME_KEYS):
            _insert(cursor, _NAMES.format(only=""))
            _insert(cursor, _PHONES.format(only=""))
            _insert(cursor, _EMAILS.format(only=""))
            _insert(cursor, _PERSONS.format(only=""))
        if set(kinds) & set(CAR_KEYS):
            _insert(cursor, _CARS.format(only=""))


def _insert(cursor: CursorWrapper, rows: str, values: dict[str, list[int]] | None = None) -> None:
    statement = f"INSERT INTO customers_customersearchkey (kind, key, customer_id) {rows} ON CONFLICT DO NOTHING"
    cursor.execute(statement, values)
