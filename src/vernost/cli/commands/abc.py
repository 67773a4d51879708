"""Class the customers of any file of purchases by their share of the money: A, B or C."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vernost.cli import spoken
from vernost.cli.output import emit_report, report_format_option
from vernost.cli.words import translated
from vernost.core.i18n import _

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

NO_LIMITS = _("“%(value)s” are no limits such as 75,95: two whole per cents, the first below the second")
_WHOLE = 100
_ROWS_AT_ONCE = 50_000


class Limits(click.ParamType[tuple[int, int]]):
    """Per cents at which A and B end."""

    name = "A,B"

    def convert(
        self, value: str | tuple[int, int], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        parts = value.split(",")
        if len(parts) != 2 or not all(part.strip().isdecimal() for part in parts):  # noqa: PLR2004 - a pair
            self.fail(translated(NO_LIMITS, value=value), param, ctx)
        first, second = map(int, parts)
        if not 0 < first < second <= _WHOLE:
            self.fail(translated(NO_LIMITS, value=value), param, ctx)
        return first, second


@spoken.command()
@spoken.argument("csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@spoken.option("--limits", type=Limits(), default="75,95", show_default=True, help=_("Per cents at which A and B end."))
@report_format_option
def command(csv: Path, limits: tuple[int, int]) -> None:
    """Class the customers of any file of purchases by their share of the money: A, B or C.

    CSV has an id and an amount a row, or a customer, a date and an amount; all rows of one id are summed. A is who
    stands before 75 % of the money are together, B before 95 %; nought and losses are C.
    """
    from vernost.cli import purchases  # noqa: PLC0415 - engines are slow to load

    with purchases.purchases(csv, needs=("customer_id", "amount")) as con:
        emit_report(None, _rows(purchases.mirror_of(con), limits))


def _rows(backend: "Backend", limits: tuple[int, int]) -> Iterator[Mapping[str, Any]]:
    import ibis  # noqa: PLC0415 - as above

    from vernost.accounts.rules import RuleSettings  # noqa: PLC0415 - as above
    from vernost.core.money import roubles  # noqa: PLC0415 - as above
    from vernost.segments.rules import abc  # noqa: PLC0415 - as above

    settings = replace(RuleSettings(), abc_a_percent=limits[0], abc_b_percent=limits[1])
    visits = backend.table("visits")
    values = visits.group_by("customer_id").aggregate(value=visits.revenue.sum().cast("int64"))
    rows = values.join(backend.table("customers"), "customer_id").select(key="ref", value="value")
    found = backend.to_pyarrow(abc.classes(rows, settings).order_by(ibis.desc("value"), "key"))
    for start in range(0, found.num_rows, _ROWS_AT_ONCE):
        for row in found.slice(start, _ROWS_AT_ONCE).to_pylist():
            share = max(row["value"], 0) / row["total"] if row["total"] else 0.0
            yield {"id": row["key"], "value": roubles(row["value"]), "share": share, "abc": row["abc"]}
