"""Saved segments as the list shows them, and the people of one as a file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.actor import Actor
from vernost.reports.exports import Column, Sheet
from vernost.segments.models import Segment
from vernost.segments.queries import saved
from vernost.segments.queries.people import Member
from vernost.segments.queries.saved import SizeOn


@dataclass(frozen=True, slots=True)
class ShownSegment:
    segment: Segment
    own: bool
    owner: str
    sizes: Sequence[int]
    last: SizeOn | None

    @property
    def change(self) -> int:
        return self.last.came - self.last.left if self.last else 0


def shown(actor: Actor) -> list[ShownSegment]:
    rows = list(saved.visible_to(actor).select_related("owner").order_by("title", "pk"))
    histories = saved.histories([row.pk for row in rows])
    return [
        ShownSegment(
            segment=row,
            own=row.owner_id in {None, actor.user_id},
            owner=row.owner.display_name if row.owner else "",
            sizes=[one.size for one in histories.get(row.pk, ())],
            last=histories[row.pk][-1] if row.pk in histories else None,
        )
        for row in rows
    ]


def sheet(title: str, rows: Iterable[Member]) -> Sheet:
    columns = [
        Column(gettext("Customer")),
        Column(gettext("Id")),
        Column(gettext("Phone")),
        Column(gettext("City")),
        Column(gettext("In the segment since"), "day"),
    ]
    return Sheet(
        title,
        columns,
        [(row.name, row.ref, formats.phone(row.phone) if row.phone else "", row.city, row.since) for row in rows],
    )
