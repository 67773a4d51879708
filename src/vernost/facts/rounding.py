"""Quotients of whole numbers in arrays, rounded as money is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def half_up(numerator: Any, denominator: Any) -> NDArray[np.int64]:  # noqa: ANN401 - arrays or numbers
    """Return the quotient rounded half away from zero; a denominator is positive."""
    found: NDArray[np.int64] = np.sign(numerator) * ((2 * np.abs(numerator) + denominator) // (2 * denominator))
    return found
