"""The two roles and the database, made once in every cluster."""

from typing import Any

from psycopg import Connection, sql

from vernost.embedded.names import APP_ROLE, DATABASE, OWNER_ROLE


def prepare(connection: Connection[Any]) -> None:
    """Make what is missing, over an autocommit connection of a superuser to `template1`.

    The database comes last, as a copy of template1 with its rights: a database that exists is whole.
    """
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        return
    _role(connection, OWNER_ROLE, "LOGIN")
    _role(connection, APP_ROLE, "NOLOGIN")
    owner, app = sql.Identifier(OWNER_ROLE), sql.Identifier(APP_ROLE)
    connection.execute(sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(app, owner))
    grant_rows(connection, owner=OWNER_ROLE)
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template1").format(sql.Identifier(DATABASE), owner)
    )


def grant_rows(connection: Connection[Any], *, owner: str) -> None:
    """Let the role of the pages read and write the rows of all tables that `owner` will make."""
    app = sql.Identifier(APP_ROLE)
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(app))
    for rights in (
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}"),
        sql.SQL("GRANT USAGE, SELECT ON SEQUENCES TO {}"),
    ):
        connection.execute(
            sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public {}").format(
                sql.Identifier(owner), rights.format(app)
            )
        )


def _role(connection: Connection[Any], name: str, login: str) -> None:
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
        return
    connection.execute(
        sql.SQL("CREATE ROLE {} {} NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS").format(
            sql.Identifier(name), sql.SQL(login)
        )
    )
