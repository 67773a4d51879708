"""Customers who live by the models: known parameters, for tests of what is estimated from them."""

import numpy as np

from vernost.segments.rules.value.histories import Summary


def customers(kind, parameters, *, count, weeks, seed):
    """Return a Summary of customers who first came at any day of `weeks`, and who of them is alive in truth."""
    chance = np.random.default_rng(seed)
    r, alpha, a, b = parameters
    rate, leaves = chance.gamma(r, 1 / alpha, count), chance.beta(a, b, count)
    age = chance.integers(1, weeks * 7, count)
    frequency, recency, now = np.zeros(count, int), np.zeros(count, int), np.zeros(count)
    alive = np.ones(count, bool) if kind == "bg_nbd" else chance.random(count) > leaves
    going = alive.copy()
    while going.any():
        some = np.flatnonzero(going)
        now[some] += chance.exponential(1 / rate[some])
        came = now[some] * 7 <= age[some]
        going[some[~came]] = False
        some = some[came]
        frequency[some] += 1
        recency[some] = np.minimum(np.ceil(now[some] * 7), age[some])
        alive[some] = chance.random(len(some)) > leaves[some]
        going[some] = alive[some]
    return Summary(np.arange(count), frequency, recency, age, np.zeros(count)), alive


def mean_amounts(parameters, frequency, *, seed):
    chance = np.random.default_rng(seed)
    p, q, gamma = parameters
    scale = chance.gamma(q, 1 / gamma, len(frequency))
    shape = p * np.maximum(frequency, 1)
    means = chance.gamma(shape, 1 / scale) / np.maximum(frequency, 1)
    return np.where(frequency > 0, means, 0.0)
