"""Write the star as Parquet files, for an outside BI tool."""

import time
from pathlib import Path

import click

from vernost.cli import spoken
from vernost.cli.database import database
from vernost.cli.output import emit, json_option
from vernost.cli.words import say
from vernost.core.i18n import _


@spoken.command()
@spoken.argument("folder", metavar=_("FOLDER"), type=click.Path(file_okay=False, path_type=Path))
@json_option
@database()
def command(folder: Path) -> None:
    """Write the star as Parquet files, for an outside BI tool.

    FOLDER is replaced as a whole when every file is written; one with other files in it is refused.
    """
    from django.utils import timezone  # noqa: PLC0415 - needs Django awake

    from vernost.cli.taken import note  # noqa: PLC0415 - as above
    from vernost.facts import export  # noqa: PLC0415 - as above
    from vernost.facts import operations as mirror  # noqa: PLC0415 - as above

    started = time.monotonic()
    mirror.refresh(now=timezone.now())
    rows = export.export(folder, tell=_tell)
    note(rows=rows["customers"])
    files = [{"file": f"{name}.parquet", "rows": count} for name, count in rows.items()]
    emit({"folder": folder, "files": files, "seconds": round(time.monotonic() - started, 1)})


def _tell(name: str, number: int, of: int) -> None:
    say(_("%(number)d of %(of)d: %(name)s"), number=number, of=of, name=name)
