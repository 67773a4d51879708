"""Changed rows that bring nothing new: their file has fewer columns than an earlier one, or more, so their hashes differ.

They are told by what the base holds. So as not to ask that of every file, a few of its first changed rows are looked at:
where each of them brings something new, so do the others.
"""

from collections.abc import Sequence
from typing import Final

from vernost.intake.operations.context import Import
from vernost.intake.operations.keys import LINES
from vernost.intake.rules.file_kind import Field
from vernost.intake.rules.staging import Staging, shown_values

_FEW: Final = 100
# A row of an earlier batch that comes again may not have reached the base yet.
_CHANGED: Final = "verdict = 'changed' AND again IS NULL AND pk > 0"


class Standing:
    """Tells what stands already among the rows of one file; `fields` are those that a changed row writes."""

    def __init__(self, job: Import, staging: Staging, fields: Sequence[Field]) -> None:
        self.job, self.staging, self.kind, self._fields = job, staging, staging.kind, fields
        written = {column for field in fields for column in field.of}
        beside = staging.present - written - {*self.kind.key, self.kind.lines_of}
        # What goes to other tables is compared as a preview shows it.
        self._beside = {old.column: old.sql for old in self.kind.old_values if old.column in beside}
        # Whether any row of the file stands: not known until the first changed ones are looked at.
        self._some: bool | None = None if beside <= self._beside.keys() else False

    def settle(self) -> None:
        """Make the verdict of changed rows that bring nothing new `same`; their new hash is written nevertheless."""
        if self._some is False:
            return
        changed = f"SELECT n FROM verdicts WHERE {_CHANGED} ORDER BY n"
        if self._some is None and self.job.scratch.execute(f"{changed} LIMIT 1").fetchall():
            self._some = self._find(f"{changed} LIMIT {_FEW}") > 0
        if self._some and self._find(changed):
            self.job.scratch.execute(
                f"UPDATE verdicts SET verdict = 'same' WHERE {_CHANGED} AND pk IN (SELECT id FROM standing)"
            )

    def _find(self, wanted: str) -> int:
        """Fill `standing` with the ids of those of the rows that say what the base says; return how many do."""
        names = [f'"{field.name}"' for field in self._fields]
        shown = [f'"shown_{column}"' for column in self._beside]
        empty = "".join(f", ''::text AS {name}" for name in shown)
        kept = "".join(f", t.{name}" for name in names)
        with self.job.pump.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS compared")
            cursor.execute(
                f"CREATE TEMP TABLE compared ON COMMIT DROP AS"
                f" SELECT 0::bigint AS id{kept}{empty} FROM {self.kind.table} t WITH NO DATA"
            )
        columns = ", ".join(["id", *names, *shown])
        self.job.pump.send(f"compared ({columns})", self._told(wanted), onward=("ANALYZE compared",))
        same = [f"t.{name} IS NOT DISTINCT FROM c.{name}" for name in names]
        same += [
            f"coalesce(({old})::text, '') = coalesce(c.{name}, '')"
            for old, name in zip(self._beside.values(), shown, strict=True)
        ]
        ours = f"(c.id / {LINES}, c.id % {LINES}) = (t.order_id, t.line_no)" if self.kind.lines_of else "c.id = t.id"
        self.job.scratch.execute("CREATE OR REPLACE TEMP TABLE standing (id BIGINT)")
        self.job.pump.fetch(
            f"SELECT c.id FROM compared c JOIN {self.kind.table} t ON {' AND '.join([ours, *same])}",
            "standing",
            {"id": "BIGINT"},
        )
        return self.job.keys.count("standing")

    def _told(self, wanted: str) -> str:
        """Return SQL of what the rows say: ids, fields of their table, and what goes elsewhere as text."""
        fks = "".join(f", v.fk_{column.name}" for column, _reference in self.kind.references)
        texts = shown_values(self.staging)
        values = [*(self.staging.filled(field.sql) for field in self._fields), *(texts[name] for name in self._beside)]
        return f"""SELECT {", ".join(["pk", *values])}
            FROM (SELECT s.*, v.pk, v.action AS verdict{fks} FROM staged s JOIN verdicts v ON v.n = s.n
                   WHERE v.n IN ({wanted}))"""
