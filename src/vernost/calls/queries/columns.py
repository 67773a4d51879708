"""Several reads in one statement: the rows of each come as a JSON list in a column of its own."""

from functools import cache
from typing import Any

from django.db import connection


@cache
def joined(*reads: str, more: str = "") -> str:
    """Write reads as the columns of one statement, each row by its columns' names; `more` are columns as they are."""
    columns = [
        f"(SELECT coalesce(json_agg(part), '[]') FROM ({read}) part)"  # noqa: S608 - our own words
        for read in reads
    ]
    return f"SELECT {', '.join([*columns, *filter(None, [more])])}"


def fetched(statement: str, values: dict[str, Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] = cursor.fetchone()
    return row
