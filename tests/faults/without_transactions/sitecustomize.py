"""The control of the kills: with this folder on PYTHONPATH every statement of Django is its own transaction.

Work that was whole or not at all becomes work that a kill leaves half done.
"""

import re
from typing import Any

from django.db.backends import utils
from django.db.backends.postgresql import base, features

_SCOPE = re.compile(r"(set_config\([^)]*), true\)", re.IGNORECASE)
_wrapper: Any = base.DatabaseWrapper
_cursor: Any = utils.CursorWrapper
_set_autocommit = _wrapper._set_autocommit
_execute = _cursor.execute


def _always(self, _autocommit):
    _set_autocommit(self, True)  # noqa: FBT003 - Django's own signature


def _single(self, statement, parameters=None):
    """Let what is meant for the length of a transaction hold for the session."""
    if isinstance(statement, str):
        statement = _SCOPE.sub(r"\1, false)", statement.replace("ON COMMIT DROP", ""))
        if statement.lstrip().upper().startswith(("LOCK TABLE", "SET TRANSACTION")):
            return None
    return _execute(self, statement, parameters)


_wrapper._set_autocommit = _always
features.DatabaseFeatures.uses_savepoints = False
_cursor.execute = _single
