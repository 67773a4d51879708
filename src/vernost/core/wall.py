"""The second wall between branches: whose rows PostgreSQL shows to the pages (docs/explanation/access.md).

A request stands behind it from its beginning, seeing nobody's rows, until it is known who asks. The database's
policies read the branches from `SETTING`; `core.postgresql` tells it to each connection before a statement that
needs it. Jobs and commands work as the owner of the tables, whom the policies let through.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

# Numbers of branches with commas between them, `GROUP` for all rows, empty for none.
SETTING: Final = "vernost.branches"
GROUP: Final = "group"
NOBODY: Final = ""


class Standing:
    """Where a request stands. An object, not a value: it changes in a thread and counts in all of the request."""

    def __init__(self, scope: str = NOBODY) -> None:
        self.scope = scope

    def see(self, branch_ids: Collection[int] | None) -> None:
        self.scope = scope_of(branch_ids)


# None: outside of a request nothing is ever said to the database, which then shows the pages' role nothing.
_standing: ContextVar[Standing | None] = ContextVar("wall", default=None)


def scope_of(branch_ids: Collection[int] | None) -> str:
    """Return what `SETTING` says for these branches; None is the whole group."""
    return GROUP if branch_ids is None else ",".join(map(str, sorted(branch_ids)))


def scope() -> str:
    standing = _standing.get()
    return standing.scope if standing else NOBODY


@contextmanager
def behind() -> Iterator[Standing]:
    """Let a request see nobody's rows until it is told whose."""
    standing = Standing()
    before = _standing.set(standing)
    try:
        yield standing
    finally:
        _standing.reset(before)


def see(branch_ids: Collection[int] | None) -> None:
    """Let the request at work see the rows of these branches, None: of the whole group."""
    if standing := _standing.get():
        standing.see(branch_ids)


@contextmanager
def whole_group_rows() -> Iterator[None]:
    """Let a rule that holds over all branches read and write the rows of all of them; also `@whole_group_rows()`.

    Who uses it says why beside it, and asks for the actor's scope himself where rows reach a person.
    """
    if _standing.get() is None:
        # No request: it is the owner of the tables who works.
        yield
        return
    before = _standing.set(Standing(GROUP))
    try:
        yield
    finally:
        _standing.reset(before)


def lower(connection: Any) -> None:  # noqa: ANN401 - psycopg's, as the pool hands it over
    """Take from a connection on its way back to the pool whatever its request was let see."""
    connection.autocommit = True
    connection.execute("SELECT set_config(%s, %s, false)", [SETTING, NOBODY])


def binds(cursor: Any, table: str) -> bool:  # noqa: ANN401 - psycopg's or Django's
    """Return whether policies of the table bind who asks: PostgreSQL then takes no COPY into it from him."""
    cursor.execute("SELECT row_security_active(%s::text)", [table])
    return bool(cursor.fetchone()[0])
