"""Open the demo dealership: files, import, the weeks before today, the night, and the product in the browser."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import click

from vernost.cli import spoken
from vernost.cli.words import say
from vernost.core.actor import system
from vernost.core.i18n import _

CUSTOMERS = 3_000
SEED = 1
SOURCE = "demo"
MARK = "opened"


@spoken.command()
@spoken.option("--host", default="127.0.0.1", show_default=True, help=_("The address to listen on."))
@spoken.option("--port", type=click.IntRange(1, 65535), help=_("The port; without it the first free one from 8000 on."))
@spoken.option("--prepare-only", is_flag=True, help=_("Load everything, but do not serve."))
def command(host: str, port: int | None, prepare_only: bool) -> None:
    """Open the demo dealership: files, import, the weeks before today, the night, and the product in the browser.

    What is already there is not made again: delete the data folder for a new dealership.
    """
    _prepare()
    _tell_logins()
    if not prepare_only:
        from vernost.cli.serving import run  # noqa: PLC0415 - the web server's libraries are slow to import

        run.run(host=host, port=port, workers=None, on_ready=_tell_address)


def _prepare() -> None:
    from vernost.cli.database import server  # noqa: PLC0415 - needs the environment of the command

    with server():
        from django.conf import settings  # noqa: PLC0415 - needs Django awake
        from django.utils import timezone  # noqa: PLC0415 - as above

        from vernost.accounts import operations as accounts  # noqa: PLC0415 - as above
        from vernost.automation.operations import nights  # noqa: PLC0415 - as above
        from vernost.cli import importing, installation, season  # noqa: PLC0415 - as above
        from vernost.cli.season import people  # noqa: PLC0415 - as above
        from vernost.customers import operations as customers  # noqa: PLC0415 - as above

        folder = Path(settings.DATA_DIR) / "demo"
        installation.prepare()
        accounts.ensure_administrator(
            username=installation.ADMINISTRATOR, password=people.PASSWORD, actor=system("demo"), now=timezone.now()
        )
        if (folder / MARK).exists():
            return
        today = date.today()  # noqa: DTZ011 - the calendar of this machine
        _write_files(folder, today)
        _import(folder)
        people.ensure_people()
        # In this process: an import or a night of its own would load the engines anew each time.
        season.play(
            today=today,
            folder=folder,
            seed=SEED,
            import_files=lambda export: importing.bring_in(export, SOURCE),
            tell=_tell_week,
        )
        nights.run_night(as_of=today, actor=system("demo"), now=timezone.now())
        customers.ask_for_duplicates(actor=system("demo"), now=timezone.now())
        (folder / MARK).write_text(f"{today}\n", encoding="ascii")


def _write_files(folder: Path, today: date) -> None:
    from vernost import demo  # noqa: PLC0415 - numpy is slow to load

    say(_("A dealer group of %(count)s customers is invented"), count=CUSTOMERS)
    demo.generate(customers=CUSTOMERS, seed=SEED, until=today, out=folder)


def _import(folder: Path) -> None:
    """Load the dealership as everybody would: by a command."""
    words = ["import", str(folder), "--source", SOURCE]
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "vernost", *words], capture_output=True, check=False, text=True, encoding="utf-8"
    )
    if done.returncode:
        raise click.ClickException(f"vernost {' '.join(words)}\n{done.stderr}")


def _tell_week(week: int, weeks: int) -> None:
    say(_("Weeks before today are played: %(week)d of %(weeks)d"), week=week, weeks=weeks)


def _tell_logins() -> None:
    from vernost.cli.season import people  # noqa: PLC0415 - needs Django awake

    say(_("The demo's logins, all with the password %(password)s:"), password=people.PASSWORD)
    for username in ("admin", *(login.username for login in people.LOGINS)):
        say("  %(login)s", login=username)
    say(_("The demo asks for no second step of the sign-in; an installation of your own does (Settings, Roles)"))


def _tell_address(running: dict[str, str]) -> None:
    say(_("The demo dealership is open: %(address)s   (Ctrl+C closes it)"), address=running["address"])
