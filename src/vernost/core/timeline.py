"""What stands on the timeline of a customer or a car: subjects declare their kinds of items (`<subject>/timeline.py`).

An item is a row that its subject has written already: the timeline stores nothing and changes nothing. A kind is
declared without a database, as SQL of PostgreSQL and a function that puts what the SQL tells into words.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from vernost.core.registry import Registry

Subject = Literal["customer", "vehicle"]

Facts = Mapping[str, Any]
"""What `TimelineKind.facts` tells of a row: values as JSON holds them."""


@dataclass(frozen=True, slots=True)
class Told:
    """An item in words, translated. `opens`: a thing with a card of its own (`order`, `vehicle`, `customer`), its id.

    `details` are titles and values for who opens an item without a card. Without `has_time` only the day is known.
    `zone`: whose clock it is told by, the branch's or the customer's own; empty: the installation's.
    """

    title: str
    text: str = ""
    amount: str = ""
    icon: str = ""
    opens: tuple[str, int] | None = None
    details: Sequence[tuple[str, str]] = field(default=())
    has_time: bool = True
    zone: str = ""


@dataclass(frozen=True, slots=True)
class TimelineKind:
    """A kind of items. `title` is a marked text, in the plural.

    `rows` is a SELECT of id and at (timestamptz) of the rows of table `t`, as of a FROM without WHERE; `t` has the
    columns customer_id or vehicle_id, as `of` says, and branch_id where its `scope` is `branch`: then an item is seen
    by who sees its branch, with `all` by who sees the card, else by who sees its customer. `%(zone)s` is the zone in
    which days without a time begin.
    `facts` is a SELECT of one jsonb for the row `found.id`. `source` is what stands after FROM; `where` limits it.
    Items of a `quiet` kind are shown only to who asks for them. `fields` is the target (`core.custom_fields`) whose
    fields a row has: its page is its card, whatever it opens.
    """

    code: str
    title: str
    icon: str
    source: str
    at: str
    facts: str
    told: Callable[[Facts], Told]
    id: str = "t.id"
    where: str = "true"
    of: frozenset[Subject] = frozenset({"customer"})
    scope: Literal["branch", "customer", "all"] = "customer"
    quiet: bool = False
    fields: str = ""


timeline_kinds: Registry[TimelineKind] = Registry("kinds of timeline items")

BOTH: frozenset[Subject] = frozenset({"customer", "vehicle"})


def day_at(column: str) -> str:
    """SQL for the first moment of a day in the zone of the installation."""
    return f"({column}::timestamp AT TIME ZONE %(zone)s)"


def joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
