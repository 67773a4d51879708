"""Count a pivot: any cut of orders and works by any measure, from a request in a file."""

from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import TYPE_CHECKING, Any, TextIO

import click

from vernost.cli import spoken
from vernost.cli.database import database
from vernost.cli.documents import document_of
from vernost.cli.output import dumps, emit_report, report_format_option, wants_json
from vernost.cli.parameters import Day
from vernost.core.i18n import _

if TYPE_CHECKING:
    from vernost.reports.queries.pivot import Answer, Path


@spoken.command()
@spoken.argument("file", metavar=_("FILE"), type=click.File("r", encoding="utf-8-sig"))
@spoken.option("--as-of", type=Day(), help=_("The day; that of the file or today where it is not given."))
@report_format_option
@database()
def command(file: TextIO, as_of: date | None) -> None:
    """Count a pivot: any cut of orders and works by any measure, from a request in a file.

    FILE is a JSON document with rows, columns, measures and filters; - reads it from the standard input.
    """
    from django.utils import timezone  # noqa: PLC0415 - needs Django awake

    from vernost.core import actor  # noqa: PLC0415 - as above
    from vernost.facts import operations as mirror  # noqa: PLC0415 - as above
    from vernost.reports.queries.pivot import answer  # noqa: PLC0415 - as above
    from vernost.reports.rules.pivot import read  # noqa: PLC0415 - as above

    document = document_of(file)
    if as_of is not None and isinstance(document, dict):
        document["as_of"] = as_of.isoformat()
    now = timezone.now()
    request = read(document, as_of=timezone.localdate(now))
    mirror.refresh(now=now)
    found = answer(actor.system("cli"), request)
    cells = list(_cells(found, len(request.rows), len(request.columns)))
    if wants_json():
        click.echo(dumps({"as_of": request.as_of, "rows": cells, "totals": list(_totals(found))}))
    else:
        emit_report(request.as_of, cells)


def _totals(found: "Answer") -> Iterator[dict[str, Any]]:
    """Yield the subtotals, the smallest groups first; a dimension that is summed over is not in the row."""
    request = found.request
    levels = product(range(len(request.rows), -1, -1), range(len(request.columns), -1, -1))
    for rows, columns in levels:
        if (rows, columns) != (len(request.rows), len(request.columns)):
            yield from _cells(found, rows, columns)


def _cells(found: "Answer", rows: int, columns: int) -> Iterator[dict[str, Any]]:
    for row, column in found.cells(rows, columns):
        yield {
            **_keys(found, row, column),
            **{one.code: found.value(one, row, column) for one in found.request.measures},
        }


def _keys(found: "Answer", row: "Path", column: "Path") -> dict[str, Any]:
    from vernost.reports.queries.pivot import key_text  # noqa: PLC0415 - as above

    request = found.request
    pairs = [*zip(request.rows, row, strict=False), *zip(request.columns, column, strict=False)]
    return {one.code: key_text(found, one, key) for one, key in pairs}
