"""How cars gain mileage: a habit of the owner, seasons, slow change, and restlessness.

The rate of an ownership t days after its start is
    rate x (1 + sum of share_j x cos(2 pi t / period_j + phase_j)),
with one wave of a year that peaks in July, one of years (the habit changes), and two of months. The
shares add up to less than one, so a car never runs backwards, and the sum of the distances has a closed
form: the odometer of any day is known without walking through the days before it.
"""

from dataclasses import dataclass

import numpy as np

from vernost.demo.arrays import Floats, Ints

YEAR = 365.25
JULY = 195
WAVES = ("season", "habit", "quarters", "months")
NEWTON_STEPS = 4


@dataclass(frozen=True, slots=True)
class Mileage:
    """A position per ownership; waves are [ownership, wave]."""

    start: Ints
    start_km: Floats
    rate: Floats
    share: Floats
    period: Floats
    phase: Floats

    def at(self, who: Ints, day: Ints) -> Ints:
        """Whole km on the odometer at the end of `day`."""
        return np.floor(self.start_km[who] + self._distance(who, day - self.start[who])).astype(np.int64)

    def day_of(self, who: Ints, km: Ints) -> Ints:
        """The day on which the odometer reaches `km`, to a day or so."""
        wanted = km - self.start_km[who]
        after = np.asarray(wanted / self.rate[who], dtype=np.float64)
        for _ in range(NEWTON_STEPS):
            after -= (self._distance(who, after) - wanted) / self._rate(who, after)
        return self.start[who] + np.ceil(after).astype(np.int64)

    def average(self, who: Ints, day: int) -> Floats:
        """Km a day over the year around `day`: the season cancels out."""
        after = np.asarray(day - self.start[who], dtype=np.float64)
        year = self._distance(who, after + YEAR / 2) - self._distance(who, after - YEAR / 2)
        average: Floats = year / YEAR
        return average

    def _distance(self, who: Ints, after: Ints | Floats) -> Floats:
        turn = 2 * np.pi / self.period[who]
        phase = self.phase[who]
        wave = np.sin(turn * after[:, None] + phase) - np.sin(phase)
        distance: Floats = self.rate[who] * (after + (self.share[who] / turn * wave).sum(axis=1))
        return distance

    def _rate(self, who: Ints, after: Floats) -> Floats:
        turn = 2 * np.pi / self.period[who]
        wave = np.cos(turn * after[:, None] + self.phase[who])
        rate: Floats = self.rate[who] * (1 + (self.share[who] * wave).sum(axis=1))
        # Newton's step overshoots where a car hardly moves; half speed is slow enough to come home.
        return np.maximum(rate, 0.5 * self.rate[who])


def draw(rng: np.random.Generator, *, start: Ints, start_km: Floats, typical: Floats) -> Mileage:
    """Habits for ownerships: `typical` is the median km a day of such a car and owner."""
    count = len(start)
    rate = np.clip(typical * np.exp(rng.normal(0.0, 0.42, count)), 6.0, 190.0)
    period = np.stack(
        [
            np.full(count, YEAR),
            rng.uniform(5 * YEAR, 12 * YEAR, count),
            rng.uniform(0.7 * YEAR, 1.8 * YEAR, count),
            rng.uniform(0.25 * YEAR, 0.6 * YEAR, count),
        ],
        axis=1,
    )
    share = np.stack(
        [
            rng.uniform(0.02, 0.18, count),
            np.abs(rng.normal(0.0, 0.10, count)).clip(max=0.25),
            np.abs(rng.normal(0.0, 0.08, count)).clip(max=0.2),
            np.abs(rng.normal(0.0, 0.10, count)).clip(max=0.25),
        ],
        axis=1,
    )
    phase = rng.uniform(0.0, 2 * np.pi, (count, len(WAVES)))
    # Day `start + t` is `JULY` of some year where the wave is at its top.
    phase[:, 0] = 2 * np.pi * ((start - JULY) % YEAR) / YEAR
    return Mileage(start, start_km, rate, share, period, phase)


def extend(first: Mileage, second: Mileage) -> Mileage:
    """One table out of two."""
    return Mileage(
        *(
            np.concatenate([getattr(first, name), getattr(second, name)])
            for name in ("start", "start_km", "rate", "share", "period", "phase")
        )
    )
