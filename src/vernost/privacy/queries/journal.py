"""Reads of the journal of erasures."""

from dataclasses import dataclass
from datetime import datetime

from vernost.privacy.models import Erasure


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """An erasure as pages and its act show it; `who` is who did it."""

    id: int
    at: datetime
    who: str
    reason: str
    document: str
    customers: list[int]
    vehicles: list[int]
    counts: dict[str, int]
    mirror_cleaned_at: datetime | None

    @property
    def rows(self) -> int:
        return sum(self.counts.values())


def erasures(*, limit: int = 200) -> list[ErasureRow]:
    """Return the latest first."""
    return [_row(one) for one in Erasure.objects.select_related("user").order_by("-pk")[:limit]]


def erasure(erasure_id: int) -> ErasureRow:
    return _row(Erasure.objects.select_related("user").get(pk=erasure_id))


def _row(one: Erasure) -> ErasureRow:
    return ErasureRow(
        id=one.pk,
        at=one.at,
        who=one.user.display_name if one.user else one.actor,
        reason=one.reason,
        document=one.document,
        customers=one.customers,
        vehicles=one.vehicles,
        counts=one.counts,
        mirror_cleaned_at=one.mirror_cleaned_at,
    )
