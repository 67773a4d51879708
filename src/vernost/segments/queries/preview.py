"""What the builder shows after each edit: how many fit each condition and in all, ten of them, what they brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from vernost.core.actor import Actor
from vernost.customers.models import Customer
from vernost.segments.queries import saved as segments
from vernost.segments.queries.known import check_askable
from vernost.segments.rules.tree import Group, Node

ROWS = 50


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    name: str
    ref: str
    kind: str


@dataclass(frozen=True, slots=True)
class Preview:
    """`counts` are by `id` of the rule's nodes, the rule itself included. Money in kopecks, of the last 12 months."""

    total: int
    base: int
    counts: Mapping[int, int]
    revenue: int
    people: Sequence[Person]
    version: str

    def count(self, node: Node) -> int:
        return self.counts[id(node)]


def preview(rule: Group, *, actor: Actor, on: date, rows: int = ROWS) -> Preview:
    """Return what a rule finds now; the people are those who brought most, and only whom the actor sees."""
    from vernost.segments.queries import masks  # noqa: PLC0415 - a list of segments must not wait for the engines
    from vernost.segments.queries.ground import grounds  # noqa: PLC0415 - as above

    check_askable(rule, actor)
    standing = grounds.of(actor, on)
    counts: dict[int, int] = {}
    found = standing.bits(rule, segments.catalogue(), counts)
    ids, revenue = standing.best(found, rows)
    return Preview(
        total=counts[id(rule)],
        base=masks.count_of(standing.everybody),
        counts=counts,
        revenue=revenue,
        people=people(ids),
        version=standing.mirror.version,
    )


def people(ids: Sequence[int]) -> list[Person]:
    """Return customers in the order of their ids given; who is no longer there is left out."""
    found = {
        pk: Person(pk, name, ref or "", kind)
        for pk, name, ref, kind in Customer.objects.filter(pk__in=ids).values_list(
            "pk", "full_name", "external_id", "kind"
        )
    }
    return [found[one] for one in ids if one in found]
