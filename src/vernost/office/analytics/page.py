"""What every analytics page has: its tables, a sentence to act on, a chart where a table does not tell it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from vernost.office.analytics.chosen import Chosen
from vernost.office.analytics.tables import Table
from vernost.reports.queries.analytics.look import Base


@dataclass(frozen=True, slots=True)
class Select:
    name: str
    title: str
    options: Sequence[tuple[str, str]]
    chosen: str


@dataclass(frozen=True, slots=True)
class Insight:
    """A sentence about the figures, and the people whom it is about."""

    words: str
    url: str
    action: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`kind` and `data` are of assets/js/charts.js; `label` says in words what it shows, `axis` where it begins."""

    title: str
    kind: str
    data: Any
    label: str
    axis: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """`with_day`, `with_period` and `with_segment`: which filters the page heeds beside the branch."""

    title: str
    tables: Sequence[Table]
    intro: str = ""
    insight: Insight | None = None
    chart: Chart | None = None
    selects: Sequence[Select] = ()
    with_day: bool = True
    with_period: bool = False
    with_segment: bool = True
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is built of: the base at a look, its addresses, the rest of the query, names of branches."""

    base: Base
    chosen: Chosen
    query: QueryDict
    branches: dict[int, str]

    def option(self, name: str, title: str, options: dict[str, str]) -> Select:
        """Return a choice of the page; what is wrong in the address is its first."""
        wanted = self.query.get(name, "")
        return Select(name, title, list(options.items()), wanted if wanted in options else next(iter(options)))
