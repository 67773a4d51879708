"""The subject's own copy: every row of every table that belongs to a person."""

import json
from collections.abc import Sequence
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
from vernost.customers.rules.fields import Kind
from vernost.privacy.queries.person import cars_of

CARD, CARS, CHANGES = _("Card"), _("Cars"), _("Changes of the card")
_CARD = "SELECT to_jsonb(t) FROM customers_customer t WHERE t.id = ANY(%(ids)s) ORDER BY t.id"
_CARS = "SELECT to_jsonb(t) FROM vehicles_vehicle t WHERE t.id = ANY(%(all_cars)s) ORDER BY t.id"
_CHANGES = """
    SELECT to_jsonb(t) FROM accounts_auditrecord t
     WHERE t.subject IN ('customer', 'consent') AND t.subject_id = ANY(SELECT unnest(%(ids)s::bigint[])::text)
     ORDER BY t.id
"""
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
    customer_id: int
    name: str
    tables: Sequence[Table]


# A person is told all that is kept of him, not only by one branch.
@whole_group_rows()
def copy_of(actor: Actor, customer_id: int) -> SubjectCopy:
    """Return all that is kept of a person; `Customer.DoesNotExist` beyond the actor's scope."""
    card = visible_to(actor).get(pk=customer_id)
    ids = family_of(card.pk)
    values = {"ids": ids, "cars": cars_of(ids), "all_cars": _all_cars(ids)}
    tables = [Table("customers_customer", CARD, _fetched(_CARD, values))]
    tables.append(Table("vehicles_vehicle", CARS, _fetched(_CARS, values)))
    for one in references:
        if one.title:
            own = "ids" if one.to == "customer" else "cars"
            tables.append(Table(one.table, one.title, _fetched(_rows(one, f"t.{one.column} = ANY(%({own})s)"), values)))
    named = [part for part in parts if part.title]
    tables += [Table(part.table, part.title, _fetched(_rows(part, _belongs(part)), values)) for part in named]
    tables.append(Table("accounts_auditrecord", CHANGES, _fetched(_CHANGES, values)))
    return SubjectCopy(card.pk, card.full_name, [_with_titles(table) for table in tables if table.rows])


def _with_titles(table: Table) -> Table:
    """Name the administrators' fields and their values by their titles."""
    if table.rows and "file_id" in table.rows[0]:
        named = file_names([row["file_id"] for row in table.rows])
        rows = [{"file": named.get(row["file_id"], ""), "at": row["at"], "actor": row["actor"]} for row in table.rows]
        return replace(table, rows=rows)
    if not table.code.endswith("fieldvalue"):
        return table
    known = {one.id: one for one in definitions(archived=True)}
    files = file_names([row["value"] for row in table.rows if known[row["field_id"]].kind is Kind.FILE])
    rows = [
        {
            "field": (one := known[row["field_id"]]).title,
            "value": files.get(row["value"], one.title_of(row["value"])),
            "at": row["at"],
            "actor": row["actor"],
        }
        for row in table.rows
    ]
    return replace(table, rows=rows)


def _all_cars(ids: list[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT vehicle_id FROM vehicles_ownership WHERE customer_id = ANY(%s)", [ids])
        owned = {row[0] for row in cursor.fetchall()}
    return sorted(owned | set(cars_of(ids)))


def _belongs(part: Part) -> str:
    parents = [one for one in references if one.table == part.of and one.to == "customer"]
    return " OR ".join(
        f"t.{part.column} IN (SELECT p.id FROM {one.table} p WHERE p.{one.column} = ANY(%(ids)s))"  # noqa: S608 - our own names
        for one in parents
    )


def _rows(one: Reference | Part, where: str) -> str:
    return f"SELECT to_jsonb(t) FROM {one.table} t WHERE {where} ORDER BY 1"  # noqa: S608 - our own names


def _fetched(sql: str, values: dict[str, list[int]]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = [row[0] for row in cursor.fetchall()]
    return [_readable(json.loads(row) if isinstance(row, str) else row) for row in rows]


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _INTERNAL}
