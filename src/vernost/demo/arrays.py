"""The array types of the generator: one value per customer, car, visit or line."""

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.bytes_]

FAR = 10**9
"""A day that never comes: "no end" of an ownership, "no such visit"."""


def rounded(values: npt.NDArray[np.floating[Any]]) -> Ints:
    """The nearest whole numbers, halves to the even one."""
    numbers: Ints = np.rint(values).astype(np.int64)
    return numbers
