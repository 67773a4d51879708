"""One customer's row of the report `customers`."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from vernost.core.actor import Actor
from vernost.core.money import roubles

_AMOUNTS = ("revenue", "margin", "cumulative_margin")


def figures_of(customer_id: int, *, as_of: date, actor: Actor) -> Mapping[str, Any]:
    """Return the columns of the report; scores and classes are those among everybody whom the actor sees.

    `Customer.DoesNotExist` for one who came after the newest mirror.
    """
    from vernost import facts  # noqa: PLC0415 - half a second that a web process spends when asked
    from vernost.customers.models import Customer  # noqa: PLC0415 - as above
    from vernost.reports.asked import Asked  # noqa: PLC0415 - as above
    from vernost.reports.catalogue.customers import customer_figures  # noqa: PLC0415 - as above

    asked = Asked(facts.connect(), actor, as_of)
    figures = customer_figures(asked)
    rows = asked.rows(figures.filter(figures.customer_id == customer_id))
    if not rows:
        raise Customer.DoesNotExist
    row = rows[0]
    money = {column: roubles(row[column]) for column in _AMOUNTS}
    return {**row, **money, "risks": row["risks"] or []}
