"""An installation of its own on the server of this run: a database and a data folder for real commands."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from tests.faults.running import command, environment, eventually

from vernost import embedded

TEMPLATE = "test_template"
# Who holds them in PostgreSQL is the one who imports, or who decides the night.
IMPORT_LOCK = 7036874417801
NIGHT_LOCK = 0x4E49_4748

_LOCK_IS_HELD = """
SELECT count(*) > 0 FROM pg_locks
WHERE locktype = 'advisory' AND granted AND classid::bigint << 32 | objid::bigint = %s
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
# Views before the tables: the same queries then see the rows of one source.
_OF_ONE_SOURCE = """
DO $$
DECLARE known name;
BEGIN
    FOR known IN SELECT table_name FROM information_schema.columns
                 WHERE table_schema = 'public' AND column_name = 'source_id' LOOP
        EXECUTE format('CREATE TEMP VIEW %I AS SELECT * FROM public.%I WHERE source_id ='
                       ' (SELECT id FROM accounts_source WHERE code = %L)', known, known, '{source}');
    END LOOP;
END $$
"""
_END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_ROW_LOCK = 4711
_HOLD_ROWS = """
CREATE FUNCTION held_row() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock_shared({lock}); RETURN new; END $$;
CREATE TRIGGER held_row BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION held_row();
"""


class Commands:
    """Real commands on a data folder `data_dir`, and questions to its database at `conninfo`."""

    folder: Path
    name: str

    @property
    def data_dir(self) -> Path:
        return self.folder / self.name

    @property
    def conninfo(self) -> str:
        raise NotImplementedError

    def environment(self, **more: str) -> dict[str, str]:
        return environment(self.data_dir, **more)

    def begin(self, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        """Start a command; what it says goes to a file beside the data."""
        with self._told_by(arguments[0]).open("wb") as errors:
            return subprocess.Popen(
                [sys.executable, "-m", "vernost", *arguments],
                env=self.environment(**more),
                stdout=subprocess.PIPE,
                stderr=errors,
            )

    def _told_by(self, command: str) -> Path:
        return self.folder / f"{self.name}.{command}.stderr"

    def said(self, command: str) -> str:
        """Return what the command that was begun last has said on stderr."""
        return self._told_by(command).read_text(encoding="utf-8")

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return command(self.environment(**more), *arguments)

    def told(self, *arguments: str, **more: str) -> Any:
        """Run a command that has to succeed; return the document that it prints."""
        answer = self.run(*arguments, "--json", **more)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    @contextmanager
    def session(self) -> Iterator["psycopg.Connection[Any]"]:
        with psycopg.connect(self.conninfo, autocommit=True) as session:
            yield session

    def ask(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self.session() as session:
            return session.execute(query, values).fetchall()

    def holds(self, lock: int) -> bool:
        return bool(self.ask(_LOCK_IS_HELD, [lock])[0][0])

    def is_alone(self) -> bool:
        """Whether every session of the commands has ended: that of a killed one ends a moment after it."""
        return self.ask(_OTHERS) == [(0,)]

    def waits_for_a_lock(self) -> bool:
        waiting = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
        return bool(self.ask(waiting, [self.name])[0][0])

    @contextmanager
    def held(self, table: str) -> Iterator[None]:
        """Keep everybody from writing to a table."""
        with psycopg.connect(self.conninfo) as session:
            session.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(sql.Identifier(table)))
            yield

    @contextmanager
    def held_rows(self, table: str) -> Iterator[None]:
        """Hold up who writes a row into a table, and nobody who only names it."""
        with self.session() as session:
            session.execute("SELECT pg_advisory_lock(%s)", [_ROW_LOCK])
            session.execute(_HOLD_ROWS.format(table=table, lock=_ROW_LOCK))
            yield
            # Who waits was killed, and its session would go on as soon as it may.
            session.execute(_END_OTHERS)
            eventually(lambda: session.execute(_OTHERS).fetchone() == (0,))
            session.execute("SELECT pg_advisory_unlock(%s)", [_ROW_LOCK])

    def contents(self, queries: Sequence[str], *, source: str | None = None) -> dict[str, tuple[int, str]]:
        """Return of each query the number of its rows and a digest of them; of one source where it is named."""
        digest = "SELECT count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM ({}) t"
        with self.session() as session:
            if source is not None:
                session.execute(_OF_ONE_SOURCE.format(source=source))
            found = {query: session.execute(digest.format(query)).fetchone() for query in queries}
        return {query: (row[0], row[1]) for query, row in found.items() if row}


@dataclass(frozen=True)
class Installation(Commands):
    """A database on the server of this run."""

    server: embedded.Connection
    name: str
    folder: Path

    @property
    def conninfo(self) -> str:
        return psycopg.conninfo.make_conninfo(host=str(self.server.host), user=embedded.OWNER_ROLE, dbname=self.name)

    def environment(self, **more: str) -> dict[str, str]:
        return environment(self.data_dir, DATABASE_URL=self.conninfo, VERNOST_SECRET_KEY="x" * 50, **more)

    def copy(self, name: str) -> "Installation":
        """Make another one with the same data; nobody may be at work on this one."""
        made = Installation(self.server, name, self.folder)
        eventually(self.is_alone)
        _make_database(self.server, name, self.name)
        shutil.copytree(self.data_dir, made.data_dir)
        return made

    @contextmanager
    def copied(self) -> Iterator["Installation"]:
        made = self.copy(f"{self.name}_copy")
        try:
            yield made
        finally:
            made.drop()

    def drop(self) -> None:
        with administrator(self.server) as session:
            session.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.name)))
        shutil.rmtree(self.data_dir, ignore_errors=True)


@dataclass(frozen=True)
class OwnServer(Commands):
    """A data folder with the server in it, as `vernost start` makes it."""

    name: str
    folder: Path

    @property
    def conninfo(self) -> str:
        server = embedded.Server(self.data_dir).running()
        if server is None:
            raise psycopg.OperationalError("the server does not run")
        return server.conninfo()

    @contextmanager
    def copied(self) -> Iterator["OwnServer"]:
        """Give another one with the same data; nobody may be at work on this one."""
        made = OwnServer(f"{self.name}_copy", self.folder)
        # Files of the server belong to its own user.
        subprocess.run(["/bin/cp", "-a", str(self.data_dir), str(made.data_dir)], check=True)
        try:
            yield made
        finally:
            shutil.rmtree(made.data_dir)


@contextmanager
def administrator(server: embedded.Connection) -> Iterator["psycopg.Connection[Any]"]:
    with psycopg.connect(host=str(server.host), user=embedded.SUPERUSER, dbname="postgres", autocommit=True) as session:
        yield session


def _make_database(server: embedded.Connection, name: str, template: str) -> None:
    statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY")
    with administrator(server) as session:
        session.execute(
            statement.format(sql.Identifier(name), sql.Identifier(embedded.OWNER_ROLE), sql.Identifier(template))
        )


@contextmanager
def installed(server: embedded.Connection, name: str, folder: Path) -> Iterator[Installation]:
    """Give an installation as `vernost init` leaves it."""
    made = Installation(server, name, folder)
    _make_database(server, name, TEMPLATE)
    try:
        made.told("init", VERNOST_ADMIN_PASSWORD="Correct-Horse-7")
        yield made
    finally:
        made.drop()
