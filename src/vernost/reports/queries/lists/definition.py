"""What a long list of records is: its columns, its filters, its order."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db.models import Q, QuerySet

from vernost.core.actor import Actor
from vernost.core.custom_fields import FieldTarget, targets

ColumnKind = Literal["text", "phone", "plate", "day", "money", "count", "km", "flag", "cars", "customer", "word"]
FilterKind = Literal["choice", "flag", "text", "days", "numbers"]
Cell = Any
"""A value of a column, of its kind: a text, a day, an amount, of `customer` his id and name."""


@dataclass(frozen=True, slots=True)
class ListColumn:
    """`sort` is the field of the model that an index gives in order; empty: nobody sorts by it. `title` is marked.

    `words` are marked texts for codes.
    """

    code: str
    title: str
    kind: ColumnKind = "text"
    sort: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListFilter:
    """`where` makes the condition of what the address says: a text, or (from, to) of `days` and `numbers`.

    `choices` are codes with their titles; `marked`: the titles are marked texts.
    """

    code: str
    title: str
    kind: FilterKind
    where: Callable[[Any], Q]
    choices: Callable[[Actor], Sequence[tuple[str, str]]] = lambda _actor: ()
    marked: bool = False


Rows = Mapping[int, Mapping[str, Cell]]


@dataclass(frozen=True, slots=True)
class RecordList:
    """`visible_to` gives the records that an actor sees, `read` the cells of some of them, by column.

    `search` finds records by a text, best first, if the list can be searched.
    """

    code: str
    title: str
    target: str
    visible_to: "Callable[[Actor], QuerySet[Any]]"
    read: Callable[[Collection[int], Collection[str], Actor], Rows]
    columns: tuple[ListColumn, ...]
    filters: tuple[ListFilter, ...]
    usual: tuple[str, ...]
    order: str
    search: "Callable[[str, Actor, int], list[int]] | None" = None

    @property
    def field_target(self) -> FieldTarget:
        return targets[self.target]

    def column(self, code: str) -> ListColumn | None:
        return next((one for one in self.columns if one.code == code), None)


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody looks at a list. `sort` is a code of a column, with a minus from the end.

    `filters` map the code of a filter or a field to what is asked of it: a text, or `code.from` and `code.to`.
    """

    columns: tuple[str, ...]
    sort: str
    filters: Mapping[str, str]
    text: str = ""


def between(name: str, low: Any, high: Any) -> Q:  # noqa: ANN401 - of the field's type
    found = Q()
    if low is not None:
        found &= Q(**{f"{name}__gte": low})
    if high is not None:
        found &= Q(**{f"{name}__lte": high})
    return found
