"""Rules written twice, for one value and for a column: ask the second form what it says of a value."""

import functools

import duckdb


def column_of(macros, expression, values):
    """Return the expression, in which `x` is a value, for every value, in order."""
    asked = (
        f"SELECT {expression} FROM (SELECT unnest($values::VARCHAR[]) AS x, unnest(range(len($values))) AS n)"  # noqa: S608 - ours
        " ORDER BY n"
    )
    rows = _connection(tuple(macros)).execute(asked, {"values": list(values)})
    return [row[0] for row in rows.fetchall()]


@functools.cache
def _connection(macros):
    connection = duckdb.connect(":memory:")
    for macro in macros:
        connection.execute(macro)
    return connection
