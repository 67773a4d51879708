"""Reads of personal data: who is meant, what there is of him, who was erased."""

from vernost.privacy.queries.copy import SubjectCopy, Table, copy_of
from vernost.privacy.queries.journal import ErasureRow, erasure, erasures
from vernost.privacy.queries.person import Person, erased_hash_count, person, salt
from vernost.privacy.queries.retention import Due, due

__all__ = [
    "Due",
    "ErasureRow",
    "Person",
    "SubjectCopy",
    "Table",
    "copy_of",
    "due",
    "erased_hash_count",
    "erasure",
    "erasures",
    "person",
    "salt",
]
