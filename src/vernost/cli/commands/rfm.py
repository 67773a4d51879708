"""Score the customers of any file of purchases: how long ago, how often, for how much."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vernost.cli import spoken
from vernost.cli.output import emit_report, report_format_option
from vernost.cli.parameters import Day
from vernost.core.i18n import _

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

_ROWS_AT_ONCE = 50_000


@spoken.command()
@spoken.argument("csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@spoken.option("--as-of", type=Day(), required=True, help=_("The day of the scores."))
@report_format_option
def command(csv: Path, as_of: date) -> None:
    """Score the customers of any file of purchases: how long ago, how often, for how much.

    CSV has a customer, a date and an amount a row. The scores are those of the report `customers`: 1 is best, over the
    customers with a purchase in the last 1095 days.
    """
    from vernost.cli import purchases  # noqa: PLC0415 - engines are slow to load

    with purchases.purchases(csv) as con:
        backend = purchases.mirror_of(con)
        emit_report(as_of, _rows(backend, as_of))


def _rows(backend: "Backend", as_of: date) -> Iterator[Mapping[str, Any]]:
    from vernost.accounts.rules import RuleSettings  # noqa: PLC0415 - as above
    from vernost.core.money import roubles  # noqa: PLC0415 - as above
    from vernost.segments.rules import rfm  # noqa: PLC0415 - as above

    scored = rfm.scores(backend, as_of, RuleSettings())
    named = scored.join(backend.table("customers"), "customer_id").order_by("ref")
    found = backend.to_pyarrow(named)
    for start in range(0, found.num_rows, _ROWS_AT_ONCE):
        for row in found.slice(start, _ROWS_AT_ONCE).to_pylist():
            yield {
                "customer_id": row["ref"],
                "recency": row["recency_days"],
                "frequency": row["frequency"],
                "monetary": roubles(row["monetary"]),
                "r": row["r"],
                "f": row["f"],
                "m": row["m"],
            }
