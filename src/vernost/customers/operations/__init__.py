"""Writes to customers: the keys by which they are found, two cards made one and two again."""

from vernost.customers.operations.duplicates import (
    Found,
    PairDecided,
    better_first,
    find_duplicates,
    keep_apart,
    merge_certain,
)
from vernost.customers.operations.editing import (
    AddressTaken,
    CardEntry,
    NobodyWouldSee,
    NothingWritten,
    PersonEntry,
    add_address,
    add_contact_person,
    add_note,
    change_customer,
    check_address,
    create_customer,
    end_contact_person,
    mark_address,
)
from vernost.customers.operations.following import follow_merges
from vernost.customers.operations.households import (
    NoHousehold,
    OnlyPeople,
    OtherHousehold,
    join_household,
    leave_household,
)
from vernost.customers.operations.merging import (
    CustomerBusy,
    CustomerGone,
    SameCustomer,
    UnlikeKinds,
    merge_customers,
)
from vernost.customers.operations.search_keys import CAR_KEYS, NAME_KEYS, rebuild_search_keys, refresh_search_keys
from vernost.customers.operations.undoing import AlreadyUndone, LaterMergeFirst, undo_merge

__all__ = [
    "CAR_KEYS",
    "NAME_KEYS",
    "AddressTaken",
    "AlreadyUndone",
    "CardEntry",
    "CustomerBusy",
    "CustomerGone",
    "Found",
    "LaterMergeFirst",
    "NoHousehold",
    "NobodyWouldSee",
    "NothingWritten",
    "OnlyPeople",
    "OtherHousehold",
    "PairDecided",
    "PersonEntry",
    "SameCustomer",
    "UnlikeKinds",
    "add_address",
    "add_contact_person",
    "add_note",
    "better_first",
    "change_customer",
    "check_address",
    "create_customer",
    "end_contact_person",
    "find_duplicates",
    "follow_merges",
    "join_household",
    "keep_apart",
    "leave_household",
    "mark_address",
    "merge_certain",
    "merge_customers",
    "rebuild_search_keys",
    "refresh_search_keys",
    "undo_merge",
]
