"""Serve only the pages: a part of `start`, for several machines."""

import multiprocessing
import os
import sys
from contextlib import nullcontext

import click
from django.conf import settings

from vernost import embedded
from vernost.cli import spoken
from vernost.cli.database import database, uses_embedded_server
from vernost.cli.failures import failures_as_words
from vernost.cli.serving import address, parent, web
from vernost.cli.words import say
from vernost.core.i18n import _


@spoken.command()
@spoken.option("--host", default="127.0.0.1", show_default=True, help=_("The address to listen on; 0.0.0.0 for all."))
@spoken.option("--port", type=click.IntRange(1, 65535), help=_("The port; without it the first free one from 8000 on."))
@spoken.option("--workers", type=click.IntRange(1), help=_("Web processes; without it one per processor core."))
def command(host: str, port: int | None, workers: int | None) -> None:
    """Serve only the pages: a part of `start`, for several machines."""
    if not parent.is_supervised():
        _prepare_beside()
    # Django's settings are read after this line: pages have the role that owns nothing.
    os.environ["VERNOST_DATABASE_ROLE"] = embedded.APP_ROLE
    with embedded.ensure(settings.DATA_DIR) if uses_embedded_server() else nullcontext():
        if parent.is_supervised() and port:
            # Who supervises us keeps the port.
            parent.end_with_parent()
            web.serve(address.Address(host, port), workers)
            return
        with address.reserved(host, port) as reserved:
            say(_("Pages are served at %(address)s"), address=reserved.url)
            web.serve(reserved, workers)


def _prepare_beside() -> None:
    """Check the tables and copy static files in a process of its own: the web's are forked from this one."""
    child = multiprocessing.get_context("fork").Process(target=_prepare)
    child.start()
    child.join()
    if child.exitcode:
        sys.exit(child.exitcode)


def _prepare() -> None:
    try:
        with failures_as_words(), database():
            from vernost.cli import installation  # noqa: PLC0415 - needs Django awake

            installation.collect_static_files()
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
