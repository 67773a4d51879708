"""A hash chain over rows of a table that is only added to: what was altered, removed or put elsewhere is found.

A row is not chained by itself but by the salted hash of its payload. Who is erased loses payload and salt, and
the hash that stays says nothing of him any more; the chain still holds (docs/algorithms/hash-chain.md).

Rows get their place when they are sealed, not when they are written: two writers at once take their ids in one
order and may commit in the other, so one sealer at a time takes what is committed, in the order of ids, and
numbers it without holes.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

SIZE: Final = 32
START: Final = bytes(SIZE)
"""What the first link is chained to."""
_NUMBER: Final = 8


def new_salt() -> bytes:
    return secrets.token_bytes(SIZE)


def written(payload: Mapping[str, Any]) -> bytes:
    """Return the one way to write a payload of JSON values: keys in order, no blanks, UTF-8."""
    text = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def digest_of(payload: Mapping[str, Any], salt: bytes) -> bytes:
    """Return the salted hash of a payload; without the salt nobody can try out what the payload was."""
    return hashlib.sha256(salt + written(payload)).digest()


def hash_of(before: bytes, *, number: int, row_id: int, digest: bytes) -> bytes:
    """Return the hash of a link: of the one before, of its own place, of the row and of what the row says."""
    place = number.to_bytes(_NUMBER, "big") + row_id.to_bytes(_NUMBER, "big")
    return hashlib.sha256(before + place + digest).digest()


@dataclass(frozen=True, slots=True)
class Head:
    """The last link; nothing is sealed yet: number 0."""

    number: int = 0
    hash: bytes = START


@dataclass(frozen=True, slots=True)
class Link:
    """A sealed row: its place, its id, the hash of what it says and the hash of the chain up to here."""

    number: int
    row_id: int
    digest: bytes
    hash: bytes


def seal(rows: Iterable[tuple[int, bytes]], head: Head) -> Iterator[Link]:
    """Chain rows, as (id, digest), to the head in the order in which they come."""
    number, before = head.number, head.hash
    for row_id, digest in rows:
        number += 1
        before = hash_of(before, number=number, row_id=row_id, digest=digest)
        yield Link(number, row_id, digest, before)


class Fault(StrEnum):
    """What is wrong at a link. `REMOVED`: the row is gone though nobody erased it, or links are missing.

    `ALTERED`: the row does not say what was sealed. `BROKEN`: the link itself was rewritten or moved.
    """

    ALTERED = "altered"
    REMOVED = "removed"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Found:
    number: int
    row_id: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class Kept:
    """A link as it is found. `payload` and `salt` None: the row is not there; `erased`: a journal says why."""

    link: Link
    payload: Mapping[str, Any] | None = None
    salt: bytes | None = None
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Verified:
    """`head` is the last link read; `erased` counts the links whose row was erased on somebody's demand."""

    head: Head
    links: int
    erased: int
    faults: tuple[Found, ...]

    @property
    def holds(self) -> bool:
        return not self.faults


def verify(kept: Iterable[Kept], *, expected: Head | None = None) -> Verified:
    """Read the links once, in the order of their numbers, and name every one that is not as it was sealed.

    After a link that was rewritten the chain goes on from the hash that stands there, so that each fault is
    named once. `expected` is a head that was noted elsewhere before: a chain whose end was cut off has not got it.
    """
    head, links, erased = Head(), 0, 0
    faults: list[Found] = []
    noted = expected is None or expected == head
    for each in kept:
        link = each.link
        links += 1
        if link.number != head.number + 1:
            faults.append(Found(head.number + 1, 0, Fault.REMOVED))
        elif link.hash != hash_of(head.hash, number=link.number, row_id=link.row_id, digest=link.digest):
            faults.append(Found(link.number, link.row_id, Fault.BROKEN))
        if each.payload is not None and each.salt is not None:
            if digest_of(each.payload, each.salt) != link.digest:
                faults.append(Found(link.number, link.row_id, Fault.ALTERED))
        elif each.erased:
            erased += 1
        else:
            faults.append(Found(link.number, link.row_id, Fault.REMOVED))
        head = Head(link.number, link.hash)
        noted = noted or head == expected
    if expected is not None and not noted:
        faults.append(Found(expected.number, 0, Fault.REMOVED if expected.number > head.number else Fault.BROKEN))
    return Verified(head, links, erased, tuple(faults))
