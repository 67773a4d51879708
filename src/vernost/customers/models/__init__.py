"""Who owns or brings cars: persons and companies, their addresses, consents, households, search keys."""

from vernost.customers.models.cards import (
    AddressCheck,
    AddressKind,
    AdvisorAttachment,
    ContactAddress,
    ContactPerson,
    Customer,
    CustomerKind,
    CustomerNote,
    Household,
    HouseholdMember,
)
from vernost.customers.models.consents import (
    ChannelStop,
    ConsentEntry,
    ConsentSeal,
    ConsentStatement,
    ConsentText,
    ErasedEntry,
    ImportedConsent,
    UnsealedEntry,
)
from vernost.customers.models.fields import (
    CardLayout,
    CustomerFieldValue,
    CustomField,
    Directory,
    DirectoryValue,
    FieldValue,
)
from vernost.customers.models.merging import (
    CustomerMerge,
    DuplicatePair,
    MovedRow,
    PairState,
)
from vernost.customers.models.search import (
    CustomerSearchKey,
    SearchKind,
)

__all__ = [
    "AddressCheck",
    "AddressKind",
    "AdvisorAttachment",
    "CardLayout",
    "ChannelStop",
    "ConsentEntry",
    "ConsentSeal",
    "ConsentStatement",
    "ConsentText",
    "ContactAddress",
    "ContactPerson",
    "CustomField",
    "Customer",
    "CustomerFieldValue",
    "CustomerKind",
    "CustomerMerge",
    "CustomerNote",
    "CustomerSearchKey",
    "Directory",
    "DirectoryValue",
    "DuplicatePair",
    "ErasedEntry",
    "FieldValue",
    "Household",
    "HouseholdMember",
    "ImportedConsent",
    "MovedRow",
    "PairState",
    "SearchKind",
    "UnsealedEntry",
]
