"""Writes to customers: the keys by which they are found, two cards made one and two again."""

from vernost.customers.operations.consents import (
    EvidenceMissing,
    NothingSaid,
    NotYet,
    Said,
    TextDoesNotFit,
    record_in_call,
    record_statement,
    take_back,
    take_imported,
    withdraw_all,
)
from vernost.customers.operations.duplicates import (
    Found,
    PairDecided,
    better_first,
    find_duplicates,
    keep_apart,
    merge_certain,
)
from vernost.customers.operations.following import follow_merges
from vernost.customers.operations.merging import (
    CustomerBusy,
    CustomerGone,
    SameCustomer,
    UnlikeKinds,
    merge_customers,
)
from vernost.customers.operations.sealing import seal_consents
from vernost.customers.operations.search_keys import CAR_KEYS, NAME_KEYS, rebuild_search_keys, refresh_search_keys
from vernost.customers.operations.texts import ChannelMissing, MixedPurposes, TextEntry, archive_text, save_text
from vernost.customers.operations.undoing import AlreadyUndone, LaterMergeFirst, undo_merge

__all__ = [
    "CAR_KEYS",
    "NAME_KEYS",
    "AlreadyUndone",
    "ChannelMissing",
    "CustomerBusy",
    "CustomerGone",
    "EvidenceMissing",
    "Found",
    "LaterMergeFirst",
    "MixedPurposes",
    "NotYet",
    "NothingSaid",
    "PairDecided",
    "Said",
    "SameCustomer",
    "TextDoesNotFit",
    "TextEntry",
    "UnlikeKinds",
    "archive_text",
    "better_first",
    "find_duplicates",
    "follow_merges",
    "keep_apart",
    "merge_certain",
    "merge_customers",
    "rebuild_search_keys",
    "record_in_call",
    "record_statement",
    "refresh_search_keys",
    "save_text",
    "seal_consents",
    "take_back",
    "take_imported",
    "undo_merge",
    "withdraw_all",
]
