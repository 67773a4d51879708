"""Rows into the database: each batch is staged, told apart and written as a set, never row by row."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final

from vernost.core.references import references
from vernost.intake.operations import samples
from vernost.intake.operations.context import Import
from vernost.intake.operations.keys import LINES
from vernost.intake.operations.quarantining import Quarantine
from vernost.intake.operations.reading import Batch
from vernost.intake.operations.standing import Standing
from vernost.intake.operations.writing import Writer
from vernost.intake.rules.file_kind import FileKind
from vernost.intake.rules.reasons import Warning  # noqa: A004 - a file's warning
from vernost.intake.rules.staging import Staging

VERDICTS: Final = ("new", "changed", "same")
_WARNED_LINES: Final = 10


@dataclass
class Outcome:
    """What became of a file's rows: every data row is counted once."""

    counts: Counter[str] = field(default_factory=Counter)
    warnings: dict[str, dict[str, Any]] = field(default_factory=dict)
    sample: list[dict[str, Any]] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)


# Told of (n, verdict) and of (n, column, value, reason, waits_for_kind, waits_for_key) of the rows of a batch.
Heard = Callable[[Sequence[tuple[Any, ...]], Sequence[tuple[Any, ...]]], None]


class Taking:
    """The rows of one file on their way. `table_id` is the file's record, None where rows come back from quarantine.

    `hear` is told what became of each row.
    """

    def __init__(self, job: Import, kind: FileKind, cells: tuple[str, ...], *, file_id: int | None) -> None:
        self.job, self.kind = job, kind
        self.staging = Staging(kind, cells, job.zone, job.known_on.isoformat() if job.known_on else "")
        self.outcome = Outcome()
        self.writer = Writer(job, self.staging)
        self.standing = Standing(job, self.staging, self.writer.updated_fields)
        self.quarantine = Quarantine(job, self.staging, file_id=file_id)
        self.scratch = job.scratch
        self.hear: Heard | None = None
        self._seen = False
        self._has_own = False
        self._has_values = False
        self._actions: dict[str, int] = {}
        self._has_open = self.quarantine.load_open_keys()

    def take_all(self, batches: Iterable[Batch], taken: Callable[[Batch], None]) -> None:
        """Take the rows of all batches; `taken` hears of each."""
        with closing(self.job.ahead.staged(self.staging, batches)) as staged:
            for batch in staged:
                self._take(batch)
                taken(batch)

    def _take(self, batch: Batch) -> None:
        try:
            self._pass_over_erased()
            self._link()
            self._leave_out_erased()
            self._judge()
            self.standing.settle()
            self._count()
            before = self.quarantine.refused
            self.quarantine.keep(self.outcome, batch)
            if self.hear is not None:
                self._tell(self.hear, has_refused=self.quarantine.refused > before)
            samples.add(self.job, self.staging, self.outcome.sample, self._actions)
            if not self.job.dry_run:
                self.writer.write(self._actions)
            self._remember(is_last=batch.is_last)
        finally:
            # Replaced, they would stay in memory beside their successors.
            for table in ("linked", "judged", "verdicts"):
                self.scratch.execute(f"DROP TABLE IF EXISTS {table}")

    def _tell(self, hear: Heard, *, has_refused: bool) -> None:
        """Say of every row what became of it; a row that gives way to a later one of its key is not named."""
        refused = "SELECT n, col, value, reason, waits_for_kind, waits_for_key FROM refused"
        hear(self._all("SELECT n, verdict FROM verdicts"), self._all(refused) if has_refused else [])

    def finish_load(self) -> None:
        """End a first load, while the indexes still stand aside."""
        if not self.job.dry_run:
            self.writer.finish_load()
            self.job.keys.end_load(self.kind.table)

    def finish(self) -> Outcome:
        if not self.job.dry_run:
            self.writer.finish()
            self._warn_of_shared()
            self.quarantine.settle(self.outcome.accepted)
        if self._seen:
            self.scratch.execute("DROP TABLE seen")
        return self.outcome

    def _pass_over_erased(self) -> None:
        """Leave out the records of people who were erased: they come again as if nothing had happened."""
        erased = self.job.keys.erased(self.kind.code, "SELECT key FROM staged")
        if not erased:
            return
        self._leave_out(f"SELECT n, line FROM staged WHERE key IN ({erased})")

    def _leave_out_erased(self) -> None:
        """Leave out what would keep words about people who were erased: rows that cannot be taken, rows of their cards.

        What sums are made of comes in without them.
        """
        goes = any(one.table == self.kind.table and one.on_erase == "delete" for one in references)
        gone = " OR lacking IS NULL" if goes else ""
        of_them = []
        for column, reference in self.kind.references:
            if column.name in self.staging.present and self.job.keys.has_erased(reference.kind):
                own, whose = f"fk_{column.name}", f"v_{column.name}"
                ids = self.job.keys.erased_ids(reference.kind)
                keys = self.job.keys.erased(reference.kind, f"SELECT {whose} FROM staged WHERE fault > 0")
                of_them += [
                    f"SELECT n, line FROM linked WHERE (lacking IS NOT NULL{gone}) AND {own} IN ({ids})",
                    f"SELECT n, line FROM staged WHERE fault > 0 AND {whose} IN ({keys})",
                ]
        if of_them:
            self._leave_out(" UNION ".join(of_them))
            self.scratch.execute("DELETE FROM linked WHERE n NOT IN (SELECT n FROM staged)")

    def _leave_out(self, rows: str) -> None:
        """Count rows, given as SQL of n and line, as the same, and do nothing with them."""
        self.scratch.execute(f"CREATE OR REPLACE TEMP TABLE left_out AS {rows}")
        lines = self._all("SELECT line FROM left_out ORDER BY n")
        if lines:
            self.scratch.execute(f"DELETE FROM {self.job.ahead.table} WHERE n IN (SELECT n FROM left_out)")
            self.outcome.counts["same"] += len(lines)
            self.warn(Warning.ERASED, len(lines), [line for (line,) in lines[:_WARNED_LINES]])

    def _link(self) -> None:
        """Find our ids of what the rows refer to; make the `linked` table of rows that can be read.

        A row that says what its record said before was linked then: nothing is looked up for it again.
        """
        readable = "fault = 0"
        selects, joins, lacking = [], [], []
        if not self.kind.lines_of and self._find_own("SELECT key FROM staged WHERE fault = 0"):
            self.scratch.execute(
                """CREATE OR REPLACE TEMP TABLE settled AS
                   SELECT s.n FROM staged s JOIN near_own m ON m.key = s.key AND m.hash = s.hash WHERE s.fault = 0"""
            )
            readable += " AND n NOT IN (SELECT n FROM settled)"
            joins.append("LEFT JOIN settled ON settled.n = s.n")
            lacking.append("WHEN settled.n IS NOT NULL THEN NULL")
        # What is made for a row is made last: one that waits for another record makes nothing.
        for number, (column, reference) in sorted(enumerate(self.kind.references), key=lambda one: one[1][1].makes):
            if column.name not in self.staging.present:
                selects.append(f"NULL::BIGINT AS fk_{column.name}")
                continue
            wanted = f"SELECT v_{column.name} FROM staged WHERE {readable} AND v_{column.name} IS NOT NULL"
            self.job.keys.ensure(reference.kind, wanted)
            if reference.makes and self.job.keys.unknown(reference.kind, wanted):
                coming = f"SELECT s.v_{column.name} FROM staged s {' '.join(joins)} WHERE s.fault = 0"
                waits = f"coalesce(CASE {' '.join(lacking)} END, -1) >= 0" if lacking else "false"
                self.job.keys.make_unknown(
                    reference.kind, f"{coming} AND s.v_{column.name} IS NOT NULL AND NOT ({waits})"
                )
            self.scratch.execute(
                f"CREATE OR REPLACE TEMP TABLE near_{number} AS {self.job.keys.near(reference.kind, wanted)}"
            )
            selects.append(f"k{number}.id AS fk_{column.name}")
            joins.append(f"LEFT JOIN near_{number} k{number} ON k{number}.key = s.v_{column.name}")
            lacking.append(f"WHEN s.v_{column.name} IS NOT NULL AND k{number}.id IS NULL THEN {number}")
        lack = f"CASE {' '.join(lacking)} END" if lacking else "NULL"
        fks = "".join(f", {select}" for select in selects)
        self.scratch.execute(
            f"""CREATE TEMP TABLE linked AS
                SELECT s.n, s.line, s.key, s.hash, ({lack})::SMALLINT AS lacking{fks}{self._line_number()}
                  FROM staged s {" ".join(joins)} WHERE s.fault = 0"""
        )

    def _line_number(self) -> str:
        if not self.kind.lines_of:
            return ""
        number = next(i for i, (column, _kind) in enumerate(self.kind.references) if column.name == self.kind.lines_of)
        return f", k{number}.id * {LINES} + s.v_line_no AS line_id"

    def _judge(self) -> None:
        """Tell new rows from changed and same ones; of rows with one key the last one counts.

        New rows get their ids: ours from the sequence, a line's from its order.
        """
        [(rows, records)] = self._all(
            f"SELECT count(*), count(DISTINCT {self._identity}) FROM linked WHERE lacking IS NULL"
        )
        if self.kind.lines_of:
            self._find_own(f"SELECT fk_{self.kind.lines_of} FROM linked WHERE lacking IS NULL")
        told = self._told(has_own=self._has_own, has_seen=self._recall_seen(), has_repeats=rows > records)
        if self.kind.lines_of:
            self.scratch.execute(f"CREATE TEMP TABLE verdicts AS SELECT *, line_id AS pk FROM ({told})")
        elif not self._has_own:
            first = self._reserve(records)
            self.scratch.execute(
                f"CREATE TEMP TABLE verdicts AS SELECT *, {first} - 1 + row_number() OVER () AS pk FROM ({told})"
            )
        else:
            self.scratch.execute(f"CREATE TEMP TABLE judged AS {told}")
            first = self._reserve(self._one("SELECT count(*) FROM judged WHERE old_id IS NULL"))
            number = f"{first} - 1 + row_number() OVER (PARTITION BY old_id IS NULL)"
            self.scratch.execute(
                f"CREATE TEMP TABLE verdicts AS SELECT *, coalesce(old_id, {number}) AS pk FROM judged"
            )
        self._actions = {
            action: rows for action, rows in self._all("SELECT action, count(*) FROM verdicts GROUP BY 1") if action
        }

    def _told(self, *, has_own: bool, has_seen: bool, has_repeats: bool) -> str:
        """Return SQL of the rows with their verdicts; tables that have nothing to say are left out."""
        fks = "".join(f", l.fk_{column.name}" for column, _reference in self.kind.references)
        line_id = "l.line_id" if self.kind.lines_of else "NULL::BIGINT"
        own = ("m.id", "m.hash") if has_own else ("NULL::BIGINT", "NULL::BIGINT")
        seen = ("a.id", "a.verdict", "a.hash_before", "a.hash_now") if has_seen else ("NULL",) * 4
        joins = []
        if has_repeats:
            last = f"SELECT max(n) AS n FROM linked WHERE lacking IS NULL GROUP BY {self._identity}"
            joins.append(f"JOIN ({last}) w ON w.n = l.n")
        if has_own:
            joins.append(f"LEFT JOIN near_own m ON m.{self._identity} = l.{self._identity}")
        if has_seen:
            joins.append(f"LEFT JOIN near_seen a ON a.id = {line_id if self.kind.lines_of else 'm.id'}")
        return f"""
            SELECT *, CASE WHEN old_id IS NULL OR again = 'new' THEN 'new'
                           WHEN hash IS NOT DISTINCT FROM hash_before THEN 'same' ELSE 'changed' END AS verdict,
                      CASE WHEN old_id IS NULL THEN 'new' WHEN hash IS DISTINCT FROM hash_now THEN 'changed' END AS action
              FROM (SELECT l.n, l.line, l.key, l.hash{fks}, {line_id} AS line_id, coalesce({own[0]}, {seen[0]}) AS old_id,
                           {seen[1]}::VARCHAR AS again, coalesce({seen[3]}, {own[1]}) AS hash_now,
                           CASE WHEN {seen[0]} IS NULL THEN {own[1]} ELSE {seen[2]} END AS hash_before
                      FROM linked l {" ".join(joins)} WHERE l.lacking IS NULL)"""

    def _reserve(self, count: int) -> int:
        return self.job.keys.reserve(self.kind.table, count, alone=self.writer.bulk) if count else 0

    @property
    def _identity(self) -> str:
        """Return the column of `linked` that tells a record."""
        return "line_id" if self.kind.lines_of else "key"

    def _find_own(self, wanted: str) -> bool:
        """Fill `near_own` (id, hash and key or line_id) with the records that we have; return whether there are any.

        `wanted` selects the keys, of lines the ids of their orders.
        """
        if self.kind.lines_of:
            self.job.keys.known_lines(self.kind, wanted)
            own = "SELECT id AS line_id, id, hash FROM known_lines"
        else:
            self.job.keys.ensure(self.kind.code, wanted)
            own = self.job.keys.near(self.kind.code, wanted)
        self.scratch.execute(f"CREATE OR REPLACE TEMP TABLE near_own AS {own}")
        self._has_own = self.job.keys.count("near_own") > 0
        return self._has_own

    def _recall_seen(self) -> bool:
        """Fill `near_seen` with what earlier batches of the file did to records of this one; return whether they did."""
        if not self._seen:
            return False
        records = "SELECT line_id FROM linked" if self.kind.lines_of else "SELECT id FROM near_own"
        self.scratch.execute(f"CREATE OR REPLACE TEMP TABLE near_seen AS SELECT * FROM seen WHERE id IN ({records})")
        return self.job.keys.count("near_seen") > 0

    def _count(self) -> None:
        counts = self.outcome.counts
        counts["quarantined"] += self._one("SELECT count(*) FROM staged WHERE fault > 0")
        counts["quarantined"] += self._one("SELECT count(*) FROM linked WHERE lacking IS NOT NULL")
        read = self._one("SELECT count(*) FROM linked WHERE lacking IS NULL")
        told = 0
        for verdict, again, rows in self._all("SELECT verdict, again, count(*) FROM verdicts GROUP BY ALL"):
            counts[verdict] += rows
            told += rows
            if again:
                # The row of an earlier batch gives way to this one, as within a batch.
                counts[again] -= rows
                counts["same"] += rows
        counts["same"] += read - told
        for notice in self.kind.notices:
            lines = self._all(
                f"SELECT line FROM staged WHERE fault = 0 AND ({notice.sql}) ORDER BY n LIMIT {_WARNED_LINES}"
            )
            if lines:
                self.warn(
                    notice.warning,
                    self._one(f"SELECT count(*) FROM staged WHERE fault = 0 AND ({notice.sql})"),
                    [line for (line,) in lines],
                )
        if self._has_open:
            self.outcome.accepted += [
                key for (key,) in self._all("SELECT v.key FROM verdicts v WHERE v.key IN (SELECT key FROM open_keys)")
            ]

    def warn(self, code: str, count: int, lines: list[int]) -> None:
        warning = self.outcome.warnings.setdefault(code, {"code": str(code), "count": 0, "lines": []})
        warning["count"] += count
        warning["lines"] = (warning["lines"] + lines)[:_WARNED_LINES]

    def _remember(self, *, is_last: bool) -> None:
        """Note what this batch did, for later batches of the file and later files of the run."""
        if not self.kind.lines_of:
            self.scratch.execute(
                f"INSERT INTO keys_{self.kind.code} SELECT head(key), digest(key), pk, hash FROM verdicts WHERE action = 'new'"
            )
            if "changed" in self._actions:
                self.scratch.execute(
                    f"""UPDATE keys_{self.kind.code} SET hash = v.hash FROM verdicts v
                         WHERE v.action = 'changed' AND keys_{self.kind.code}.id = v.pk"""
                )
        if self.kind.code == "branches":
            self._remember_zones()
        if self.kind.alone in self.staging.present and self._actions and not self.job.dry_run:
            self._remember_values()
        if is_last and not self._seen:
            return
        if not self._seen:
            self.scratch.execute(
                "CREATE OR REPLACE TABLE seen (id BIGINT, verdict VARCHAR, hash_before BIGINT, hash_now BIGINT)"
            )
            self._seen = True
        if self._one("SELECT count(*) FROM verdicts WHERE again IS NOT NULL"):
            self.scratch.execute("DELETE FROM seen WHERE id IN (SELECT pk FROM verdicts WHERE again IS NOT NULL)")
        # A new row's hash is not kept: should its key come again, it is written again.
        self.scratch.execute(
            "INSERT INTO seen SELECT pk, verdict, hash_before, CASE WHEN old_id IS NOT NULL THEN hash END FROM verdicts"
        )

    def _remember_values(self) -> None:
        """Note what the records that are written now say in the column that should be theirs alone."""
        if not self._has_values:
            self.scratch.execute("CREATE OR REPLACE TABLE told (value VARCHAR, line BIGINT)")
            self._has_values = True
        value = f"s.v_{self.kind.alone}"
        self.scratch.execute(
            f"""INSERT INTO told SELECT {value}, s.line FROM staged s JOIN verdicts v ON v.n = s.n
                 WHERE v.action IS NOT NULL AND {value} IS NOT NULL"""
        )

    def _warn_of_shared(self) -> None:
        """Warn of values of these records that others have too, of this file or of the base."""
        if not self._has_values:
            return
        column = f't."{self.kind.alone}"'
        with self.job.pump.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS told_value")
            cursor.execute('CREATE TEMP TABLE told_value (value text COLLATE "C") ON COMMIT DROP')
        self.job.pump.send("told_value (value)", "SELECT DISTINCT value FROM told")
        with self.job.pump.cursor() as cursor:
            cursor.execute("ANALYZE told_value")
        self.scratch.execute("CREATE OR REPLACE TEMP TABLE shared (value VARCHAR)")
        self.job.pump.fetch(
            f"""SELECT w.value FROM told_value w JOIN {self.kind.table} t ON {column} = w.value AND {column} <> ''
                 GROUP BY 1 HAVING count(*) > 1""",
            "shared",
            {"value": "VARCHAR"},
        )
        lines = self._all("SELECT line FROM told WHERE value IN (SELECT value FROM shared) ORDER BY line")
        if lines:
            self.warn(Warning.VIN_TWICE, len(lines), [line for (line,) in lines[:_WARNED_LINES]])

    def _remember_zones(self) -> None:
        self.scratch.execute("DELETE FROM zones WHERE external_id IN (SELECT key FROM verdicts)")
        self.scratch.execute(
            f"""INSERT INTO zones SELECT s.key, coalesce(s.v_timezone, '{self.job.zone}')
                  FROM staged s JOIN verdicts v ON v.n = s.n"""
        )

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        return self.scratch.execute(sql).fetchall()

    def _one(self, sql: str) -> int:
        return int(self._all(sql)[0][0])
