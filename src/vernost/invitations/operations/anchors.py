"""Anchors that hold the id of an order follow the way in which ids are told."""

from django.db import connection, transaction

from vernost.accounts.source_ids import OWN
from vernost.core.wall import whole_group_rows

_ORDER = "order:"
_OF_SOURCE = "anchor ^@ %(order)s AND NOT anchor ^@ %(made_here)s"


@whole_group_rows()
@transaction.atomic
def name_source_of_orders(*, code: str) -> None:
    """Put the source before the ids of orders in all anchors; for the moment when its ids get it everywhere.

    Else every cycle that hangs on an order would be another one: its people would be invited again,
    and drawn again into the control group.
    """
    values: dict[str, str | int] = {
        "order": _ORDER,
        "made_here": f"{_ORDER}{OWN}:",
        "named": f"{_ORDER}{code}:",
        "rest": len(_ORDER) + 1,
    }
    with connection.cursor() as cursor:
        for table in ("invitations_cycle", "invitations_invitation", "invitations_decision"):
            cursor.execute(
                f"UPDATE {table} SET anchor = %(named)s || substr(anchor, %(rest)s) WHERE {_OF_SOURCE}",  # noqa: S608 - our own names
                values,
            )
