"""What an import changes, shown by some rows: each column from what it was to what it becomes."""

from collections.abc import Mapping
from typing import Any, Final

from vernost.intake.operations.context import Import
from vernost.intake.rules.file_kind import FileKind
from vernost.intake.rules.staging import Staging, shown_values
from vernost.intake.rules.types import Reference

CHANGED: Final = 20
NEW: Final = 5


def add(job: Import, staging: Staging, sample: list[dict[str, Any]], actions: Mapping[str, int]) -> None:
    """Add rows of the batch to the sample while there is room; `actions` counts what the batch has of each verdict."""
    for verdict, room in (("changed", CHANGED), ("new", NEW)):
        left = room - sum(entry["verdict"] == verdict for entry in sample)
        if left > 0 and verdict in actions:
            sample += _entries(job, staging, verdict, left)


def _entries(job: Import, staging: Staging, verdict: str, limit: int) -> list[dict[str, Any]]:
    columns = shown_values(staging)
    if not columns:
        return []
    rows = job.scratch.execute(
        f"""SELECT v.pk, s.line, replace(s.key, chr(31), '/'), {", ".join(columns.values())}
              FROM staged s JOIN verdicts v ON v.n = s.n
             WHERE v.action = '{verdict}' AND v.verdict <> 'same'{_of_nobody_erased(job, staging)}
             ORDER BY s.n LIMIT {limit}"""
    ).fetchall()
    old = _old_values(job, staging.kind, list(columns), [row[0] for row in rows]) if verdict == "changed" else {}
    return [
        {
            "verdict": verdict,
            "line": line,
            "key": key,
            "columns": [
                {"column": column, "old": before, "new": after}
                for column, before, after in zip(
                    columns, old.get(pk, [""] * len(columns)), [value or "" for value in values], strict=True
                )
                if before != after
            ],
        }
        for pk, line, key, *values in rows
    ]


def _of_nobody_erased(job: Import, staging: Staging) -> str:
    """Return the condition that a row is about nobody who was erased: his words come in empty, and are not shown."""
    return "".join(
        f" AND (v.fk_{column.name} IS NULL OR v.fk_{column.name} NOT IN ({job.keys.erased_ids(reference.kind)}))"
        for column, reference in staging.kind.references
        if job.keys.has_erased(reference.kind)
    )


def _old_values(job: Import, kind: FileKind, columns: list[str], ids: list[int]) -> dict[int, list[str]]:
    """Return the values of records as an import would print them."""
    real = [one for one in ids if one > 0]
    if not real:
        return {}
    told = {old.column: old.sql for old in kind.old_values}
    values = ", ".join(f"({told.get(column) or _plain(kind, column)})::text" for column in columns)
    key = "t.order_id * 1048576 + t.line_no" if kind.lines_of else "t.id"
    where = "t.order_id = ANY (%(orders)s)" if kind.lines_of else "t.id = ANY (%(ids)s)"
    with job.pump.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, {values} FROM {kind.table} t WHERE {where}",
            {"ids": real, "orders": [one >> 20 for one in real], "zone": job.zone, "source": job.source_id},
        )
        return {row[0]: [value or "" for value in row[1:]] for row in cursor.fetchall()}


def _plain(kind: FileKind, column: str) -> str:
    type_ = kind.column(column).type
    if isinstance(type_, Reference):
        tables = {
            "branches": "accounts_branch",
            "employees": "accounts_employee",
            "customers": "customers_customer",
            "vehicles": "vehicles_vehicle",
            "orders": "workshop_repairorder",
        }
        return f'SELECT r.external_id FROM {tables[type_.kind]} r WHERE r.id = t."{column}"'
    if column == "id":
        return "t.external_id"
    return f't."{column}"'
