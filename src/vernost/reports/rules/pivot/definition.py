"""What a cell of a pivot is, said once for every engine: groups of the star and their measures.

The pages walk arrays of the same star instead (`reports.queries.pivot`); a test holds the two equal.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vernost.core.fact_table import Tables
from vernost.reports.rules.pivot import star
from vernost.reports.rules.pivot.dimensions import Dimension
from vernost.reports.rules.pivot.measures import MEASURES, Measure
from vernost.reports.rules.pivot.request import Filter, Request

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table, Value


def cells(
    tables: Tables,
    request: Request,
    by: Sequence[Dimension],
    measures: Sequence[Measure] = tuple(MEASURES.values()),
    *,
    members: "Table | None" = None,
) -> "Table":
    """Return a row for each combination of the keys of `by` (columns by their codes), with the measures.

    `members` (customer_id): only these customers' orders.
    """
    rows = chosen(tables, request, members=members)
    keys = {dimension.code: key_of(rows, dimension) for dimension in by}
    figures = {f"_{measure.code}": measure.of(rows) for measure in measures}
    found = rows.group_by(**keys).aggregate(**figures) if keys else rows.aggregate(**figures)
    return found.rename({measure.code: f"_{measure.code}" for measure in measures})


def chosen(tables: Tables, request: Request, *, members: "Table | None" = None) -> "Table":
    """Return the rows of the star that a request counts."""
    rows = star.lines(tables) if request.of_lines else star.orders(tables)
    rows = rows.filter(rows.on.between(request.start, request.end_known))
    for one in request.filters:
        rows = rows.filter(_passes(rows, one))
    return rows if members is None else rows.semi_join(members, "customer_id")


def key_of(rows: "Table", dimension: Dimension) -> "Value":
    column = rows[dimension.column]
    return column if dimension.key is None else dimension.key(column)


def _passes(rows: "Table", one: Filter) -> "BooleanValue":
    import ibis  # noqa: PLC0415 - half a second that a process without figures saves

    key = key_of(rows, one.dimension)
    known = [value for value in one.keys if value is not None]
    # Ids come as texts from files and addresses.
    inside = (
        (key.cast("string") if key.type().is_integer() else key).isin(known) if known else key.isnull() & key.notnull()
    )
    inside = ibis.coalesce(inside, ibis.literal(value=False))
    if None in one.keys:
        inside |= key.isnull()
    return ~inside if one.without else inside
