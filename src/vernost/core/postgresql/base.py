"""Tells each connection whose rows its next statement may see, when that has changed since the last one.

Of the session, not of a transaction: most reads of a page are in none. So the setting is told anew after every
rollback, which may have taken it back, and the pool takes it from each connection that returns (`wall.lower`).
"""

from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from vernost.core import wall


class DatabaseWrapper(base.DatabaseWrapper):
    # What the session was told; None: a rollback may have taken it back.
    _told: str | None = wall.NOBODY

    def init_connection_state(self) -> None:
        super().init_connection_state()
        self._told = wall.NOBODY

    def create_cursor(self, name: str | None = None) -> Any:  # noqa: ANN401 - as Django has it
        wanted = wall.scope()
        if wanted != self._told and self.connection.info.transaction_status != TransactionStatus.INERROR:
            # Past Django's cursors, that this is no query of the page's own.
            self.connection.execute("SELECT set_config(%s, %s, false)", [wall.SETTING, wanted])
            self._told = wanted
        return super().create_cursor(name)

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]  # not in the stubs
        self._told = None

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # as above
        self._told = None
