"""List the rows that imports could not take: file, line, column, value, reason."""

from collections.abc import Iterator

import click

from vernost.cli import spoken
from vernost.cli.database import database
from vernost.cli.output import dumps, emit_report, json_option, wants_json
from vernost.cli.words import translated

_AT_ONCE = 5000


@spoken.command()
@json_option
@database()
def command() -> None:
    """List the rows that imports could not take: file, line, column, value, reason.

    With --json: {"rows": [...]}, where `reason` is a code and `text` says it in words.
    """
    if not wants_json():
        emit_report(None, _rows())
        return
    click.echo('{"rows": [', nl=False)
    for number, row in enumerate(_rows()):
        click.echo((",\n" if number else "\n") + dumps(row), nl=False)
    click.echo("]}")


def _rows() -> Iterator[dict[str, object]]:
    from vernost.intake import queries  # noqa: PLC0415 - needs Django awake
    from vernost.intake.rules.reasons import REASON_TEXTS, Reason  # noqa: PLC0415 - as above

    after = 0
    while rows := queries.quarantine(wanted=queries.QuarantineFilter(), after=after, limit=_AT_ONCE):
        for row in rows:
            yield {
                "file": row.file,
                "line": row.line,
                "column": row.column,
                "value": row.value,
                "reason": row.reason,
                "text": translated(REASON_TEXTS[Reason(row.reason)]),
                "kind": row.kind,
                "id": row.key,
            }
        after = rows[-1].id
