"""Attributes of customers: what the conditions of a segment ask about, by what they are about.

An attribute is one definition: an Ibis expression over tables of the mirror, the same on every engine,
for any day. It imports no Django. Where an expression is too slow to be waited for, `fast` is a second
way to the same values, over the arrays of the mirror; a test holds the two together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from vernost.accounts.rules import RuleSettings
from vernost.core.fact_table import Tables
from vernost.core.i18n import _
from vernost.core.registry import Registry
from vernost.segments.rules.tree import Condition
from vernost.segments.rules.values import Type

if TYPE_CHECKING:
    import numpy as np
    from ibis.expr.types import Table
    from numpy.typing import NDArray

    from vernost.facts.arrays import Arrays

GROUPS: Mapping[str, str] = {
    "customer": _("Customer"),
    "vehicle": _("Car"),
    "visits": _("Visits and money"),
    "lines": _("Works and parts"),
    "value": _("State and value"),
    "contacts": _("Contacts and consents"),
    "invitations": _("Invitations"),
    "deals": _("Purchases of cars"),
    "segments": _("Segments"),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What a definition asks: the tables, the day, the numbers of the rules, the people of other segments."""

    tables: Tables
    as_of: date
    settings: RuleSettings
    people_of: "Callable[[str], Table]"

    def table(self, name: str) -> "Table":
        return self.tables.table(name)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a fast way works on. `branches`: the codes of the branches whose rows may be looked at, None: all."""

    arrays: "Arrays"
    as_of: date
    branches: "NDArray[np.bool_] | None"
    branch_codes: Callable[[tuple[str, ...]], list[int]]
    """Codes of branches by the ids that people know."""


@dataclass(frozen=True, slots=True)
class Option:
    """What a condition may say about the attribute besides its value; a list of `choices`."""

    title: str
    choices: str
    required: bool = False


Rows = Callable[[Known, Condition], "Table"]
Fast = Callable[[Ground, Condition], "NDArray[Any]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """`rows` gives `customer_id` and `value`: money in kopecks, a decimal in hundredths, a choice as its code.

    A customer may have several rows where `many`: a condition holds if it holds for one of them. Of a
    customer without a row `absent` is known, or nothing. `choices` names a list of `attributes.choices`.
    `fast` gives the values of all customers by dense number: of a day `NO_DAY` is none, of numbers 0.
    """

    code: str
    title: str
    group: str
    type: Type
    rows: Rows
    choices: str = ""
    unit: str = ""
    many: bool = False
    dated: bool = False
    absent: int | bool | None = None
    options: Mapping[str, Option] = field(default_factory=dict)
    fast: Fast | None = None
    about: str = ""

    @property
    def required(self) -> frozenset[str]:
        return frozenset(code for code, option in self.options.items() if option.required)


attributes: Registry[Attribute] = Registry("segment attributes")


def discover() -> Mapping[str, Attribute]:
    """Return all attributes by code, in the order in which a person meets them."""
    attributes.discover(__name__)
    order = list(GROUPS)
    return {one.code: one for one in sorted(attributes, key=lambda one: order.index(one.group))}
