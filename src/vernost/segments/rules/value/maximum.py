"""The maximum of a log-likelihood over positive parameters, and the proof that it is one.

A likelihood that grows without end along some way has no estimate, and an optimiser that stops there prints
nonsense. So the search runs in logarithms inside a wide box from several starts; what it finds counts only where the
gradient is nought, no parameter lies at a wall of the box, and the curvature is downward in every direction
steeply enough to tell the parameters at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats]]
"""Parameters -> log-likelihood and its gradient by the parameters."""

Why = Literal["too_few_customers", "nobody_came_twice", "no_time", "at_a_wall", "flat", "no_maximum", "no_mean"]

WORDS: Final = "cannot be estimated"

# The box: each parameter within this factor of the size that it should have.
_WALL: Final = np.log(1e4)
# Nearer to a wall than this factor is at it.
_AT_WALL: Final = np.log(1.5)
# By how much of the log-likelihood of a customer a step in logarithms may still change it.
_LEVEL: Final = 1e-8
_NOISE: Final = 1e-13
_TINY: Final = 1e-300
# Standard error of the logarithm in the flattest direction: beyond it parameters are told to no order of magnitude.
_FLATTEST: Final = 2.5
_STEP: Final = 1e-4
_NEWTON_STEPS: Final = 8


@dataclass(frozen=True, slots=True)
class CannotBeEstimated:
    """Why there are no parameters."""

    why: Why


@dataclass(frozen=True, slots=True)
class Maximum:
    parameters: Floats
    log_likelihood: float


def maximise(objective: Objective, starts: Sequence[Floats], sizes: Floats, count: int) -> Maximum | CannotBeEstimated:
    """Search from every start; `sizes` is the middle of the box, `count` the number of customers."""
    middle = np.log(sizes)

    def loss(logs: Floats) -> tuple[float, Floats]:
        value, slope = objective(np.exp(logs))
        return -value / count, -slope * np.exp(logs) / count

    bounds = [(one - _WALL, one + _WALL) for one in middle]
    found = [
        minimize(loss, np.log(start), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500})
        for start in starts
    ]
    usable = [one for one in found if np.isfinite(one.fun) and np.isfinite(one.x).all()]
    if not usable:
        return CannotBeEstimated("no_maximum")
    best = min(usable, key=lambda one: float(one.fun)).x
    if (np.abs(best - middle) > _WALL - _AT_WALL).any():
        return CannotBeEstimated("at_a_wall")
    return _proved(loss, best, middle, count)


def _proved(
    loss: Callable[[Floats], tuple[float, Floats]], logs: Floats, middle: Floats, count: int
) -> Maximum | CannotBeEstimated:
    """Go on by Newton's steps to where the gradient is nought, and look at the curvature there."""
    value, slope = loss(logs)
    for _step in range(_NEWTON_STEPS):
        curvature = _curvature(loss, logs)
        if not np.isfinite(curvature).all():
            return CannotBeEstimated("no_maximum")
        steepness, directions = np.linalg.eigh(curvature)
        # The loss of all customers has `count` times this curvature, and 1 / it is the variance of the estimate.
        if steepness[0] * count < 1 / _FLATTEST**2:
            return CannotBeEstimated("flat")
        step = -directions @ ((directions.T @ slope) / steepness)
        step *= min(1.0, 1.0 / max(np.abs(step).max(), _TINY))
        before = value
        value, slope = loss(logs + step)
        while not value <= before + _NOISE * abs(before) and np.abs(step).max() > _LEVEL:
            step = step / 2
            value, slope = loss(logs + step)
        logs = logs + step
        if (np.abs(logs - middle) > _WALL - _AT_WALL).any():
            return CannotBeEstimated("at_a_wall")
        if np.abs(slope).max() < _LEVEL:
            return Maximum(np.exp(logs), -value * count)
    return CannotBeEstimated("no_maximum")


def _curvature(loss: Callable[[Floats], tuple[float, Floats]], logs: Floats) -> Floats:
    columns = []
    for place in range(len(logs)):
        shift = np.zeros(len(logs))
        shift[place] = _STEP
        columns.append((loss(logs + shift)[1] - loss(logs - shift)[1]) / (2 * _STEP))
    hessian = np.array(columns)
    symmetric: Floats = (hessian + hessian.T) / 2
    return symmetric
