"""What cards said when somebody looked at them: told apart by a digest, which the page carries to the decision."""

import hashlib
from collections.abc import Collection

from vernost.customers.models import ContactAddress, Customer, CustomerFieldValue
from vernost.customers.rules.merging import COLUMNS


def look_at(customer_ids: Collection[int]) -> str:
    """Return a digest of all that a merge of these cards goes by: another one when anybody has changed a word of it."""
    cards = Customer.objects.filter(pk__in=customer_ids).order_by("pk").values_list("pk", *COLUMNS)
    addresses = ContactAddress.objects.filter(customer__in=customer_ids).order_by("customer", "kind", "position", "pk")
    values = CustomerFieldValue.objects.filter(customer__in=customer_ids).order_by("customer", "field", "place")
    said = (
        list(cards),
        list(addresses.values_list("customer_id", "kind", "value", "invalid_on")),
        list(values.values_list("customer_id", "field_id", "place", "value")),
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()
