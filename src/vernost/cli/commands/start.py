"""Serve the product: database, pages, jobs and the night, until Ctrl+C."""

from typing import Any

import click

from vernost.cli import spoken
from vernost.cli.output import emit, json_option, wants_json
from vernost.cli.words import translated
from vernost.core.i18n import _


@spoken.command()
@spoken.option("--host", default="127.0.0.1", show_default=True, help=_("The address to listen on; 0.0.0.0 for all."))
@spoken.option("--port", type=click.IntRange(1, 65535), help=_("The port; without it the first free one from 8000 on."))
@spoken.option("--workers", type=click.IntRange(1), help=_("Web processes; without it one per processor core."))
@json_option
def command(host: str, port: int | None, workers: int | None) -> None:
    """Serve the product: database, pages, jobs and the night, until Ctrl+C.

    Whatever is missing is made first: the data folder, the database, the first administrator. With
    --json one document is printed when the first page is served.
    """
    from vernost.cli.serving import run  # noqa: PLC0415 - the web server's libraries are slow to import

    run.run(host=host, port=port, workers=workers, on_ready=_tell)


def _tell(running: dict[str, Any]) -> None:
    if wants_json():
        emit(running)
        return
    click.echo(translated(_("Vernost is ready: %(address)s   (Ctrl+C stops it)"), address=running["address"]))
    administrator = running["administrator"]
    if administrator:
        click.echo(translated(_("Sign in as %(login)s"), login=administrator["login"]))
        if administrator["password"]:
            words = _("with the password %(password)s, to be changed at once")
            click.echo(translated(words, password=administrator["password"]))
