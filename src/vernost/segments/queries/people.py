"""The stored people of a segment, page by page, as an actor sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.core.rights import Sensitive
from vernost.customers import queries as customers
from vernost.customers.models import ContactAddress, Customer
from vernost.segments.models import Segment, SegmentMember, SegmentMove

SIZE = 51
MOST = 100_000
MOVES = {"came": True, "left": False}


@dataclass(frozen=True, slots=True)
class Member:
    """`since`: the day on which he came, or left where those who left are asked for."""

    id: int
    ref: str
    name: str
    sort_key: str
    phone: str
    city: str
    since: date


def people(
    segment: Segment, *, actor: Actor, moves: str = "", on: date, after: str = "", limit: int = SIZE
) -> list[Member]:
    """Return members by name; `moves`: those who came or left on the day instead."""
    rows = _of(segment, actor, moves, on).order_by("sort_key", "pk")
    if after:
        name, _bar, pk = after.rpartition("|")
        rows = rows.extra(
            where=["(customers_customer.sort_key, customers_customer.id) > (%s, %s)"], params=[name, int(pk or 0)]
        )
    found = list(rows.values_list("pk", "external_id", "full_name", "sort_key", "city")[:limit])
    ids = [row[0] for row in found]
    phones, days = _phones(ids), _days(segment, ids, moves, on)
    phones = {pk: sensitive.shown(actor, Sensitive.PHONE, phone) for pk, phone in phones.items()}
    return [
        Member(
            pk,
            ref or "",
            name,
            sort_key,
            phones.get(pk, ""),
            city,
            days.get(pk, on),
        )
        for pk, ref, name, sort_key, city in found
    ]


def key(member: Member) -> str:
    return f"{member.sort_key}|{member.id}"


def count(segment: Segment, *, actor: Actor, moves: str = "", on: date) -> int:
    return _of(segment, actor, moves, on).count()


def refs(segment: Segment, *, actor: Actor, limit: int) -> list[str]:
    """Return the ids of the source of a segment's people, for a list to be called."""
    rows = _of(segment, actor, "", date.min).exclude(external_id=None).order_by("sort_key", "pk")
    return [ref for ref in rows.values_list("external_id", flat=True)[:limit] if ref]


def _of(segment: Segment, actor: Actor, moves: str, on: date) -> QuerySet[Customer]:
    if moves:
        moved = SegmentMove.objects.filter(segment=segment, on=on, came=MOVES[moves])
        return customers.visible_to(actor).filter(pk__in=moved.values("customer_id"))
    return customers.visible_to(actor).filter(
        pk__in=SegmentMember.objects.filter(segment=segment).values("customer_id")
    )


def _phones(ids: Sequence[int]) -> dict[int, str]:
    rows = ContactAddress.objects.filter(customer_id__in=ids, kind="phone", invalid_on=None)
    rows = rows.order_by("customer_id", "position").distinct("customer_id")
    return dict(rows.values_list("customer_id", "value"))


def _days(segment: Segment, ids: Sequence[int], moves: str, on: date) -> dict[int, date]:
    if moves:
        return dict.fromkeys(ids, on)
    return dict(SegmentMember.objects.filter(segment=segment, customer_id__in=ids).values_list("customer_id", "since"))
