"""Which records of a source we have: keys of the source, our ids, hashes of the last import.

They are kept in the workbench for the length of an import: all of a table where a file asks for much of it,
else only those that are asked for. A preview makes ids below zero for what it would make.

A key is kept as its `digest` of 128 bits: millions of numbers are looked through in a fifth of the time that
millions of texts take, and fit into memory. Its `head`, the first letters, is there for neighbours: files name
orders mostly in the order of their numbers, so of millions of keys DuckDB looks only at the blocks between the first
head that is asked for and the last.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

import duckdb
from django.db import InterfaceError, OperationalError
from django.db.backends.utils import CursorWrapper

from vernost.intake.formats import in_order, kinds
from vernost.intake.operations.pump import Pump
from vernost.intake.rules.file_kind import FileKind
from vernost.privacy import queries as privacy

# So long a look-up aside may wait for a lock.
PATIENCE: Final = "5s"
# Above this share of a table all of it is fetched: one walk instead of many visits.
_SHARE: Final = 0.2
_ALL, _SOME = "all", "some"
# A line is known by its order's id and its number: order × this + line.
LINES: Final = 2**20
MACROS: Final = (
    "CREATE OR REPLACE MACRO digest(x) AS md5_number(x)",
    "CREATE OR REPLACE MACRO head(x) AS x[1:8]",
)
_KEY_COLUMNS: Final = {"key": "VARCHAR", "id": "BIGINT", "hash": "BIGINT"}
_MAKERS: Final = {
    "branches": """INSERT INTO accounts_branch (source_id, external_id, name, timezone, brands, address, phone, vat)
        SELECT %(source)s, id, id, %(zone)s, '', '', '', true FROM unnest(%(ids)s::text[]) AS id
        RETURNING external_id, id""",
    "employees": """INSERT INTO accounts_employee (source_id, external_id, name, role, phone, email)
        SELECT %(source)s, id, id, '', '', '' FROM unnest(%(ids)s::text[]) AS id RETURNING external_id, id""",
}

Answer = TypeVar("Answer")


@dataclass
class KeyStore:
    """The tables `keys_<kind>` (head, digest, id, hash) of one source in the workbench."""

    scratch: duckdb.DuckDBPyConnection
    source_id: int
    zone: str
    dry_run: bool
    pump: Pump
    complete: set[str] = field(default_factory=set)
    sizes: dict[str, int] = field(default_factory=dict)
    loading: dict[str, int] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    salt: str = ""
    next_virtual: int = -1
    aside: Pump | None = None

    def prepare(self) -> None:
        """Make the tables anew; what was known is forgotten."""
        self.complete.clear()
        self.known.clear()
        self.sizes.clear()
        self.loading.clear()
        # Each of these alone would wait for the disk.
        self.scratch.execute("BEGIN")
        for kind in in_order():
            self.scratch.execute(
                f"CREATE OR REPLACE TABLE keys_{kind.code} (head VARCHAR, digest UHUGEINT, id BIGINT, hash BIGINT)"
            )
            self.scratch.execute(f"CREATE OR REPLACE TABLE asked_{kind.code} (digest UHUGEINT)")
        self.scratch.execute("CREATE OR REPLACE TABLE zones (external_id VARCHAR, timezone VARCHAR)")
        self.scratch.execute("CREATE OR REPLACE TABLE companies (name VARCHAR)")
        self.scratch.execute("COMMIT")
        self.pump.fetch(
            f"SELECT external_id, timezone FROM accounts_branch WHERE source_id = {self.source_id}",
            "zones",
            {"external_id": "VARCHAR", "timezone": "VARCHAR"},
        )
        self.pump.fetch(
            "SELECT name FROM accounts_legalentity UNION SELECT inn FROM accounts_legalentity WHERE inn <> ''",
            "companies",
            {"name": "VARCHAR"},
        )
        for code in _MAKERS:
            self._fetch_all(kinds[code])
        self._fetch_erased()

    @contextmanager
    def looking_aside(self, pump: Pump, ahead: Pump) -> Iterator[Callable[[FileKind, str], None]]:
        """Look keys up by another connection for the length of a block, while rows are on their way to PostgreSQL.

        It does not see what the open transaction has written: that is noted here already. It would wait for
        a table that the transaction has locked, so it is not for first loads.

        Gives what looks up, by `ahead` and in another thread, the own keys of a staged table before its turn;
        whatever that leaves, `ensure` asks for.
        """
        with _patient(pump), _patient(ahead):
            self.aside = pump
            try:
                yield replace(self, scratch=ahead.scratch, pump=ahead, aside=ahead).ask_ahead
            finally:
                self.aside = None

    def ask_ahead(self, kind: FileKind, table: str) -> None:
        """Have the keys of a staged table, if that takes no more than looking a few up."""
        # A kind that is all here, or is better fetched as a whole, is not for two threads at once.
        if kind.lines_of or kind.key_sql or kind.code in self.complete:
            return
        with suppress(OperationalError):
            if self._has_records(kind) and self._want(kind, f"SELECT key FROM {table} WHERE fault = 0") == _SOME:
                self._fetch_wanted(kind)

    def ensure(self, code: str, wanted: str) -> None:
        """Have the keys that `wanted` selects (a query of the workbench with one column), if we know them at all.

        What names somebody who was erased goes on belonging to his emptied card.
        """
        self._ensure(code, wanted)
        if self.salt:
            self.scratch.execute(
                f"""INSERT INTO keys_{code}
                    SELECT head(w.key), digest(w.key), e.target_id, NULL
                      FROM (SELECT DISTINCT key FROM ({wanted}) AS w(key) WHERE key IS NOT NULL) w
                      JOIN erased e ON e.kind = '{code}' AND e.hash = {self._hash("w.key")}
                     WHERE e.target_id IS NOT NULL AND digest(w.key) NOT IN (SELECT digest FROM keys_{code})"""
            )

    def erased(self, code: str, wanted: str) -> str:
        """Return SQL of those of the keys whose own records are of somebody who was erased; empty where nobody was."""
        if not self.salt:
            return ""
        return f"""SELECT w.key FROM (SELECT DISTINCT key FROM ({wanted}) AS w(key) WHERE key IS NOT NULL) w
                     JOIN erased e ON e.kind = '{code}' AND e.hash = {self._hash("w.key")}"""

    def has_erased(self, code: str) -> bool:
        return bool(self.salt) and code in {"customers", "vehicles"}

    def erased_ids(self, code: str) -> str:
        """Return SQL of our ids of the records of a kind that are of somebody who was erased."""
        return f"SELECT target_id FROM erased WHERE kind = '{code}' AND target_id IS NOT NULL"

    def _hash(self, key: str) -> str:
        """Return SQL of `privacy.rules.hash_of_key`."""
        return f"sha256('{self.salt}|{self.source_id}|' || {key})"

    def _fetch_erased(self) -> None:
        salt = privacy.salt()
        self.salt = salt.hex() if salt else ""
        if self.salt:
            columns = {"kind": "VARCHAR", "hash": "VARCHAR", "target_id": "BIGINT"}
            self.scratch.execute("CREATE OR REPLACE TABLE erased (kind VARCHAR, hash VARCHAR, target_id BIGINT)")
            self.pump.fetch("SELECT kind, hash, target_id FROM privacy_erasedkey", "erased", columns)

    def _ensure(self, code: str, wanted: str) -> None:
        kind = kinds[code]
        if code in self.complete:
            return
        if not self._has_records(kind):
            self.complete.add(code)
            return
        how = self._want(kind, wanted)
        if how == _ALL:
            self._fetch_all(kind)
        elif how == _SOME:
            self._fetch_wanted(kind)

    def _want(self, kind: FileKind, wanted: str) -> str:
        """Fill `wanted` with the keys that nobody has asked for yet; return how they are best fetched."""
        self.scratch.execute(
            f"""CREATE OR REPLACE TEMP TABLE wanted AS SELECT DISTINCT key FROM ({wanted}) AS w(key)
                 WHERE key IS NOT NULL AND digest(key) NOT IN (SELECT digest FROM asked_{kind.code})"""
        )
        count = self.count("wanted")
        if not count:
            return ""
        asked = self.count(f"asked_{kind.code}") + count
        return _ALL if kind.key_sql or asked > _SHARE * self._size(kind) else _SOME

    def near(self, code: str, wanted: str) -> str:
        """Return SQL of key, id, hash of those records of a kind whose keys `wanted` selects."""
        return f"""SELECT w.key, k.id, k.hash FROM keys_{code} k
                     JOIN (SELECT key, head(key) AS head, digest(key) AS digest
                             FROM (SELECT DISTINCT key FROM ({wanted}) AS w(key))) w
                       ON w.digest = k.digest AND w.head = k.head"""

    def unknown(self, code: str, wanted: str) -> list[str]:
        """Return which of the keys that are wanted, and were looked for, are not known."""
        unknown = f"""SELECT key FROM (SELECT DISTINCT key FROM ({wanted}) AS w(key))
                       WHERE digest(key) NOT IN (SELECT digest FROM keys_{code}) ORDER BY 1"""
        return [row[0] for row in self.scratch.execute(unknown).fetchall()]

    def make_unknown(self, code: str, wanted: str) -> None:
        """Make branches or employees with the ids that are wanted and not known, the ids for their names."""
        ids = self.unknown(code, wanted)
        if not ids:
            return
        if self.dry_run:
            made = [(one, self._virtual()) for one in ids]
        else:
            with self.pump.cursor() as cursor:
                cursor.execute(_MAKERS[code], {"source": self.source_id, "zone": self.zone, "ids": ids})
                made = cursor.fetchall()
        self.scratch.executemany(f"INSERT INTO keys_{code} VALUES (head($1), digest($1), $2, NULL)", made)
        if code == "branches":
            self.scratch.executemany("INSERT INTO zones VALUES (?, ?)", [(one, self.zone) for one, _id in made])

    def reserve(self, table: str, count: int, *, alone: bool) -> int:
        """Take `count` ids in a row from the table's sequence; return the first. `alone`: the table is locked."""
        if self.dry_run:
            self.next_virtual -= count
            return self.next_virtual + 1
        if alone and table in self.loading:
            self.loading[table] += count
            return self.loading[table] - count
        # The sequence is found once, not once an id.
        sql = f"""SELECT min(id), max(id)
                    FROM (SELECT nextval((SELECT pg_get_serial_sequence('{table}', 'id')::regclass)) AS id
                            FROM generate_series(1, {1 if alone else count})) ids"""
        while True:
            first, last = self._asked(lambda pump: _row(pump, sql))
            if alone:
                self.loading[table] = int(first) + count
            if alone or last - first + 1 == count:
                return int(first)
            # Somebody else took ids meanwhile; these stay unused.

    def end_load(self, table: str) -> None:
        """Tell the sequence which ids were taken while the table was locked."""
        if table in self.loading:
            with self.pump.cursor() as cursor:
                last = self.loading.pop(table) - 1
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, last])

    def known_lines(self, kind: FileKind, orders: str) -> None:
        """Fill `known_lines` (id, hash) with the lines that we have of the orders that `orders` selects."""
        self.scratch.execute("CREATE OR REPLACE TEMP TABLE known_lines (id BIGINT, hash BIGINT)")
        if kind.code not in self.complete and not self._has_lines(kind):
            self.complete.add(kind.code)
        if kind.code in self.complete:
            return
        with self.pump.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE IF NOT EXISTS wanted_id (id bigint) ON COMMIT DROP")
            cursor.execute("TRUNCATE wanted_id")
        self.pump.send("wanted_id (id)", f"SELECT DISTINCT id FROM ({orders}) AS o(id) WHERE id > 0")
        with self.pump.cursor() as cursor:
            cursor.execute("ANALYZE wanted_id")
        self.pump.fetch(
            f"SELECT l.order_id * {LINES} + l.line_no, l.import_hash"
            f" FROM wanted_id w JOIN {kind.table} l ON l.order_id = w.id",
            "known_lines",
            {"id": "BIGINT", "hash": "BIGINT"},
        )

    def count(self, table: str) -> int:
        """Return how many rows a table of the workbench has."""
        [(rows,)] = self.scratch.execute(f"SELECT count(*) FROM {table}").fetchall()
        return int(rows)

    def _virtual(self) -> int:
        self.next_virtual -= 1
        return self.next_virtual + 1

    def _has_records(self, kind: FileKind) -> bool:
        if kind.code not in self.known:
            sql = f"SELECT EXISTS (SELECT FROM {kind.table} WHERE source_id = {self.source_id})"
            if not self._asked(lambda pump: _row(pump, sql)[0]):
                return False
            self.known.add(kind.code)
        return True

    def _has_lines(self, kind: FileKind) -> bool:
        with self.pump.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT FROM {kind.table})")
            return bool(cursor.fetchone()[0])

    def _size(self, kind: FileKind) -> int:
        if kind.code not in self.sizes:
            self.sizes[kind.code] = self._asked(lambda pump: _estimate(pump, kind.table))
        return self.sizes[kind.code]

    def _fetch_all(self, kind: FileKind) -> None:
        self.scratch.execute(f"DELETE FROM keys_{kind.code}")
        key = kind.key_sql or "t.external_id"
        self.pump.fetch(
            f"SELECT {key}, t.id, t.import_hash FROM {kind.table} t WHERE t.source_id = {self.source_id}",
            f"keys_{kind.code}",
            _KEY_COLUMNS,
            "head(key), digest(key), id, hash",
        )
        self.complete.add(kind.code)

    def _fetch_wanted(self, kind: FileKind) -> None:
        self._asked(lambda pump: self._look_up(kind, pump))
        self.scratch.execute(f"INSERT INTO asked_{kind.code} SELECT digest(key) FROM wanted")

    def _asked(self, ask: Callable[[Pump], Answer]) -> Answer:
        """Ask PostgreSQL aside where that is possible."""
        if self.aside is not None:
            try:
                return ask(self.aside)
            except OperationalError:
                if self.pump is self.aside:
                    raise
                # Somebody waits for a table behind our own transaction, and aside we would wait for both.
                self.aside = None
        return ask(self.pump)

    def _look_up(self, kind: FileKind, pump: Pump) -> None:
        with pump.cursor() as cursor:
            cursor.execute('CREATE TEMP TABLE IF NOT EXISTS wanted_key (key text COLLATE "C")')
            cursor.execute("TRUNCATE wanted_key")
        # Looked up in order, neighbours in the index and mostly in the table are met while they are at hand.
        pump.send("wanted_key (key)", "SELECT key FROM wanted ORDER BY key")
        with pump.cursor() as cursor:
            cursor.execute("ANALYZE wanted_key")
            cursor.execute("SET enable_hashjoin = off")
            cursor.execute("SET enable_mergejoin = off")
        pump.fetch(
            f"""SELECT t.external_id, t.id, t.import_hash FROM wanted_key w
                  JOIN {kind.table} t ON t.source_id = {self.source_id} AND t.external_id = w.key""",
            f"keys_{kind.code}",
            _KEY_COLUMNS,
            "head(key), digest(key), id, hash",
        )
        with pump.cursor() as cursor:
            cursor.execute("RESET enable_hashjoin")
            cursor.execute("RESET enable_mergejoin")
            cursor.execute("DROP TABLE wanted_key")


