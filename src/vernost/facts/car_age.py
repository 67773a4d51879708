"""Bands of a car's age, which is the year that is asked less the model year."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ibis.expr.types import Value

# The first year of a band, by its key.
AGE_BANDS: Mapping[str, int] = {"0-2": 0, "3-5": 3, "6-8": 6, "9-11": 9, "12+": 12}


def age_band(age: "Value") -> "Value":
    """Return the key of the band; null of an unknown age."""
    import ibis  # noqa: PLC0415 - half a second that a process without figures saves

    band = ibis.null("string")
    for key, first in AGE_BANDS.items():
        band = ibis.ifelse(age >= first, key, band)
    return band
