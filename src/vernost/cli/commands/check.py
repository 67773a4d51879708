"""Ask whether the data hold together; print what does not and exit 1."""

import sys

from vernost.cli import spoken
from vernost.cli.database import database
from vernost.cli.output import emit, json_option, wants_json
from vernost.cli.words import say, translated
from vernost.core.i18n import _


@spoken.command()
@json_option
@database()
def command() -> None:
    """Ask whether the data hold together; print what does not and exit 1."""
    from vernost.automation import catalogue  # noqa: PLC0415 - needs Django awake
    from vernost.automation.queries import work as queries  # noqa: PLC0415 - as above

    breaches = queries.breaches()
    if wants_json():
        rows = [
            {"invariant": each.invariant, "title": translated(each.title), "count": each.count, "rows": each.rows}
            for each in breaches
        ]
        emit({"invariants": len(catalogue.discover()), "breaches": rows})
    else:
        for breach in breaches:
            emit({breach.invariant: translated(breach.title), "count": breach.count, "rows": breach.rows})
        if not breaches:
            say(_("%(count)d invariants hold"), count=len(catalogue.discover()))
    if breaches:
        sys.exit(1)
