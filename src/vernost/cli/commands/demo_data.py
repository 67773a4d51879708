"""Write the files of an invented dealer group, and the truth about it, into a folder."""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import click

from vernost.cli import spoken
from vernost.cli.output import emit, json_option
from vernost.cli.parameters import Day
from vernost.cli.words import say, translated
from vernost.core.i18n import _

CUSTOMERS = 3_000
TRUTH = "truth"
OUT_OF_RANGE = _("The last day must lie between %(earliest)s and %(latest)s.")
FOLDER_IN_USE = _("%(folder)s holds other files. Name an empty folder, or one of an earlier demo dealership.")
CANNOT_WRITE = _("The files could not be written: %(error)s")
WRITTEN = _("Written: %(percent)d %%")


@spoken.command()
@spoken.option(
    "--customers", type=click.IntRange(min=1), default=CUSTOMERS, show_default=True, help=_("How many cards.")
)
@spoken.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help=_("Another number, another dealership.")
)
@spoken.option(
    "--out",
    type=click.Path(file_okay=False, writable=True, path_type=Path),
    required=True,
    help=_("The folder; it is made where there is none."),
)
@spoken.option(
    "--until",
    type=Day(),
    help=_("The last day of the history; today where it is not given."),
)
@json_option
def command(customers: int, seed: int, out: Path, until: date | None) -> None:
    """Write the files of an invented dealer group, and the truth about it, into a folder.

    The files are those that `vernost import` reads. The folder `truth` beside them tells what an analyst
    should find out. The same arguments give the same bytes.
    """
    from vernost import demo  # noqa: PLC0415 - numpy is slow to load

    last_day = until or date.today()  # noqa: DTZ011 - the calendar of this machine
    if not demo.EARLIEST <= last_day <= demo.LATEST:
        raise click.BadParameter(translated(OUT_OF_RANGE, earliest=demo.EARLIEST, latest=demo.LATEST))
    if out.exists() and any(out.iterdir()) and not (out / TRUTH).is_dir():
        # A dealer's own export has the same file names; it must not be overwritten by a slip of the finger.
        raise click.BadParameter(translated(FOLDER_IN_USE, folder=out))
    started = time.monotonic()
    try:
        demo.generate(customers=customers, seed=seed, until=last_day, out=out, progress=_teller())
    except OSError as error:
        raise click.ClickException(translated(CANNOT_WRITE, error=error)) from error
    seconds = round(time.monotonic() - started, 1)
    emit({"out": out, "customers": customers, "seed": seed, "until": last_day, "seconds": seconds})


def _teller() -> Callable[[str, float], None]:
    """Tell every tenth of the work."""
    told = 0

    def tell(_part: str, share: float) -> None:
        nonlocal told
        if share * 10 >= told + 1:
            told = int(share * 10)
            say(WRITTEN, percent=round(share * 100))

    return tell
