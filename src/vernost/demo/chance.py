"""Seeded random numbers. Every chunk and topic has a stream of its own.

So a change in how surveys are drawn leaves the mileages of the same seed as they were.
"""

import zlib
from collections.abc import Sequence

import numpy as np

from vernost.demo.arrays import Bools, Floats, Ints


def stream(seed: int, chunk: int, topic: str) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64([seed, chunk, zlib.crc32(topic.encode())]))


def pick(rng: np.random.Generator, weights: Sequence[float] | Floats, size: int) -> Ints:
    """Draw `size` positions of `weights`, each as often as its weight says."""
    steps = np.cumsum(np.asarray(weights, dtype=np.float64))
    drawn: Ints = np.searchsorted(steps, rng.random(size) * steps[-1], side="right").astype(np.int64)
    return drawn


def pick_by_row(rng: np.random.Generator, weights: Floats) -> Ints:
    """Draw one column per row of `weights`."""
    steps = np.cumsum(weights, axis=1)
    height = rng.random(len(weights)) * steps[:, -1]
    drawn: Ints = (height[:, None] >= steps).sum(axis=1)
    return drawn


def popular_first(count: int, steepness: float = 0.6) -> Floats:
    """Weights of a list whose first entries are the common ones."""
    weights: Floats = np.arange(1, count + 1, dtype=np.float64) ** -steepness
    return weights


def happens(rng: np.random.Generator, probability: float | Floats, size: int) -> Bools:
    return rng.random(size) < probability


def up_to(rng: np.random.Generator, low: float, high: float, size: int) -> Ints:
    """Whole numbers low..high, both included."""
    return rng.integers(int(low), int(high) + 1, size)
