"""The control group: who is held out, drawn by a hash, the same at every look."""

import hashlib

import ibis
import numpy as np
from ibis.expr.types import IntegerValue, StringValue
from numpy.typing import NDArray

BUCKETS = 10_000
# Eight bytes.
DIGITS = 16
DIGEST = 64
"""Hexadecimal digits of a whole digest."""
_DIGIT_ORDER = ibis.literal("0123456789abcdef")


def bucket(programme: str, customer: str, anchor: str) -> int:
    """The first 8 bytes (big-endian) of SHA-256 of `programme|customer id of the source|anchor`, modulo 10 000."""
    digest = hashlib.sha256(f"{programme}|{customer}|{anchor}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def buckets_of(digests: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the same of digests, a row of hexadecimal digits (lower case) each."""
    digits = digests[:, :DIGITS].astype(np.uint64)
    # After the ten digits the letters begin at 97.
    digits = np.where(digits < ord("a"), digits - ord("0"), digits - (ord("a") - 10))
    number = np.zeros(len(digits), np.uint64)
    for place in range(DIGITS):
        number = number * np.uint64(16) + digits[:, place]
    return (number % np.uint64(BUCKETS)).astype(np.int32)


def bucket_of(text: StringValue) -> IntegerValue:
    """Return the same as an expression, of the whole text."""
    digest = text.hexdigest("sha256")
    # Digit by digit: no engine needs unsigned 64 bits or to read hexadecimal numbers.
    total = ibis.literal(0, "int64")
    for place in range(DIGITS):
        weight = pow(16, DIGITS - 1 - place, BUCKETS)
        total += _DIGIT_ORDER.find(digest.substr(place, 1)) * weight
    drawn: IntegerValue = (total % BUCKETS).cast("int32")
    return drawn
