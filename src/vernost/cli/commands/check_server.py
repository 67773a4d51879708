"""Say whether the database runs, of which version it is, and whether its tables fit this Vernost."""

import click
from django.conf import settings

from vernost.cli import spoken
from vernost.cli.database import server, uses_embedded_server
from vernost.cli.output import emit, json_option


@spoken.command()
@json_option
@server()
def command() -> None:
    """Say whether the database runs, of which version it is, and whether its tables fit this Vernost.

    Exit status 0 when everything fits, 1 when `vernost init` or another version is needed.
    """
    from django.db import connection  # noqa: PLC0415 - needs Django awake

    from vernost.cli import installation  # noqa: PLC0415 - as above

    state = installation.state()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('data_checksums')")
        version, checksums = cursor.fetchone()
    emit(
        {
            "server": "embedded" if uses_embedded_server() else "DATABASE_URL",
            "data_dir": settings.DATA_DIR,
            "version": version,
            "data_checksums": checksums,
            "tables": state.word,
            "missing": state.missing,
            "unknown": state.unknown,
        }
    )
    if state.missing or state.unknown:
        raise click.exceptions.Exit(1)
