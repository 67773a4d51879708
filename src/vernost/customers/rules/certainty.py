"""Which two cards are of one person beyond doubt, and how often that was right where it has been measured.

Only such pairs are merged without a person's look. docs/algorithms/duplicates.md has the table and says how it is
made again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Final

from vernost.core import names

LEAST_PRECISION: Final = 0.995
THRESHOLDS: Final = (0.5, 0.9, 0.99, 0.999, 0.9999)
# One side of 95 %: as sure the precision is not below `Measured.at_least`.
_Z: Final = 1.645


@dataclass(frozen=True, slots=True)
class Identity:
    """What of a card tells people apart. `phones` in E.164 without those found wrong; an unknown is empty or None."""

    is_person: bool
    given: str
    middle: str
    born: date | None
    gender: str
    inn: str
    phones: frozenset[str]


@dataclass(frozen=True, slots=True)
class Measured:
    """Of the pairs with at least this score, so many are taken for one person and so many of them are two."""

    score: float
    pairs: int
    wrong: int

    @property
    def precision(self) -> float:
        return 1 - self.wrong / self.pairs if self.pairs else 0.0

    @property
    def at_least(self) -> float:
        """Return the lower border of Wilson's interval."""
        if not self.pairs:
            return 0.0
        share, n, square = self.precision, self.pairs, _Z**2
        spread = _Z * sqrt((share * (1 - share) + square / (4 * n)) / n)
        return (share + square / (2 * n) - spread) / (1 + square / n)


# Measured as docs/algorithms/duplicates.md tells; below it nothing is merged by itself.
AUTOMATIC: Final = Measured(score=0.99, pairs=803, wrong=0)


def are_one(one: Identity, other: Identity) -> bool:
    """Return whether the cards are of one person beyond doubt.

    A family shares its telephone, address, surname and car, and a son may have all the names of his father: so
    besides a telephone and the given name the date of birth or the INN must be known of both, and equal. Twins
    differ in nothing but their given names, so those must be the very same. A surname changes with a marriage.
    """
    if not (one.is_person and other.is_person and one.phones & other.phones):
        return False
    if not one.given or names.sort_key(one.given) != names.sort_key(other.given):
        return False
    unlike = (
        _contradict(names.sort_key(one.middle), names.sort_key(other.middle)),
        _contradict(one.gender, other.gender),
        _contradict(one.inn, other.inn),
        one.born is not None and other.born is not None and one.born != other.born,
    )
    known = (one.born is not None and one.born == other.born) or bool(one.inn and one.inn == other.inn)
    return known and not any(unlike)


def measured(pairs: Sequence[tuple[float, bool]]) -> list[Measured]:
    """Count for each threshold the pairs (score, whether they are of one person) that have at least that score."""
    rows = []
    for least in THRESHOLDS:
        right = [is_one for score, is_one in pairs if score >= least]
        rows.append(Measured(least, len(right), right.count(False)))
    return rows


def _contradict(one: str, other: str) -> bool:
    return bool(one and other and one != other)
