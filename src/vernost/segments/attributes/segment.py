"""Membership of another segment."""

from typing import TYPE_CHECKING

from vernost.core.i18n import _
from vernost.segments.attributes import Attribute, Known, attributes
from vernost.segments.rules.tree import SEGMENT, Condition
from vernost.segments.rules.values import Type

if TYPE_CHECKING:
    from ibis.expr.types import Table


def _memberships(known: Known, condition: Condition) -> "Table":
    import ibis  # noqa: PLC0415 - a list of attributes must not wait for Ibis

    people = [known.people_of(code).mutate(value=ibis.literal(code)) for code in condition.value or ()]
    return ibis.union(*people) if len(people) > 1 else people[0]


attributes.add(
    Attribute(
        code=SEGMENT,
        title=_("Is in the segment"),
        group="segments",
        type=Type.CHOICE,
        choices="segments",
        rows=_memberships,
        many=True,
    )
)
