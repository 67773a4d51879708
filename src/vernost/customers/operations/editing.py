"""Cards made and changed by people: who the customer is, his addresses, notes, contact persons."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from vernost.accounts.models import Employee
from vernost.accounts.operations import record_change
from vernost.core import names, sensitive
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.customers.models import (
    AddressCheck,
    AddressKind,
    ContactAddress,
    ContactPerson,
    Customer,
    CustomerKind,
    CustomerNote,
)
from vernost.customers.operations.merging import lock
from vernost.customers.operations.search_keys import refresh_search_keys
from vernost.customers.queries import visible_to
from vernost.customers.rules.addresses import WAYS
from vernost.customers.rules.card_titles import RIGHT, WRONG

LONGEST_NOTE: Final = 4000
# Words in which a number may stand.
_TOLD: Final = ("last_name", "first_name", "middle_name", "address", "blocked_reason")


class NobodyWouldSee(DomainError):
    code = "nobody_would_see"
    text = _("Choose an advisor of your branch: without one you would not see the card that you make")


class AddressTaken(DomainError):
    code = "address_taken"
    text = _("The card has %(value)s already")


class NothingWritten(DomainError):
    code = "nothing_written"
    text = _("Write the note first")


@dataclass(frozen=True, slots=True)
class CardEntry:
    """Who a customer is. A company has its name in `last_name`."""

    kind: str
    last_name: str
    first_name: str = ""
    middle_name: str = ""
    inn: str = ""
    birth_date: date | None = None
    gender: str = ""
    city: str = ""
    address: str = ""
    timezone: str = ""
    origin: str = ""
    category: str = ""
    advisor_id: int | None = None
    blocked_reason: str = ""
    blocked: bool = False

    def columns(self, today: date, before: Customer | None = None) -> dict[str, Any]:
        """Return the columns of the card; a block begins on the day on which it was set."""
        values = asdict(self)
        company = self.kind == CustomerKind.COMPANY
        parts = [self.last_name] if company else [self.last_name, self.first_name, self.middle_name]
        full_name = names.tidy(" ".join(filter(None, parts)))
        if company:
            values |= {"last_name": "", "first_name": "", "middle_name": ""}
        was_blocked = before is not None and (before.blocked or (before.blocked is None and before.blocked_on))
        if self.blocked and was_blocked and before is not None:
            values |= {"blocked": before.blocked, "blocked_on": before.blocked_on}
        elif self.blocked:
            values |= {"blocked": True, "blocked_on": today}
        else:
            values |= {"blocked": False if was_blocked else (before.blocked if before else None), "blocked_on": None}
            values["blocked_reason"] = ""
        return {**values, "full_name": full_name, "sort_key": names.sort_key(full_name)}


@transaction.atomic
def create_customer(
    *, entry: CardEntry, phones: Sequence[str] = (), emails: Sequence[str] = (), actor: Actor, now: datetime
) -> int:
    """Make a card; phones in E.164, e-mails in lower case. Return its id."""
    _check_advisor(entry.advisor_id, actor)
    if actor.branch_ids is not None and entry.advisor_id is None:
        raise NobodyWouldSee
    made = Customer.objects.create(**entry.columns(localdate(now)), created_on=localdate(now))
    addresses = [(AddressKind.PHONE, value) for value in phones] + [(AddressKind.EMAIL, value) for value in emails]
    ContactAddress.objects.bulk_create(
        ContactAddress(customer=made, kind=kind, value=value, position=position)
        for position, (kind, value) in enumerate(dict.fromkeys(addresses))
    )
    refresh_search_keys(customer_ids=[made.pk])
    fields: dict[str, list[Any]] = {
        "full_name": [None, made.full_name],
        "phones": [None, list(phones)],
        "emails": [None, list(emails)],
    }
    _record(made.pk, "create", {name: both for name, both in fields.items() if both[1]}, actor, now)
    return made.pk


@transaction.atomic
def change_customer(*, customer_id: int, entry: CardEntry, actor: Actor, now: datetime) -> list[str]:
    """Write what differs; return the names of the changed columns."""
    customer = locked(customer_id, actor)
    kept = {name: getattr(customer, name) for name in _TOLD}
    if entry.kind == CustomerKind.COMPANY:
        kept["last_name"] = customer.full_name
    # What comes back as he was told it stays as it is.
    told = {name: words for name, words in kept.items() if getattr(entry, name) == sensitive.told(actor, words)}
    entry = replace(entry, **told)
    columns = entry.columns(localdate(now), customer)
    changed = {name: value for name, value in columns.items() if getattr(customer, name) != value}
    return write_columns(customer, changed, actor, now)


def write_columns(customer: Customer, changed: Mapping[str, Any], actor: Actor, now: datetime) -> list[str]:
    """Write columns of a locked card, in the caller's transaction; return their names."""
    if not changed:
        return []
    if changed.get("advisor_id") is not None:
        _check_advisor(changed["advisor_id"], actor)
    before = {name: getattr(customer, name) for name in changed}
    for name, value in changed.items():
        setattr(customer, name, value)
    customer.save(update_fields=list(changed))
    if not visible_to(actor).filter(pk=customer.pk).exists():
        # Another advisor may have taken him out of sight.
        raise NobodyWouldSee
    if "sort_key" in changed:
        refresh_search_keys(customer_ids=[customer.pk])
    shown = {name: [plain(before[name]), plain(value)] for name, value in changed.items() if name != "sort_key"}
    _record(customer.pk, "change", shown, actor, now)
    return sorted(shown)


