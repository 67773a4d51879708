"""The control group: who is held out, drawn by a hash, the same at every look."""

import hashlib

import ibis
from ibis.expr.types import IntegerValue, StringValue

BUCKETS = 10_000
# Eight bytes.
DIGITS = 16
_DIGIT_ORDER = ibis.literal("0123456789abcdef")


def bucket(programme: str, customer: str, anchor: str) -> int:
    """The first 8 bytes (big-endian) of SHA-256 of `programme|customer id of the source|anchor`, modulo 10 000."""
    digest = hashlib.sha256(f"{programme}|{customer}|{anchor}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


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
