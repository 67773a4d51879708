"""Make the data folder, the database and the first administrator; safe to repeat after an update."""

from django.conf import settings

from vernost.cli import spoken
from vernost.cli.database import server
from vernost.cli.output import emit, json_option


@spoken.command()
@json_option
@server()
def command() -> None:
    """Make the data folder, the database and the first administrator; safe to repeat after an update.

    The administrator's password is VERNOST_ADMIN_PASSWORD, or a random one that is printed once and
    has to be changed at the first sign-in.
    """
    from vernost.cli import installation  # noqa: PLC0415 - needs Django awake

    installation.prepare()
    emit({"data_dir": settings.DATA_DIR, "administrator": installation.make_first_administrator()})
