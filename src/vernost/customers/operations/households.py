"""Who lives with whom."""

from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate

from vernost.accounts.operations import record_change
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.customers.models import Customer, CustomerKind, Household, HouseholdMember
from vernost.customers.operations.merging import SameCustomer, lock
from vernost.customers.queries import visible_to


class OnlyPeople(DomainError):
    code = "only_people"
    text = _("A company is in no household")


class OtherHousehold(DomainError):
    code = "other_household"
    text = _("Both are in households already, in different ones: take one of them out first")


class NoHousehold(DomainError):
    code = "no_household"
    text = _("The customer is in no household")


@transaction.atomic
def join_household(*, customer_id: int, other_id: int, actor: Actor, now: datetime) -> Household:
    """Let two people share a household: that which one of them has, else a new one."""
    if customer_id == other_id:
        raise SameCustomer
    # Both cards, in one order: two who add to one household at the same moment wait for each other.
    list(lock(Customer.objects.filter(pk__in=(customer_id, other_id)).order_by("pk")).values_list("pk"))
    both = [visible_to(actor).get(pk=pk) for pk in (customer_id, other_id)]
    if any(each.kind == CustomerKind.COMPANY for each in both):
        raise OnlyPeople
    own = {each.customer_id: each.household for each in _standing(customer_id, other_id)}
    if len({home.pk for home in own.values()}) > 1:
        raise OtherHousehold
    home = next(iter(own.values()), None) or Household.objects.create(made_at=now, actor=actor.code)
    for each in both:
        if each.pk not in own:
            HouseholdMember.objects.create(household=home, customer=each, since=localdate(now), actor=actor.code)
    for one, other in (both, both[::-1]):
        _record(one.pk, "join_household", {"household": [None, other.pk]}, actor, now)
    return home


@transaction.atomic
def leave_household(*, customer_id: int, actor: Actor, now: datetime) -> None:
    """Take one out; who stays alone after that leaves too."""
    lock(Customer.objects.filter(pk=customer_id)).get()
    visible_to(actor).get(pk=customer_id)
    own = HouseholdMember.objects.filter(customer_id=customer_id, left_on=None).first()
    if own is None:
        raise NoHousehold
    # The household itself is the lock: two who leave at once do not both count the other.
    Household.objects.select_for_update().get(pk=own.household_id)
    there = HouseholdMember.objects.filter(household_id=own.household_id, left_on=None)
    left = list(there.exclude(pk=own.pk))
    leaving = [own.pk, *(each.pk for each in left if len(left) == 1)]
    for each in there.filter(pk__in=leaving):
        each.left_on = max(each.since, localdate(now))
        each.save(update_fields=["left_on"])
        _record(each.customer_id, "leave_household", {"household": [own.household_id, None]}, actor, now)


def _standing(*customer_ids: int) -> list[HouseholdMember]:
    rows = HouseholdMember.objects.filter(customer_id__in=customer_ids, left_on=None)
    return list(rows.select_related("household"))


def _record(customer_id: int, action: str, fields: dict[str, list[int | None]], actor: Actor, now: datetime) -> None:
    record_change(subject="customer", subject_id=customer_id, action=action, fields=fields, actor=actor, now=now)
