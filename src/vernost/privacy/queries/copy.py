"""The subject's own copy: every row of every table that belongs to a person."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.core.references import Part, Reference, parts, references
from vernost.core.wall import whole_group_rows
from vernost.customers.queries import visible_to
from vernost.customers.queries.fields import definitions, file_names
from vernost.customers.queries.ledger import family_of
from vernost.customers.rules.fields import Definition, Kind
from vernost.privacy.queries.person import cars_of

CARD, CARS, CHANGES = _("Card"), _("Cars"), _("Changes of the card")
_CARD = "SELECT to_jsonb(t) FROM customers_customer t WHERE t.id = ANY(%(ids)s) ORDER BY t.id"
_CARS = "SELECT to_jsonb(t) FROM vehicles_vehicle t WHERE t.id = ANY(%(all_cars)s) ORDER BY t.id"
_CHANGES = """
    SELECT to_jsonb(t) FROM accounts_auditrecord t
     WHERE t.subject IN ('customer', 'consent') AND t.subject_id = ANY(SELECT unnest(%(ids)s::bigint[])::text)
        OR t.subject = 'vehicle' AND t.subject_id = ANY(SELECT unnest(%(cars)s::bigint[])::text)
     ORDER BY t.id
"""
# The columns of a table that says nothing but whose a file is.
_FILE = frozenset({"id", "at", "actor", "file_id", "customer_id", "vehicle_id", "order_id"})
# Ours and not his: how rows are found, chained and told apart.
_INTERNAL = frozenset({"salt", "import_hash", "sort_key", "survivor_hash", "gone_hash", "marks", "digest"})


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one kind; `title` is a marked text."""

    code: str
    title: str
    rows: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SubjectCopy:
    """`customers`: his card first, then those merged into it; `vehicles`: the cars that are nobody else's."""

    customer_id: int
    name: str
    tables: Sequence[Table]
    customers: Sequence[int]
    vehicles: Sequence[int]


# A person is told all that is kept of him, not only by one branch.
@whole_group_rows()
def copy_of(actor: Actor, customer_id: int) -> SubjectCopy:
    """Return all that is kept of a person, in one statement; `Customer.DoesNotExist` beyond the actor's scope."""
    card = visible_to(actor).get(pk=customer_id)
    ids = family_of(card.pk)
    own = cars_of(ids)
    found = _fetched(_tables(), {"ids": ids, "cars": own, "all_cars": _all_cars(ids, own)})
    return SubjectCopy(card.pk, card.full_name, _with_titles([table for table in found if table.rows]), ids, own)


def _tables() -> list[tuple[str, str, str]]:
    """Return code, title and statement of every table that a person is told of, in the order of the copy."""
    tables = [("customers_customer", CARD, _CARD), ("vehicles_vehicle", CARS, _CARS)]
    for one in references:
        if one.title:
            own = "ids" if one.to == "customer" else "cars"
            tables.append((one.table, one.title, _rows(one, f"t.{one.column} = ANY(%({own})s)")))
    tables += [(part.table, part.title, _rows(part, _belongs(part))) for part in parts if part.title]
    tables.append(("accounts_auditrecord", CHANGES, _CHANGES))
    return tables


def _with_titles(tables: Sequence[Table]) -> list[Table]:
    """Name files, the administrators' fields and their values by their titles."""
    fields = [table for table in tables if table.code.endswith("fieldvalue")]
    known = {one.id: one for one in definitions(archived=True)} if fields else {}
    in_fields = [row["value"] for table in fields for row in table.rows if known[row["field_id"]].kind is Kind.FILE]
    named = file_names([*in_fields, *(row["file_id"] for table in tables for row in table.rows if row.get("file_id"))])
    return [replace(table, rows=[_with_title(row, known, named) for row in table.rows]) for table in tables]


def _with_title(row: dict[str, Any], known: Mapping[int, Definition], named: Mapping[str, str]) -> dict[str, Any]:
    if "field_id" in row:
        one = known[row["field_id"]]
        words = named.get(row["value"], one.title_of(row["value"]))
        return {"field": one.title, "value": words, "at": row["at"], "actor": row["actor"]}
    if "file_id" in row and set(row) <= _FILE:
        return {"file": named.get(row["file_id"], ""), "at": row["at"], "actor": row["actor"]}
    return {**row, "file": named[row["file_id"]]} if row.get("file_id") else row


def _all_cars(ids: list[int], own: list[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT vehicle_id FROM vehicles_ownership WHERE customer_id = ANY(%s)", [ids])
        return sorted({row[0] for row in cursor.fetchall()} | set(own))


def _belongs(part: Part) -> str:
    parents = [one for one in references if one.table == part.of and one.to == "customer"]
    return " OR ".join(
        f"t.{part.column} IN (SELECT p.id FROM {one.table} p WHERE p.{one.column} = ANY(%(ids)s))"  # noqa: S608 - our own names
        for one in parents
    )


def _rows(one: Reference | Part, where: str) -> str:
    return f"SELECT to_jsonb(t) FROM {one.table} t WHERE {where} ORDER BY 1"  # noqa: S608 - our own names


def _fetched(tables: Sequence[tuple[str, str, str]], values: dict[str, list[int]]) -> list[Table]:
    every = " UNION ALL ".join(
        f"(SELECT {place}, r.* FROM ({sql}) r (row))"  # noqa: S608 - our own names
        for place, (_code, _title, sql) in enumerate(tables)
    )
    rows: dict[int, list[dict[str, Any]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(every, values)
        for place, row in cursor.fetchall():
            rows[place].append(_readable(json.loads(row) if isinstance(row, str) else row))
    return [Table(code, title, rows[place]) for place, (code, title, _sql) in enumerate(tables)]


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _INTERNAL}
