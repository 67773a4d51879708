"""Invariants of the data: a file per subject, each a query of PostgreSQL whose rows are breaches.

Constraints of the database hold what one row or one key can tell; here is what needs several tables.
"""

from dataclasses import dataclass

from vernost.core.registry import Registry


@dataclass(frozen=True, slots=True)
class Invariant:
    """`title` is a marked text: what always holds. `sql` selects the rows that break it."""

    code: str
    title: str
    sql: str


invariants: Registry[Invariant] = Registry("invariants")


def discover() -> Registry[Invariant]:
    invariants.discover(__name__)
    return invariants
