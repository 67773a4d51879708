"""Rows that cannot be taken: kept whole, with the reason; settled when a good row of their key comes."""

from typing import TYPE_CHECKING, Any, Final

from vernost.intake.models import QuarantineState
from vernost.intake.operations.context import Import
from vernost.intake.operations.reading import Batch
from vernost.intake.rules.file_kind import KEY_SEPARATOR
from vernost.intake.rules.reasons import Reason
from vernost.intake.rules.staging import Staging
from vernost.intake.rules.types import quoted

if TYPE_CHECKING:
    from vernost.intake.operations.taking import Outcome

_SAMPLE: Final = 20
_LONGEST_VALUE: Final = 200
_COLUMNS: Final = (
    'file_id, source_id, kind, key, line, "column", value, reason, waits_for_kind, waits_for_key, "row", state, seen_at'
)


class Quarantine:
    """The refused rows of one file. `file_id` is None where rows are tried again."""

    def __init__(self, job: Import, staging: Staging, *, file_id: int | None) -> None:
        self.job, self.staging, self.kind = job, staging, staging.kind
        self.file_id = file_id
        self.refused = 0
        self._has_older = False

    def load_open_keys(self) -> bool:
        """Have the keys that wait in quarantine at hand; return whether there are any."""
        self.job.scratch.execute("CREATE OR REPLACE TEMP TABLE open_keys (key VARCHAR)")
        where = f"source_id = {self.job.source_id} AND kind = '{self.kind.code}' AND state = 'open'"
        with self.job.pump.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT FROM intake_quarantinedrow WHERE {where})")
            self._has_older = bool(cursor.fetchone()[0])
        if self._has_older:
            sql = f"SELECT DISTINCT key FROM intake_quarantinedrow WHERE {where} AND key <> ''"
            self.job.pump.fetch(sql, "open_keys", {"key": "VARCHAR"})
        return self._has_older

    def keep(self, outcome: "Outcome", batch: Batch) -> None:
        """Write the refused rows of the batch, and show some of them in the sample of a preview."""
        refused = outcome.counts["quarantined"] - self.refused
        if not refused:
            return
        self.refused += refused
        places = self.job.scratch.execute(
            """SELECT n FROM staged WHERE fault > 0 UNION ALL SELECT n FROM linked WHERE lacking IS NOT NULL ORDER BY n"""
        ).fetchall()
        with batch.chosen(self.job.scratch, [n for (n,) in places]) as chosen:
            self.job.scratch.execute(
                f"CREATE OR REPLACE TEMP TABLE whole AS SELECT *, {self.staging.whole_row()} AS row FROM {chosen}"
            )
        self._collect()
        shown = sum(entry["verdict"] == "quarantined" for entry in outcome.sample)
        if self.job.dry_run and shown < _SAMPLE:
            rows = self.job.scratch.execute(
                f"SELECT line, key, col, value, reason FROM refused ORDER BY n LIMIT {_SAMPLE - shown}"
            ).fetchall()
            outcome.sample += [
                {"verdict": "quarantined", "line": line, "key": key, "column": column, "value": value, "reason": reason}
                for line, key, column, value, reason in rows
            ]
        if not self.job.dry_run and self.file_id is not None:
            self._write()

    def settle(self, accepted: list[str]) -> None:
        """End the waiting of older rows whose keys came again: taken now, or refused now for this file."""
        with self.job.pump.cursor() as cursor:
            if accepted:
                cursor.execute(
                    """UPDATE intake_quarantinedrow q SET state = %(taken)s, settled_at = %(now)s
                         FROM intake_importedfile f
                        WHERE q.source_id = %(source)s AND q.kind = %(kind)s AND q.state = 'open'
                          AND q.key = ANY (%(keys)s) AND f.id = q.file_id AND f.run_id <> %(run)s""",
                    {**self._values(), "taken": QuarantineState.TAKEN, "keys": accepted},
                )
            if self.refused and self._has_older and self.file_id is not None:
                cursor.execute("ANALYZE intake_quarantinedrow")
                cursor.execute(
                    """DELETE FROM intake_quarantinedrow q
                        USING intake_quarantinedrow n, intake_importedfile f
                        WHERE n.file_id = %(file)s AND f.id = q.file_id AND f.run_id <> %(run)s
                          AND q.source_id = %(source)s AND q.kind = %(kind)s AND q.state = 'open'
                          AND q.key = n.key AND (q.key <> '' OR q."row" = n."row")""",
                    self._values(),
                )

    def _values(self) -> dict[str, Any]:
        return {
            "source": self.job.source_id,
            "kind": self.kind.code,
            "run": self.job.run_id,
            "file": self.file_id,
            "now": self.job.now,
        }

    def _collect(self) -> None:
        """Make the table `refused` of what the batch cannot take, with the words for why."""
        faults = self.staging.faults
        present = self.staging.present
        column = " ".join(f"WHEN {n} THEN {quoted(fault.column)}" for n, fault in enumerate(faults, 1))
        reason = " ".join(f"WHEN {n} THEN {quoted(fault.reason)}" for n, fault in enumerate(faults, 1))
        value = " ".join(
            f"WHEN {n} THEN {self.staging.cell(fault.column)}"
            for n, fault in enumerate(faults, 1)
            if fault.column in present
        )
        references = [
            (number, column_, reference)
            for number, (column_, reference) in enumerate(self.kind.references)
            if column_.name in present
        ]
        lacking_column = " ".join(f"WHEN {n} THEN {quoted(c.name)}" for n, c, _r in references) or "WHEN -1 THEN ''"
        lacking_kind = " ".join(f"WHEN {n} THEN {quoted(r.kind)}" for n, _c, r in references) or "WHEN -1 THEN ''"
        lacking_key = " ".join(f"WHEN {n} THEN s.v_{c.name}" for n, c, _r in references) or "WHEN -1 THEN ''"
        key = f"coalesce(replace(s.key, {quoted(KEY_SEPARATOR)}, '/'), '')"
        if len(self.kind.key) > 1:
            whole = " AND ".join(f"s.v_{name} IS NOT NULL" for name in self.kind.key if self.kind.column(name).required)
            key = f"CASE WHEN {whole} THEN {key} ELSE '' END"
        self.job.scratch.execute(
            f"""CREATE OR REPLACE TEMP TABLE refused AS
                SELECT s.n, s.line, {key} AS key, CASE s.fault {column} ELSE '' END AS col,
                       coalesce(CASE s.fault {value or "WHEN -1 THEN ''"} END, '')[1:{_LONGEST_VALUE}] AS value,
                       CASE s.fault {reason} END AS reason, '' AS waits_for_kind, '' AS waits_for_key, whole.row
                  FROM staged s JOIN whole ON whole.n = s.n WHERE s.fault > 0
                 UNION ALL
                SELECT s.n, s.line, {key}, CASE l.lacking {lacking_column} ELSE '' END,
                       (CASE l.lacking {lacking_key} ELSE '' END)[1:{_LONGEST_VALUE}],
                       '{Reason.UNKNOWN_REFERENCE}', CASE l.lacking {lacking_kind} ELSE '' END,
                       CASE l.lacking {lacking_key} ELSE '' END, whole.row
                  FROM linked l JOIN staged s ON s.n = l.n JOIN whole ON whole.n = l.n WHERE l.lacking IS NOT NULL"""
        )

    def _write(self) -> None:
        self.job.pump.send(
            f"intake_quarantinedrow ({_COLUMNS})",
            f"""SELECT {self.file_id}, {self.job.source_id}, '{self.kind.code}', key, line, col, value, reason,
                       waits_for_kind, waits_for_key, row, 'open', TIMESTAMPTZ '{self.job.now.isoformat()}'
                  FROM refused ORDER BY n""",
        )
