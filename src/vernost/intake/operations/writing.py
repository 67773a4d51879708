"""New rows go straight into their tables where COPY is let in, changed ones by way of a table of their own."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.backends.utils import CursorWrapper

from vernost.core import parents, wall
from vernost.core.actor import system
from vernost.customers import operations as customers
from vernost.intake.operations.context import Import
from vernost.intake.rules.file_kind import Field
from vernost.intake.rules.staging import Staging
from vernost.privacy import operations as privacy

_FRESH: Final = """(SELECT s.*, v.pk, v.action AS verdict{fks}
    FROM staged s JOIN verdicts v ON v.n = s.n WHERE v.action IN ({actions}))"""
# Of more cards than this the whole ledger is looked at instead.
_MOST_NAMED: Final = 10_000
SPEAK_OF_CONSENT: Final = frozenset({"customers", "consents", "interactions"})
_ADDRESS_KINDS: Final = {"phones": "phone", "emails": "email"}


class KeysComeAgain(Exception):
    """A first load has met a key for the third time: it cannot put its rows aside once more."""


class Writer:
    """Writes the verdicts of one file, batch by batch. `bulk`: search keys are made at once at the end."""

    def __init__(self, job: Import, staging: Staging) -> None:
        self.job, self.staging, self.kind = job, staging, staging.kind
        self._merges = [one for one in self.kind.merges if not one.of or staging.present & set(one.of)]
        self.bulk = False
        self._waiting = False
        self._prepared = False
        # Rows come in a table of their own first; their foreign keys are proved as a set.
        self._arrives_first = self._proves = False
        # Of whose consents the rows may speak; None: of too many to be named.
        self._spoken_of: set[int] | None = set()
        self._values: dict[str, Any] = {
            "source": job.source_id,
            "today": job.today,
            "zone": job.zone,
            "address_kinds": self._address_kinds(),
        }

    def write(self, actions: Mapping[str, int]) -> None:
        """Write the verdicts of a batch; `actions` counts what it has of each."""
        if not actions:
            return
        self._prepare()
        if self._waiting and self._comes_again():
            # One row at a time may wait for a key.
            if self.bulk and self.kind.search_keys:
                raise KeysComeAgain
            self._flush()
        if "new" in actions:
            self._write_new()
        if "changed" in actions:
            self._keep_changed()
        for merge in self._merges:
            if set(merge.on) & set(actions):
                columns = ", ".join(f'"{name}"' for name, _type in merge.columns)
                self._send(f"{merge.name} ({columns})", merge.sql, *merge.on)
        self._note_whom()
        touched = [action for action in actions if not (self.bulk and action == "new")]
        if touched and self.kind.search_keys:
            self._note_touched(*touched)
        self._waiting = self._waiting or (not self._at_once and ("changed" in actions or bool(self._merges)))

    def finish_load(self) -> None:
        """End a first load, while the indexes still stand aside."""
        self.job.pump.wait()
        if self.kind.search_keys and self.bulk:
            customers.rebuild_search_keys(
                kinds=customers.NAME_KEYS if self.kind.search_keys == "names" else customers.CAR_KEYS
            )

    def finish(self) -> None:
        if self._prepared:
            self._flush()
        if self.kind.code in SPEAK_OF_CONSENT:
            code = f"import:{self.job.run_id}"
            customers.take_imported(reference=code, whose=self._spoken_of, actor=system(code), now=self.job.now)
        privacy.scrub(table=self.kind.table)
        # The source names cards that we have merged as if nothing had happened.
        customers.follow_merges()

    def _note_whom(self) -> None:
        if self.kind.code not in SPEAK_OF_CONSENT or self._spoken_of is None:
            return
        whose = "pk" if self.kind.code == "customers" else "fk_customer_id"
        rows = self.job.scratch.execute(
            f"SELECT DISTINCT {whose} FROM verdicts WHERE action IN ('new', 'changed') AND {whose} IS NOT NULL"
            f" LIMIT {_MOST_NAMED + 1}"
        )
        self._spoken_of.update(pk for (pk,) in rows.fetchall())
        if self.bulk or len(self._spoken_of) > _MOST_NAMED:
            self._spoken_of = None

    def _write_new(self) -> None:
        fields = self._fields(new=True)
        own: tuple[str, ...]
        values: tuple[str, ...]
        if self.kind.lines_of:
            own, values = ("import_hash",), ("hash",)
        elif self.kind.key_sql:
            own, values = ("id", "source_id", "import_hash"), ("pk", str(self.job.source_id), "hash")
        else:
            own = ("id", "source_id", "external_id", "import_hash")
            values = ("pk", str(self.job.source_id), "key", "hash")
        names = ", ".join(f'"{name}"' for name in (*own, *(field.name for field in fields)))
        selected = ", ".join([*values, *(self.staging.filled(field.sql) for field in fields)])
        rows_of_table = f"SELECT {selected} FROM fresh{self._neighbours_together()}"
        if self._arrives_first:
            insert = (
                f"SELECT vernost_insert_proved('{self.kind.table}', 'arriving', '{names}')"
                if self._proves
                else f"INSERT INTO {self.kind.table} ({names}) SELECT {names} FROM arriving"
            )
            self._send(f"arriving ({names})", rows_of_table, "new", onward=(insert, "TRUNCATE arriving"))
        else:
            self._send(f"{self.kind.table} ({names})", rows_of_table, "new")
        for rows in self.kind.rows:
            self._send(f"{rows.table} ({', '.join(rows.columns)})", rows.sql, "new")

    def _keep_changed(self) -> None:
        fields = self._fields(new=False)
        names = ", ".join(f'"{name}"' for name in ("id", "import_hash", *(field.name for field in fields)))
        selected = ", ".join(["pk", "hash", *(self.staging.filled(field.sql) for field in fields)])
        onward = self._updates() if self._at_once else ()
        self._send(f"incoming ({names})", f"SELECT {selected} FROM fresh ORDER BY pk", "changed", onward=onward)

    def _neighbours_together(self) -> str:
        """Order rows by what they refer to: indexes and foreign keys then touch a page once, not once a row."""
        referred = [f"fk_{column.name}" for column, reference in self.kind.references if not reference.makes]
        return "" if self.bulk or not referred else f" ORDER BY {', '.join(referred)}"

    def _flush(self) -> None:
        """Bring what waits in tables of its own to where it belongs."""
        with self.job.pump.cursor() as cursor:
            self._touch_old_owners(cursor)
            self._update(cursor)
            for merge in self._merges:
                cursor.execute(f"SELECT EXISTS (SELECT FROM {merge.name})")
                if cursor.fetchone()[0]:
                    cursor.execute(f"ANALYZE {merge.name}")
                    for statement in merge.statements:
                        cursor.execute(statement, self._values)
                    cursor.execute(f"TRUNCATE {merge.name}")
            if self.kind.search_keys:
                cursor.execute("SELECT DISTINCT id FROM touched WHERE id IS NOT NULL")
                customers.refresh_search_keys(customer_ids=[row[0] for row in cursor.fetchall()])
                cursor.execute("TRUNCATE touched")
        self._waiting = False

    def _update(self, cursor: CursorWrapper) -> None:
        cursor.execute("SELECT EXISTS (SELECT FROM incoming)")
        if not cursor.fetchone()[0]:
            return
        for statement in self._updates():
            cursor.execute(statement)

    def _updates(self) -> tuple[str, ...]:
        """Return the statements that bring what is in `incoming` into the table."""
        names = ("import_hash", *(field.name for field in self.updated_fields))
        assigned = ", ".join(f'"{name}" = i."{name}"' for name in names)
        same = "(t.order_id, t.line_no) = (i.order_id, i.line_no)" if self.kind.lines_of else "t.id = i.id"
        update = f"UPDATE {self.kind.table} t SET {assigned} FROM incoming i WHERE {same}"
        return "ANALYZE incoming", update, "TRUNCATE incoming"

    @property
    def _at_once(self) -> bool:
        """Whether changed rows go on to their table with their batch: nothing else follows from them."""
        return not (self.bulk or self._merges or self.kind.search_keys)

    @property
    def updated_fields(self) -> list[Field]:
        """Return the fields that a changed row writes."""
        key = {"order_id", "line_no"} if self.kind.lines_of else set()
        return [field for field in self._fields(new=False) if field.name not in key]

    def _fields(self, *, new: bool) -> list[Field]:
        """Return the fields to write: a changed row keeps those of which the file says nothing."""
        present = self.staging.present
        return [
            field for field in self.kind.fields if new or (not field.once and (not field.of or present & set(field.of)))
        ]

    def _prepare(self) -> None:
        if self._prepared:
            return
        names = ", ".join(f't."{field.name}"' for field in self.kind.fields)
        key = "0::bigint AS id" if self.kind.lines_of else "t.id"
        with self.job.pump.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS incoming")
            cursor.execute(
                f"CREATE TEMP TABLE incoming ON COMMIT DROP AS"
                f" SELECT {key}, t.import_hash, {names} FROM {self.kind.table} t WITH NO DATA"
            )
            for merge in self._merges:
                columns = ", ".join(f'"{name}" {kind}' for name, kind in merge.columns)
                cursor.execute(f"DROP TABLE IF EXISTS {merge.name}")
                cursor.execute(f"CREATE TEMP TABLE {merge.name} ({columns}) ON COMMIT DROP")
            if not self.bulk:
                self._proves = self.kind.table in parents.KEYS and parents.may_put_keys_aside(cursor)
                self._arrives_first = self._proves or wall.binds(cursor, self.kind.table)
            if self._arrives_first:
                cursor.execute("DROP TABLE IF EXISTS arriving")
                cursor.execute(
                    f"CREATE TEMP TABLE arriving ON COMMIT DROP AS SELECT * FROM {self.kind.table} WITH NO DATA"
                )
            if self.kind.search_keys:
                cursor.execute("DROP TABLE IF EXISTS touched")
                cursor.execute("CREATE TEMP TABLE touched (id bigint) ON COMMIT DROP")
            _check_references_at_once(cursor, self.kind.table)
        self._prepared = True

    def _comes_again(self) -> bool:
        found = self.job.scratch.execute("SELECT 1 FROM verdicts WHERE again IS NOT NULL LIMIT 1").fetchall()
        return bool(found)

    def _note_touched(self, *actions: str) -> None:
        whom = "pk" if self.kind.search_keys == "names" else "fk_customer_id"
        self._send("touched (id)", f"SELECT DISTINCT {whom} FROM fresh", *actions)

    def _touch_old_owners(self, cursor: CursorWrapper) -> None:
        if self.kind.search_keys == "cars":
            cursor.execute(
                """INSERT INTO touched SELECT customer_id FROM vehicles_ownership
                    WHERE vehicle_id IN (SELECT id FROM incoming) AND owned_until IS NULL"""
            )

    def _send(self, target: str, sql: str, *actions: str, onward: Sequence[str] = ()) -> None:
        """Send what `sql` selects from `fresh`, the batch's rows of these verdicts."""
        fks = "".join(f", v.fk_{column.name}" for column, _reference in self.kind.references)
        fresh = _FRESH.format(fks=fks, actions=", ".join(f"'{action}'" for action in actions))
        rows = re.sub(r"\bFROM fresh\b", lambda _: f"FROM {fresh} AS fresh", self.staging.filled(sql))
        self.job.pump.send(target, rows, onward=onward)

    def _address_kinds(self) -> list[str]:
        kinds = [kind for column, kind in _ADDRESS_KINDS.items() if column in self.staging.present]
        return [*kinds, "note"] if kinds else []


def _check_references_at_once(cursor: CursorWrapper, table: str) -> None:
    """Let foreign keys be checked while the next rows are prepared, not all at the end of the transaction."""
    cursor.execute(
        """SELECT string_agg(quote_ident(conname), ', ') FROM pg_constraint
            WHERE conrelid = %s::regclass AND contype = 'f' AND condeferrable""",
        [table],
    )
    names = cursor.fetchone()[0]
    if names:
        cursor.execute(f"SET CONSTRAINTS {names} IMMEDIATE")
