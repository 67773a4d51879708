"""The PostgreSQL server that Vernost brings along: found, made, started and stopped by any command.

`with ensure(data_dir) as connection:` is all that a caller needs.
"""

from vernost.embedded.errors import EmbeddedServerError
from vernost.embedded.layout import socket_folder
from vernost.embedded.names import APP_ROLE, DATABASE, OWNER_ROLE, SUPERUSER
from vernost.embedded.server import Connection, Server, ensure, make_data_dir

__all__ = [
    "APP_ROLE",
    "DATABASE",
    "OWNER_ROLE",
    "SUPERUSER",
    "Connection",
    "EmbeddedServerError",
    "Server",
    "ensure",
    "make_data_dir",
    "socket_folder",
]