@contextmanager
def _patient(pump: Pump) -> Iterator[None]:
    """Let a connection aside give up where it would wait long."""
    with pump.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{PATIENCE}'")
    try:
        yield
    finally:
        pump.abandon()
        # A connection may be kept by a pool for others.
        with suppress(OperationalError, InterfaceError), pump.cursor() as cursor:
            cursor.execute("RESET lock_timeout; RESET enable_hashjoin; RESET enable_mergejoin; DISCARD TEMP")


def _row(pump: Pump, sql: str) -> tuple[Any, ...]:
    with pump.cursor() as cursor:
        cursor.execute(sql)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def _estimate(pump: Pump, table: str) -> int:
    with pump.cursor() as cursor:
        return estimated_rows(cursor, table)


def estimated_rows(cursor: CursorWrapper, table: str) -> int:
    """Return about how many rows a table has, without counting a large one."""
    cursor.execute("SELECT reltuples::bigint, pg_relation_size(oid) FROM pg_class WHERE oid = %s::regclass", [table])
    estimate, size = cursor.fetchone()
    if estimate <= 0 and size:
        cursor.execute(f"SELECT count(*) FROM {quoted_table(table)}")
        estimate = cursor.fetchone()[0]
    return max(int(estimate), 0)


def quoted_table(table: str) -> str:
    return '"' + table.replace('"', '""') + '"'
