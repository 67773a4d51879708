"""Rows of other subjects on their way from one card to another, by the references of `core`; each is noted."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection

from vernost.core.references import Reference, moving
from vernost.core.wall import whole_group_rows

_HAS_TWIN = """EXISTS (SELECT FROM {table} o WHERE o.{column} = {to} AND {others}
                AND ({theirs}) IS NOT DISTINCT FROM ({own}))"""
# A card that has gone on keeps its place for rows of its own, which the undoing of that brings back.
_STANDS = "EXISTS (SELECT FROM customers_customer c WHERE c.id = m.survivor_id AND c.merged_into_id IS NULL)"
_MOVE = """
    WITH moved AS (
        UPDATE {table} t SET {column} = m.survivor_id
          FROM customers_customermerge m
         WHERE m.id = %(merge)s AND t.{column} = m.gone_id AND {free} AND {stands}
        RETURNING {row} AS row)
    INSERT INTO customers_movedrow (merge_id, reference, row)
    SELECT %(merge)s, '{code}', row FROM moved ON CONFLICT DO NOTHING
"""
_PUT_BACK = """
    UPDATE {table} t SET {column} = m.gone_id
      FROM customers_movedrow r JOIN customers_customermerge m ON m.id = r.merge_id
     WHERE r.merge_id = %(merge)s AND r.reference = '{code}' AND {same_row}
       AND t.{column} = m.survivor_id AND {free}
"""
_CARS = """
    SELECT array_agg(DISTINCT t.{vehicle}) FROM {table} t JOIN customers_customermerge m ON m.id = %(merge)s
     WHERE t.{column} = m.gone_id
       AND NOT EXISTS (SELECT FROM {table} o WHERE o.{vehicle} = t.{vehicle} AND o.{column} = m.survivor_id)
"""
_FOLLOW_THE_CAR = """
    UPDATE {table} t SET {column} = m.gone_id
      FROM customers_customermerge m
     WHERE m.id = %(merge)s AND t.{column} = m.survivor_id AND t.{vehicle} = ANY(%(cars)s) AND t.id > %(mark)s
       AND {made_here} AND {free}
"""


def move_rows(merge_id: int) -> int:
    """Give the survivor of a merge what belongs to the other card, but for what it has already; return how much."""
    moved = 0
    with connection.cursor() as cursor:
        for one in moving():
            cursor.execute(_filled(_MOVE, one, to="m.survivor_id"), {"merge": merge_id})
            moved += cursor.rowcount
    return moved


def put_back(merge_id: int) -> None:
    """Give the other card back the rows that the merge has moved and that are still the survivor's."""
    with connection.cursor() as cursor:
        for one in moving():
            cursor.execute(_filled(_PUT_BACK, one, to="m.gone_id"), {"merge": merge_id})


def follow_the_cars(merge_id: int, marks: Mapping[str, int]) -> None:
    """Give the other card what was made here since the merge about cars that are its own."""
    with connection.cursor() as cursor:
        cars: set[int] = set()
        for one in moving():
            if one.owns:
                cursor.execute(_filled(_CARS, one), {"merge": merge_id})
                cars.update(cursor.fetchone()[0] or ())
        for one in moving():
            if one.vehicle and cars and one.code in marks:
                values: dict[str, Any] = {"merge": merge_id, "cars": sorted(cars), "mark": marks[one.code]}
                cursor.execute(_filled(_FOLLOW_THE_CAR, one, to="m.gone_id"), values)


def latest_rows() -> dict[str, int]:
    """Return the largest id of each table whose rows may follow a car."""
    with connection.cursor() as cursor:
        marks = {}
        for one in moving():
            if one.vehicle:
                cursor.execute(f"SELECT coalesce(max(id), 0) FROM {one.table}")  # noqa: S608 - our own name
                marks[one.code] = cursor.fetchone()[0]
    return marks


def merges_with_strays() -> list[int]:
    """Return the standing merges to whose other card something belongs again, oldest first."""
    strays = " UNION ".join(
        _filled(
            """SELECT m.id FROM customers_customermerge m JOIN {table} t ON t.{column} = m.gone_id
                WHERE m.undone_at IS NULL AND {free} AND {stands}""",
            one,
            to="m.survivor_id",
        )
        for one in moving()
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM ({strays}) stray ORDER BY id")  # noqa: S608 - made of our own names
        return [row[0] for row in cursor.fetchall()]


# To whom more belongs in the whole group.
@whole_group_rows()
def belongings(customer_ids: Collection[int]) -> dict[int, int]:
    """Return for each card how many rows of other subjects are its own."""
    found = dict.fromkeys(customer_ids, 0)
    with connection.cursor() as cursor:
        for one in moving():
            cursor.execute(
                f"SELECT {one.column}, count(*) FROM {one.table} WHERE {one.column} = ANY(%s) GROUP BY 1",  # noqa: S608 - our own names
                [list(customer_ids)],
            )
            for customer_id, rows in cursor.fetchall():
                found[customer_id] += rows
    return found


def is_busy(customer_ids: Collection[int], values: Mapping[str, Any]) -> bool:
    """Lock what may stand in the way of a merge; return whether it does."""
    with connection.cursor() as cursor:
        for one in moving():
            if one.busy:
                cursor.execute(one.busy, {**values, "customers": list(customer_ids)})
                if cursor.fetchone():
                    return True
    return False


def _filled(sql: str, one: Reference, to: str = "") -> str:
    own = {alias: ", ".join(f"{alias}.{column}" for column in one.once) for alias in ("o", "t")}
    twin = _HAS_TWIN.format(
        table=one.table,
        column=one.column,
        to=to,
        others=one.once_where.format(t="o"),
        theirs=own["o"],
        own=own["t"],
    )
    return sql.format(
        table=one.table,
        column=one.column,
        code=one.code,
        vehicle=one.vehicle,
        row=" || ',' || ".join(f"t.{column}" for column in one.key) + "::text",
        same_row=_same_row(one),
        made_here="t.source_id IS NULL" if one.imported else "true",
        stands=_STANDS if one.once else "true",
        free=f"NOT ({one.once_where.format(t='t')} AND {twin})" if one.once else "true",
    )


def _same_row(one: Reference) -> str:
    parts = [f"t.{column} = split_part(r.row, ',', {number})::bigint" for number, column in enumerate(one.key, start=1)]
    return " AND ".join(parts)
