"""Pairs of cards to review, and what two cards say side by side."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet

from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.customers.models import (
    AddressKind,
    ContactAddress,
    Customer,
    CustomerKind,
    CustomerMerge,
    DuplicatePair,
    DuplicateSearch,
    PairState,
)
from vernost.customers.queries.visible import visible_to
from vernost.customers.rules import merging
from vernost.customers.rules.certainty import Identity
from vernost.customers.rules.merging import Side

UNDO_DAYS: Final = 30


class UnknownCustomer(DomainError):
    code = "unknown_customer"
    text = _("There is no customer %(customer)s")


class AmbiguousCustomer(DomainError):
    code = "ambiguous_customer"
    text = _("Several sources have a customer %(customer)s: say which, %(refs)s")


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two cards that may be of one customer. `agreement`: evidence in bits by what was compared, 0 unknown."""

    id: int
    score: float
    left_id: int
    left_name: str
    left_ref: str
    right_id: int
    right_name: str
    right_ref: str
    agreement: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ComparedPart:
    """A part of two cards side by side; `taken` is the one whose value would best stand."""

    code: str
    title: str
    survivor: object
    gone: object
    differs: bool
    taken: Side


@dataclass(frozen=True, slots=True)
class MergeRow:
    id: int
    at: datetime
    actor: str
    survivor_id: int
    survivor_name: str
    gone_name: str
    automatic: bool


def pairs_to_review(actor: Actor, *, least: float = 0.0) -> QuerySet[DuplicatePair]:
    """Return the open pairs of which the actor sees both cards, the likeliest first."""
    rows = DuplicatePair.objects.filter(state=PairState.OPEN, score__gte=least)
    if actor.branch_ids is not None:
        seen = visible_to(actor).values("pk")
        rows = rows.filter(left__in=seen, right__in=seen)
    return rows.select_related("left", "right").order_by("-score", "pk")


def last_search() -> DuplicateSearch | None:
    return DuplicateSearch.objects.order_by("-pk").first()


def pair_rows(rows: QuerySet[DuplicatePair]) -> list[PairRow]:
    return [
        PairRow(
            id=pair.pk,
            score=pair.score,
            left_id=pair.left_id,
            left_name=pair.left.full_name,
            left_ref=pair.left.external_id or "",
            right_id=pair.right_id,
            right_name=pair.right.full_name,
            right_ref=pair.right.external_id or "",
            agreement={name: bits for name, bits in pair.agreement.items() if bits},
        )
        for pair in rows
    ]


def side_by_side(survivor: Customer, gone: Customer) -> list[ComparedPart]:
    """Return what the two cards say, part by part."""
    cards = [{column: getattr(card, column) for column in merging.COLUMNS} for card in (survivor, gone)]
    differing, taken = set(merging.differing(*cards)), merging.suggested(*cards)
    return [
        ComparedPart(
            code=code,
            title=part.title,
            survivor=_shown(survivor, code, part.columns),
            gone=_shown(gone, code, part.columns),
            differs=code in differing,
            taken=taken[code],
        )
        for code, part in merging.PARTS.items()
    ]


def addresses_by_customer(customer_ids: Sequence[int], *, actor: Actor) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {pk: [] for pk in customer_ids}
    rows = ContactAddress.objects.filter(customer_id__in=customer_ids).order_by("kind", "position", "pk")
    for pk, kind, value in rows.values_list("customer_id", "kind", "value"):
        found[pk].append(sensitive.address(actor, kind, value))
    return found


def identities(customer_ids: Collection[int]) -> dict[int, Identity]:
    """Return what of these cards tells people apart."""
    phones: dict[int, set[str]] = defaultdict(set)
    own = ContactAddress.objects.filter(customer__in=customer_ids, kind=AddressKind.PHONE, invalid_on=None)
    for pk, value in own.values_list("customer_id", "value"):
        phones[pk].add(value)
    return {
        row.pk: Identity(
            is_person=row.kind == CustomerKind.PERSON,
            given=row.first_name,
            middle=row.middle_name,
            born=row.birth_date,
            gender=row.gender,
            inn=row.inn,
            phones=frozenset(phones[row.pk]),
        )
        for row in Customer.objects.filter(pk__in=customer_ids)
    }


def merges_to_undo(actor: Actor, *, now: datetime) -> list[MergeRow]:
    """Return the merges of the last days that stand, the latest first."""
    rows = CustomerMerge.objects.filter(undone_at=None, at__gte=now - timedelta(days=UNDO_DAYS))
    if actor.branch_ids is not None:
        rows = rows.filter(survivor__in=visible_to(actor).values("pk"))
    return [
        MergeRow(
            id=row.pk,
            at=row.at,
            actor=row.actor,
            survivor_id=row.survivor_id,
            survivor_name=row.survivor.full_name,
            gone_name=row.gone.full_name,
            automatic=row.user_id is None and row.score is not None,
        )
        for row in rows.select_related("survivor", "gone").order_by("-at", "-pk")
    ]


def standing_card(customer_id: int) -> int:
    """Return the card that stands for this one: itself, unless it was merged."""
    while into := Customer.objects.filter(pk=customer_id).values_list("merged_into_id", flat=True).first():
        customer_id = into
    return customer_id


def by_reference(reference: str) -> Customer:
    """Return the customer by the id that reports print: of the source, `source:id`, or `vernost:id`.

    The bare id will do while one source has it; which of two people is meant is not guessed.
    """
    code, colon, key = reference.partition(":")
    one = Q(pk=key) if code == "vernost" and key.isdecimal() else Q(source__code=code, external_id=key)
    if colon and (found := Customer.objects.filter(one).first()):
        return found
    bare = Customer.objects.filter(external_id=reference).select_related("source").order_by("source__code")
    match list(bare):
        case []:
            raise UnknownCustomer(customer=reference)
        case [found]:
            return found
        case several:
            refs = ", ".join(f"{each.source.code}:{reference}" for each in several if each.source)
            raise AmbiguousCustomer(customer=reference, refs=refs)


def standing(reference: str) -> int:
    """Return the id of the card that stands for the customer whom reports print, or printed, so."""
    card = standing_card(by_reference(reference).pk)
    if not Customer.objects.filter(pk=card, erased_at=None).exists():
        raise UnknownCustomer(customer=reference)
    return card


def _shown(customer: Customer, code: str, columns: Sequence[str]) -> Any:  # noqa: ANN401 - of any printable type
    if code == "advisor":
        return customer.advisor.name if customer.advisor else ""
    return getattr(customer, columns[0])