@transaction.atomic
def add_address(*, customer_id: int, kind: str, value: str, note: str = "", actor: Actor, now: datetime) -> None:
    """Add a telephone in E.164, an e-mail in lower case or a messenger's name, after the others of its kind."""
    customer = locked(customer_id, actor)
    own = ContactAddress.objects.filter(customer=customer, kind=kind)
    position = max(own.values_list("position", flat=True), default=-1) + 1
    try:
        with transaction.atomic():
            ContactAddress.objects.create(customer=customer, kind=kind, value=value, note=note, position=position)
    except IntegrityError:
        raise AddressTaken(value=value) from None
    refresh_search_keys(customer_ids=[customer_id])
    _record(customer_id, "change", {f"{kind}s": [None, _in_journal(kind, value)]}, actor, now)


@transaction.atomic
def mark_address(*, customer_id: int, address_id: int, wrong: bool, actor: Actor, now: datetime) -> None:
    """Say that nobody is reached by an address any more, or that it is right after all."""
    customer = locked(customer_id, actor)
    address = ContactAddress.objects.get(pk=address_id, customer=customer)
    before, address.invalid_on = address.invalid_on, localdate(now) if wrong else None
    if before is None and not wrong:
        return
    address.save(update_fields=["invalid_on"])
    shown = _in_journal(address.kind, address.value)
    _record(customer_id, "change", {f"{address.kind}s": [shown, WRONG if wrong else RIGHT]}, actor, now)


@transaction.atomic
def remove_address(*, customer_id: int, kind: str, value: str, actor: Actor, now: datetime) -> None:
    """Take away an address that somebody has added by mistake."""
    customer = locked(customer_id, actor)
    ContactAddress.objects.get(customer=customer, kind=kind, value=value, imported=False, merge=None).delete()
    refresh_search_keys(customer_ids=[customer_id])
    _record(customer_id, "change", {f"{kind}s": [_in_journal(kind, value), None]}, actor, now)


@transaction.atomic
def check_address(*, customer_id: int, address_id: int, how: str, actor: Actor, now: datetime) -> None:
    """Write down that somebody made sure of an address; `how` of `rules.addresses.WAYS`."""
    customer = locked(customer_id, actor)
    address = ContactAddress.objects.get(pk=address_id, customer=customer)
    if how not in WAYS:
        raise KeyError(how)
    AddressCheck.objects.create(address=address, at=now, actor=actor.code, how=how)
    if address.invalid_on is not None:
        address.invalid_on = None
        address.save(update_fields=["invalid_on"])
    _record(customer_id, "change", {"checked": [None, _in_journal(address.kind, address.value)]}, actor, now)


@transaction.atomic
def add_note(*, customer_id: int, text: str, actor: Actor, now: datetime) -> CustomerNote:
    customer, words = locked(customer_id, actor), text.strip()[:LONGEST_NOTE]
    if not words:
        raise NothingWritten
    return CustomerNote.objects.create(customer=customer, at=now, actor=actor.code, user_id=actor.user_id, text=words)


@dataclass(frozen=True, slots=True)
class PersonEntry:
    name: str
    position: str = ""
    phone: str = ""
    email: str = ""


@transaction.atomic
def add_contact_person(*, customer_id: int, entry: PersonEntry, actor: Actor, now: datetime) -> None:
    customer = locked(customer_id, actor)
    ContactPerson.objects.create(customer=customer, since=localdate(now), **asdict(entry))
    refresh_search_keys(customer_ids=[customer_id])
    _record(customer_id, "change", {"contact_person": [None, entry.name]}, actor, now)


@transaction.atomic
def end_contact_person(*, customer_id: int, person_id: int, actor: Actor, now: datetime) -> None:
    """Say that one does not speak with this person any more; who he was stays known."""
    customer = locked(customer_id, actor)
    person = ContactPerson.objects.get(pk=person_id, customer=customer, left_on=None)
    person.left_on = max(localdate(now), person.since)
    person.save(update_fields=["left_on"])
    refresh_search_keys(customer_ids=[customer_id])
    _record(customer_id, "change", {"contact_person": [person.name, None]}, actor, now)


def locked(customer_id: int, actor: Actor) -> Customer:
    """Return the card under a lock: who changes it at the same moment waits, a merge too."""
    lock(Customer.objects.filter(pk=customer_id)).get()
    return visible_to(actor).get(pk=customer_id)


def _check_advisor(advisor_id: int | None, actor: Actor) -> None:
    if advisor_id is None or actor.branch_ids is None:
        return
    if not Employee.objects.filter(pk=advisor_id, branch_id__in=actor.branch_ids).exists():
        raise NobodyWouldSee


def _in_journal(kind: str, value: str) -> str:
    # A number and an e-mail are known by their looks to who hides them later, a nickname is not.
    return sensitive.HIDDEN if kind == AddressKind.MESSENGER else value


def _record(customer_id: int, action: str, fields: Mapping[str, list[Any]], actor: Actor, now: datetime) -> None:
    record_change(subject="customer", subject_id=customer_id, action=action, fields=dict(fields), actor=actor, now=now)


def plain(value: Any) -> Any:  # noqa: ANN401 - a column's value
    """Return a value as the journal holds it."""
    return value.isoformat() if isinstance(value, date) else value
