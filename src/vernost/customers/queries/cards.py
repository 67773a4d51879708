"""What stands on a card beside the identity: whom one speaks with, who lives there, who may be the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from vernost.accounts.models import AuditRecord
from vernost.core import plate as plates
from vernost.core import sensitive
from vernost.core import vin as vins
from vernost.core.actor import Actor
from vernost.core.rights import Sensitive
from vernost.customers.models import (
    AdvisorAttachment,
    ContactPerson,
    Customer,
    CustomerKind,
    CustomerSearchKey,
    HouseholdMember,
    SearchKind,
)
from vernost.customers.queries.finding import is_searched
from vernost.customers.queries.visible import visible_to

SUGGESTED, MATCHES_SHOWN = 5, 5


@dataclass(frozen=True, slots=True)
class PersonRow:
    id: int
    name: str
    position: str
    phone: str
    email: str


def contact_persons(customer_id: int, *, actor: Actor) -> list[PersonRow]:
    rows = ContactPerson.objects.filter(customer_id=customer_id, left_on=None).order_by("name", "pk")
    return [
        PersonRow(
            row.pk,
            row.name,
            row.position,
            sensitive.shown(actor, Sensitive.PHONE, row.phone),
            sensitive.shown(actor, Sensitive.EMAIL, row.email),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody of the household, or who may be; `name` is empty for one whom the actor does not see."""

    id: int
    name: str
    since: date | None


def household_of(customer_id: int, *, actor: Actor) -> list[Relative]:
    """Return the others of the customer's household by name, those whom the actor does not see last."""
    own = HouseholdMember.objects.filter(customer_id=customer_id, left_on=None).values("household")
    others = HouseholdMember.objects.filter(household__in=own, left_on=None, customer__merged_into=None)
    rows = others.exclude(customer_id=customer_id).order_by("customer__sort_key", "pk")
    found = list(rows.values_list("customer_id", "customer__full_name", "since"))
    seen = None
    if found and actor.branch_ids is not None:
        seen = set(visible_to(actor).filter(pk__in=[pk for pk, *_rest in found]).values_list("pk", flat=True))
    shown = [Relative(pk, name if seen is None or pk in seen else "", since) for pk, name, since in found]
    return sorted(shown, key=lambda each: not each.name)


def suggested_relatives(customer_id: int, *, actor: Actor) -> list[Relative]:
    """Return people with the same surname at the same address, or with a car in common, who may live together."""
    person = visible_to(actor).get(pk=customer_id)
    if person.kind == CustomerKind.COMPANY:
        return []
    alike = Q(pk__in=[])
    if person.address and person.last_name:
        # The name is indexed, the address is not.
        keys = CustomerSearchKey.objects.filter(kind=SearchKind.NAME)
        # The operator that keeps its index under row-level security.
        keys = keys.extra(where=["key ^@ %s"], params=[_stem(person.sort_key)])
        namesakes = keys.values_list("customer_id", flat=True)[:2000]
        stem = _stem(person.sort_key)
        alike |= Q(pk__in=list(namesakes), address=person.address, city=person.city, sort_key__startswith=stem)
    # Who drives or pays for a car of his, and whose car he drives.
    alike |= Q(pk__in=_sharing_cars(customer_id))
    taken = HouseholdMember.objects.filter(left_on=None).values("customer")
    found = visible_to(actor).filter(alike, kind=CustomerKind.PERSON).exclude(pk=customer_id).exclude(pk__in=taken)
    rows = found.distinct().order_by("sort_key", "pk").values_list("pk", "full_name")
    return [Relative(pk, name, None) for pk, name in rows[:SUGGESTED]]


def _stem(sort_key: str) -> str:
    """Return the surname without the ending that tells a wife from her husband."""
    return sort_key.split(" ", maxsplit=1)[0].removesuffix("а")


def _sharing_cars(customer_id: int) -> list[int]:
    rows: Any = Customer._meta.get_field("ownerships").related_model  # noqa: SLF001 - Django's public name for it
    roles: Any = Customer._meta.get_field("car_roles").related_model  # noqa: SLF001 - as above
    owned = rows.objects.filter(customer_id=customer_id, owned_until=None).values("vehicle")
    driven = roles.objects.filter(customer_id=customer_id, until=None).values("vehicle")
    owners = rows.objects.filter(vehicle__in=driven, owned_until=None).values_list("customer_id", flat=True)
    drivers = roles.objects.filter(vehicle__in=owned, until=None).values_list("customer_id", flat=True)
    return [*owners[:SUGGESTED], *drivers[:SUGGESTED]]


@dataclass(frozen=True, slots=True)
class Match:
    """A card that has just what is being typed: `by` is phone, email, vin or plate."""

    id: int
    name: str
    by: str
    value: str


@dataclass(frozen=True, slots=True)
class Matches:
    """`hidden`: how many more the actor does not see."""

    seen: Sequence[Match]
    hidden: int


def exact_matches(
    *, phones: Sequence[str] = (), emails: Sequence[str] = (), vin: str = "", plate: str = "", actor: Actor
) -> Matches:
    """Find the cards that have exactly this phone (E.164), e-mail, VIN or plate; in two or three statements."""
    wanted: dict[tuple[int, str], tuple[str, str]] = {}
    for number in phones:
        wanted[SearchKind.PHONE, number.removeprefix("+7") if number.startswith("+7") else number.lstrip("+")] = (
            "phone",
            number,
        )
    for address in emails:
        wanted[SearchKind.EMAIL, address.lower()[:100]] = ("email", address)
    if len(vins.fold(vin)) > vins.END:
        wanted[SearchKind.VIN, vins.fold(vin)] = ("vin", vins.fold(vin))
    if plate:
        wanted[SearchKind.PLATE, plates.fold(plate)] = ("plate", plates.fold(plate))
    # Whose a number is that one is not shown, nobody is told for the asking.
    wanted = {key: value for key, value in wanted.items() if is_searched(key[0], actor)}
    if not wanted:
        return Matches([], 0)
    asked = Q()
    for kind, key in wanted:
        asked |= Q(kind=kind, key=key)
    keys = list(CustomerSearchKey.objects.filter(asked).values_list("customer_id", "kind", "key")[:100])
    ids = {pk for pk, _kind, _key in keys}
    names = dict(visible_to(actor).filter(pk__in=ids).values_list("pk", "full_name")) if ids else {}
    there = set(Customer.objects.filter(pk__in=ids, merged_into=None).values_list("pk", flat=True)) if ids else set()
    found: dict[int, Match] = {}
    for pk, kind, key in keys:
        if pk in names:
            by, value = wanted[kind, key]
            found.setdefault(pk, Match(pk, names[pk], by, value))
    return Matches(list(found.values())[:MATCHES_SHOWN], len(there - set(names)))


@dataclass(frozen=True, slots=True)
class Attachment:
    """The standing attachment to the advisor whom the customer has."""

    id: int
    on: date


def attachment_of(customer_id: int, advisor_id: int | None) -> Attachment | None:
    if advisor_id is None:
        return None
    found = AdvisorAttachment.objects.filter(customer_id=customer_id, advisor_id=advisor_id, undone_at=None).first()
    return Attachment(found.pk, found.on) if found else None


def zone_set_by(customer_id: int) -> str | None:
    """Return who set the time zone on a screen, None where nobody did: then it is the source's."""
    changes = AuditRecord.objects.filter(subject="customer", subject_id=str(customer_id), fields__has_key="timezone")
    row = changes.select_related("user").order_by("-at").first()
    if row is None:
        return None
    return row.user.display_name if row.user else row.actor
