"""Rows of a person in every table, by the contracts of `core.references`: deleted, or emptied where sums need them."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from django.db import connection

from vernost.core.references import Mention, Part, Reference, mentions, parts, references
from vernost.privacy.queries import Person
from vernost.privacy.rules import DIGITS, FOLDED, WORDS

# What stays of a card: its number, and what no person is known by.
_CARD: Final = """
    UPDATE customers_customer
       SET source_id = NULL, external_id = NULL, import_hash = NULL, kind = 'person', full_name = '', last_name = '',
           first_name = '', middle_name = '', sort_key = '', inn = '', birth_date = NULL, gender = '', city = '',
           address = '', timezone = '', origin = '', category = '', blocked_reason = '', advisor_id = NULL,
           erased_at = %(now)s
     WHERE id = ANY(%(ids)s)
"""
_CAR: Final = """
    UPDATE vehicles_vehicle SET source_id = NULL, external_id = NULL, import_hash = NULL, vin = '', plate = ''
     WHERE id = ANY(%(cars)s)
"""
_RECALLS: Final = "DELETE FROM vehicles_recallentry WHERE vin = ANY(%(vins)s)"


class Tables:
    """Erases one person; `counts` says of each table how many rows were deleted or emptied."""

    def __init__(self, person: Person, values: dict[str, Any]) -> None:
        self.person = person
        self.values: dict[str, Any] = {
            **values,
            "ids": person.customers,
            "cars": person.vehicles,
            "words": list(person.marks.words),
            "digits": list(person.marks.digits),
            "folded": list(person.marks.folded),
            "answered": [*(old for old, _new in person.told), *person.answered],
            "card_keys": [f"{source}:{key}" for kind, source, key, _pk in person.keys if kind == "customers"],
            "car_keys": [f"{source}:{key}" for kind, source, key, _pk in person.keys if kind == "vehicles"],
        }
        self.counts: dict[str, int] = defaultdict(int)

    def erase(self) -> dict[str, int]:
        # Before the numbers go by which they are found.
        self._run("vehicles_recallentry", _RECALLS, vins=self._vins())
        self._run("customers_customer", _CARD)
        for part in parts:
            for of, where in self._rows(part.of):
                belongs = f"t.{part.column} IN (SELECT p.{_key_of(of)} FROM {of.table} p WHERE {where})"  # noqa: S608 - our own names
                self._erase(part, belongs)
        for one in references:
            self._erase(one, f"t.{one.column} = ANY(%({'ids' if one.to == 'customer' else 'cars'})s)")
        self._run("vehicles_vehicle", _CAR)
        for mention in mentions:
            for column in mention.told:
                self._rename(mention.table, column)
            self._erase(mention, found(mention))
        return {table: rows for table, rows in sorted(self.counts.items()) if rows}

    def _rows(self, table: str) -> Iterator[tuple[Reference, str]]:
        for one in references:
            if one.table == table and one.to == "customer":
                yield one, f"p.{one.column} = ANY(%(ids)s)"

    def _vins(self) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT vin FROM vehicles_vehicle WHERE id = ANY(%(cars)s) AND vin <> ''", self.values)
            return [row[0] for row in cursor.fetchall()]

    def _erase(self, one: Reference | Part | Mention, where: str) -> None:
        if one.on_erase == "delete":
            self._run(one.table, f"DELETE FROM {one.table} t WHERE {where}")  # noqa: S608 - our own names
        elif one.blank:
            instead = one.instead if isinstance(one, Mention) else ""
            self._run(one.table, emptied(one.table, one.blank, where, instead))

    def _rename(self, table: str, column: str) -> None:
        for old, new in self.person.told:
            sql = f"UPDATE {table} SET {column} = replace({column}, %(old)s, %(new)s)"  # noqa: S608 - our own names
            self._run(table, f"{sql} WHERE position(%(old)s IN {column}) > 0", old=old, new=new)

    def _run(self, table: str, sql: str, **more: Any) -> None:  # noqa: ANN401 - values of a statement
        with connection.cursor() as cursor:
            cursor.execute(sql, {**self.values, **more})
            self.counts[table] += cursor.rowcount


def emptied(table: str, columns: tuple[str, ...], where: str, instead: str = "") -> str:
    """Return SQL that empties columns where they are not empty yet; `instead` is what stands there then."""
    kinds = _kinds(table)
    values = {column: instead or _empty(column, kinds[column]) for column in columns}
    assigned = ", ".join(f"{column} = {value}" for column, value in values.items())
    filled = " OR ".join(f"t.{column} IS DISTINCT FROM {value}" for column, value in values.items())
    return f"UPDATE {table} t SET {assigned} WHERE ({where}) AND ({filled})"  # noqa: S608 - our own names


def found(mention: Mention) -> str:
    """Return SQL of the rows that name the person, in whatever way it is written."""
    tests = [mention.his]
    for column in mention.columns:
        for form, marks in ((WORDS, "words"), (DIGITS, "digits"), (FOLDED, "folded")):
            text = form.format(text=column)
            tests.append(f"EXISTS (SELECT FROM unnest(%({marks})s::text[]) AS mark WHERE position(mark IN {text}) > 0)")
    return " OR ".join(f"({test})" for test in tests)


def _kinds(table: str) -> dict[str, tuple[str, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, udt_name, is_nullable = 'YES' FROM information_schema.columns WHERE table_name = %s",
            [table],
        )
        return {name: (kind, nullable) for name, kind, nullable in cursor.fetchall()}


def _empty(column: str, kind: tuple[str, bool]) -> str:
    udt, nullable = kind
    if udt == "jsonb":
        return f"CASE jsonb_typeof(t.{column}) WHEN 'array' THEN '[]' ELSE '{{}}' END::jsonb"
    return "NULL" if nullable else "''"


def _key_of(one: Reference) -> str:
    return one.key[0] if len(one.key) == 1 else "id"
