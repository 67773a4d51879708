"""The two roles and the database: of every cluster of ours, and on a server of the dealer's own."""

from collections.abc import Iterator
from typing import Any

from psycopg import Connection, sql

from vernost.embedded.names import APP_ROLE, BI_ROLE, DATABASE, OWNER_ROLE


def prepare(connection: Connection[Any]) -> None:
    """Make what is missing, over an autocommit connection of a superuser to `template1`.

    The database comes last, as a copy of template1 with its rights: a database that exists is whole.
    """
    # Also beside a database of an earlier version: its migration gives the rights.
    if not _exists(connection, BI_ROLE):
        connection.execute(_create(BI_ROLE, "NOLOGIN"))
    if _exists(connection, OWNER_ROLE):
        _let_prove_batches(connection)
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        return
    if not _exists(connection, OWNER_ROLE):
        connection.execute(_create(OWNER_ROLE, "LOGIN"))
        _let_prove_batches(connection)
    prepare_app_role(connection, owner=OWNER_ROLE)
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template1").format(
            sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE)
        )
    )


def prepare_app_role(connection: Connection[Any], *, owner: str) -> None:
    """Let `owner` become the role of the pages, and that role reach the rows of all tables of `owner`."""
    if not _exists(connection, APP_ROLE):
        connection.execute(_create(APP_ROLE, "NOLOGIN"))
    member = connection.execute("SELECT pg_has_role(%s::name, %s::name, 'MEMBER')", [owner, APP_ROLE]).fetchone()
    if member != (True,):
        connection.execute(_membership(owner))
    for statement in _rights(owner):
        connection.execute(statement)


def statements_for_an_administrator(owner: str) -> str:
    """Return what to run where the user of DATABASE_URL may not make roles."""
    return "\n".join(f"{part.as_string()};" for part in (_create(APP_ROLE, "NOLOGIN"), _membership(owner)))


def statement_for_batches(owner: str) -> str:
    """Return what an administrator runs once, that imports by `owner` prove foreign keys as a set (`core.parents`)."""
    return sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {};").format(sql.Identifier(owner)).as_string()


def _let_prove_batches(connection: Connection[Any]) -> None:
    asked = "SELECT has_parameter_privilege(%s::name, 'session_replication_role', 'SET')"
    if connection.execute(asked, [OWNER_ROLE]).fetchone() != (True,):
        connection.execute(statement_for_batches(OWNER_ROLE).encode())


def _exists(connection: Connection[Any], role: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None


def _create(role: str, login: str) -> sql.Composed:
    return sql.SQL("CREATE ROLE {} {} NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS").format(
        sql.Identifier(role), sql.SQL(login)
    )


def _membership(owner: str) -> sql.Composed:
    return sql.SQL("GRANT {} TO {}").format(sql.Identifier(APP_ROLE), sql.Identifier(owner))


def _rights(owner: str) -> Iterator[sql.Composed]:
    app = sql.Identifier(APP_ROLE)
    for rights, objects in (("SELECT, INSERT, UPDATE, DELETE", "TABLES"), ("USAGE, SELECT", "SEQUENCES")):
        named = {"rights": sql.SQL(rights), "objects": sql.SQL(objects), "app": app}
        yield sql.SQL("GRANT {rights} ON ALL {objects} IN SCHEMA public TO {app}").format(**named)
        yield sql.SQL(
            "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT {rights} ON {objects} TO {app}"
        ).format(owner=sql.Identifier(owner), **named)
