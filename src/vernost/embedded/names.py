"""Names inside the server, the same on every installation."""

from typing import Final

DATABASE: Final = "vernost"
OWNER_ROLE: Final = "vernost_owner"
APP_ROLE: Final = "vernost_app"
# Reads the views for outside tools and nothing else; an administrator lets it sign in.
BI_ROLE: Final = "vernost_bi"
# The administrator of the server itself; reachable only through the socket in a closed folder.
SUPERUSER: Final = "postgres"
# No TCP port is opened: the number is part of the socket's file name.
PORT: Final = 5432
MAJOR_VERSION: Final = 18
