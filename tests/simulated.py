"""Customers who live by the models: known parameters, for tests of what is estimated from them."""

import numpy as np

from vernost.segments.rules.value.histories import Summary


def customers(kind, parameters, *, count, weeks, seed):
    """Return a Summary of customers who first came at any day of `weeks`, and who of them is alive in truth."""
    age, came, alive = _lives(kind, parameters, count, weeks, seed)
    frequency, recency = np.zeros(count, int), np.zeros(count, int)
    for some, days in came:
        frequency[some] += 1
        recency[some] = days
    return Summary(np.arange(count), frequency, recency, age, np.zeros(count)), alive


def purchase_days(kind, parameters, *, count, weeks, seed):
    """Return customers and how many days ago each came, the first time too; several of one day are one."""
    age, came, _alive = _lives(kind, parameters, count, weeks, seed)
    number = np.concatenate([np.arange(count), *(some for some, _days in came)])
    ago = np.concatenate([age, *(age[some] - days for some, days in came)])
    return np.unique(np.stack([number, ago]), axis=1)


def _lives(kind, parameters, count, weeks, seed):
    chance = np.random.default_rng(seed)
    r, alpha, a, b = parameters
    rate, leaves = chance.gamma(r, 1 / alpha, count), chance.beta(a, b, count)
    age = chance.integers(1, weeks * 7, count)
    now, came = np.zeros(count), []
    alive = np.ones(count, bool) if kind == "bg_nbd" else chance.random(count) > leaves
    going = alive.copy()
    while going.any():
        some = np.flatnonzero(going)
        now[some] += chance.exponential(1 / rate[some])
        in_time = now[some] * 7 <= age[some]
        going[some[~in_time]] = False
        some = some[in_time]
        came.append((some, np.minimum(np.ceil(now[some] * 7), age[some]).astype(int)))
        alive[some] = chance.random(len(some)) > leaves[some]
        going[some] = alive[some]
    return age, came, alive


def mean_amounts(parameters, frequency, *, seed):
    chance = np.random.default_rng(seed)
    p, q, gamma = parameters
    scale = chance.gamma(q, 1 / gamma, len(frequency))
    shape = p * np.maximum(frequency, 1)
    means = chance.gamma(shape, 1 / scale) / np.maximum(frequency, 1)
    return np.where(frequency > 0, means, 0.0)
