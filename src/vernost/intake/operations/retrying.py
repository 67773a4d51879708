"""Rows come back from quarantine: when what they waited for has come, or a person has mended them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction

from vernost.intake.formats import kinds as all_kinds
from vernost.intake.models import QuarantineState
from vernost.intake.operations import reading
from vernost.intake.operations.context import Import
from vernost.intake.operations.taking import Taking
from vernost.intake.rules.file_kind import FileKind

_AT_ONCE: Final = 50_000


@dataclass(frozen=True, slots=True)
class Waiting:
    id: int
    line: int
    row: dict[str, str | None]


def take_waiting(job: Import, kind: FileKind) -> int:
    """Try the rows of a kind whose missing record is here now; return how many were taken."""
    taken = 0
    after = 0
    while True:
        rows = _freed(job, kind, after)
        if not rows:
            return taken
        taken += take_again(job, kind, rows)
        after = rows[-1].id


def take_again(job: Import, kind: FileKind, rows: Sequence[Waiting], *, settled_by: int | None = None) -> int:
    """Put rows through the same rules as a file's; those that are still refused keep waiting with the new reason."""
    with transaction.atomic():
        refused: list[tuple[Any, ...]] = []
        for cells, group in _by_columns(rows).items():
            taking = Taking(job, kind, cells, file_id=None)
            columns = [[row.row[cell] or None for row in group] for cell in cells]
            taking.take_all([reading.rows_of([(row.id, row.line) for row in group], columns)], lambda _batch: None)
            if taking.finish().counts["quarantined"]:
                refused += job.scratch.execute(
                    "SELECT n, key, col, value, reason, waits_for_kind, waits_for_key FROM refused"
                ).fetchall()
        _write_refused(refused)
        still = {row[0] for row in refused}
        taken = [row.id for row in rows if row.id not in still]
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE intake_quarantinedrow SET state = %s, settled_at = %s, settled_by_id = %s
                    WHERE id = ANY (%s)""",
                [QuarantineState.TAKEN, job.now, settled_by, taken],
            )
    return len(taken)


def _freed(job: Import, kind: FileKind, after: int) -> list[Waiting]:
    references = {reference.kind for _column, reference in kind.references if not reference.makes}
    if not references:
        return []
    exists = " OR ".join(
        f"""(q.waits_for_kind = '{code}' AND EXISTS (SELECT FROM {all_kinds[code].table} t
              WHERE t.source_id = q.source_id AND t.external_id = q.waits_for_key))"""
        for code in sorted(references)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT q.id, q.line, q."row" FROM intake_quarantinedrow q
                 WHERE q.state = 'open' AND q.source_id = %s AND q.kind = %s AND q.id > %s AND ({exists})
                 ORDER BY q.id LIMIT %s""",
            [job.source_id, kind.code, after, _AT_ONCE],
        )
        return [Waiting(id_, line, _row(row)) for id_, line, row in cursor.fetchall()]


def _row(value: str | dict[str, str | None]) -> dict[str, str | None]:
    """Return a row as the database hands it out: JSON as text, where Django has told it not to read it."""
    row: dict[str, str | None] = json.loads(value) if isinstance(value, str) else value
    return row


def _by_columns(rows: Iterable[Waiting]) -> dict[tuple[str, ...], list[Waiting]]:
    """Rows of files with other columns are other files: what a file does not name is left alone."""
    groups: dict[tuple[str, ...], list[Waiting]] = defaultdict(list)
    for row in rows:
        groups[tuple(row.row)].append(row)
    return groups


def _write_refused(refused: Sequence[tuple[Any, ...]]) -> None:
    if not refused:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE intake_quarantinedrow q
                  SET key = n.key, "column" = n.col, value = n.value, reason = n.reason,
                      waits_for_kind = n.waits_for_kind, waits_for_key = n.waits_for_key
                 FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
                      AS n(id, key, col, value, reason, waits_for_kind, waits_for_key)
                WHERE q.id = n.id""",
            [[row[place] for row in refused] for place in range(7)],
        )
