"""News for open pages: a word through PostgreSQL's NOTIFY, heard by the one LISTEN of each web process.

Only a topic travels (`branch:3`); a page that cares asks the server for its fragment again.
"""

from django.db import connection

CHANNEL = "vernost_live"


def announce(topic: str) -> None:
    """Tell open pages that something about `topic` has changed; sent when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, topic])
