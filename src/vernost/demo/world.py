"""What every chunk of customers shares: the arguments, the calendar, the cars and the branches."""

from dataclasses import dataclass

import numpy as np

from vernost.demo import branches as branch_list
from vernost.demo.arrays import Floats
from vernost.demo.branches import Branches
from vernost.demo.cars import Catalogue
from vernost.demo.chance import stream
from vernost.demo.days import Calendar, sales_days

YEARS = 9
GROWTH = 0.03
CALLING_YEARS = 3  # how long the contact centre has been calling
HORIZON = 548  # a maintenance visit later than this after `until` is "will not come"
CHUNK = 20_000
CARS_A_CHUNK = 3 * CHUNK


@dataclass(frozen=True, slots=True)
class World:
    seed: int
    customers: int
    start: int
    until: int
    calendar: Calendar
    catalogue: Catalogue
    branches: Branches
    arrivals: Floats  # weight of each day from start to until

    @classmethod
    def of(cls, *, customers: int, seed: int, until: int) -> "World":
        start = until - round(YEARS * 365.25)
        return cls(
            seed=seed,
            customers=customers,
            start=start,
            until=until,
            calendar=Calendar.between(start - 30, until + HORIZON + 30),
            catalogue=Catalogue.build(),
            branches=branch_list.build(customers),
            arrivals=sales_days(start, until, GROWTH),
        )

    @property
    def chunks(self) -> int:
        return -(-self.customers // CHUNK)

    def rng(self, chunk: int, topic: str) -> np.random.Generator:
        return stream(self.seed, chunk, topic)
