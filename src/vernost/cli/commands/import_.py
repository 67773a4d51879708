"""Bring a dealer's files in: a folder, a ZIP or one file of the exchange format."""

import time
from pathlib import Path

import click

from vernost.cli import spoken
from vernost.cli.database import database
from vernost.cli.failures import UnreadableInputError
from vernost.cli.output import emit, json_option
from vernost.cli.words import say, translated
from vernost.core.i18n import _

# The owner of the machine may unpack what he likes; a page may not.
_UNPACKED_MB = 50_000
_FILES = 1000


@spoken.command()
@spoken.argument("path", metavar=_("PATH"), type=click.Path(path_type=Path))
@spoken.option(
    "--source", default="dms", show_default=True, metavar=_("NAME"), help=_("The system that the files come from.")
)
@spoken.option("--dry-run", is_flag=True, help=_("Show what would change; write nothing."))
@spoken.option(
    "--max-unpacked-mb",
    type=click.IntRange(1),
    default=_UNPACKED_MB,
    show_default=True,
    help=_("Refuse an archive that is larger when it is unpacked."),
)
@json_option
@database()
def command(path: Path, source: str, dry_run: bool, max_unpacked_mb: int) -> None:
    """Bring a dealer's files in: a folder, a ZIP or one file of the exchange format.

    An import that was stopped or killed is run again: what is in already counts as the same.
    """
    from vernost.cli import importing  # noqa: PLC0415 - needs Django awake
    from vernost.intake import operations  # noqa: PLC0415 - as above

    began = time.monotonic()
    limits = operations.Limits(files=_FILES, unpacked=max_unpacked_mb * operations.MEBIBYTE)
    try:
        run = importing.bring_in(path, source, dry_run=dry_run, limits=limits, progress=_tell)
    except operations.Unreadable as failure:
        raise UnreadableInputError(translated(failure.text, **failure.values)) from failure
    emit(_summary(run.pk, time.monotonic() - began))


def _tell(name: str, share: float) -> None:
    say(_("%(name)s: %(percent)d%%"), name=name, percent=int(share * 100))


def _summary(run_id: int, seconds: float) -> dict[str, object]:
    from vernost.intake import queries  # noqa: PLC0415 - needs Django awake
    from vernost.intake.rules.reasons import WARNING_TEXTS, Warning  # noqa: PLC0415, A004 - as above

    page = queries.run_page(run_id)
    for file in page.files:
        for warning in file.warnings:
            words = translated(WARNING_TEXTS[Warning(warning["code"])])
            click.echo(f"{file.name}: {words} ({warning['count']})", err=True)
    if page.taken:
        say(_("Rows of earlier imports that could be taken now: %(count)d"), count=page.taken)
    files = [
        {
            "file": file.name,
            "new": file.new,
            "changed": file.changed,
            "same": file.same,
            "quarantined": file.quarantined,
        }
        for file in page.files
        if file.kind
    ]
    return {"files": files, "seconds": round(seconds, 2)}
