"""Who the customers are and how they behave; their names are in cards.py."""

from dataclasses import dataclass

import numpy as np

from vernost.demo.arrays import FAR, Bools, Floats, Ints
from vernost.demo.chance import happens, pick
from vernost.demo.world import CHUNK, World

OWNER, SECOND_OWNER, PROSPECT, DUPLICATE = range(4)
ROLE_SHARES = (0.858, 0.09, 0.04, 0.012)
COMPANY_SHARE = 0.055
BLOCKED_SHARE = 0.01
PHONE_MISSING, PHONE_BAD = 0.045, 0.01
GIVEN, REFUSED, NEVER_ASKED = 1, 0, 2
CHANNELS = ("calls", "sms", "email", "messenger")
# Yes, no, never asked: those who refuse calls refuse most of the rest.
CONSENT_SHARES = {"calls": (0.80, 0.12, 0.08), "sms": (0.82, 0.09, 0.09), "email": (0.60, 0.10, 0.30)}
CONSENT_SHARES |= {"messenger": (0.52, 0.08, 0.40)}
LIKE_CALLS = 0.75
LARGEST_FLEET = 60


@dataclass(frozen=True, slots=True)
class People:
    """The customers of one chunk; `first` is the number of the first of them, from 1."""

    first: int
    role: Ints
    company: Bools
    female: Bools
    branch: Ints
    loyalty: Floats  # standard normal: how much they stay
    lateness: Floats  # days after the due date that are usual for them
    cars: Ints  # cars they brought into the base themselves
    phone_missing: Bools
    phone_bad: Bools
    arrived: Ints  # the day of the first contact
    blocked_on: Ints  # FAR: never
    consents: dict[str, Ints]  # by channel
    twin: Ints  # of a duplicate card: the position of the real one, else -1

    @property
    def count(self) -> int:
        return len(self.role)

    @property
    def callable(self) -> Bools:
        return ~(self.phone_missing | self.phone_bad)


def draw(world: World, chunk: int) -> People:
    rng = world.rng(chunk, "people")
    count = min(CHUNK, world.customers - chunk * CHUNK)
    role = pick(rng, ROLE_SHARES, count)
    role[0] = OWNER
    company = happens(rng, COMPANY_SHARE, count) & (role == OWNER)
    arrived = world.start + pick(rng, world.arrivals, count)
    blocked_on = arrived + 30 + ((world.until - arrived - 30) * rng.random(count)).astype(np.int64)
    blocked = happens(rng, BLOCKED_SHARE, count) & (arrived < world.until - 60)
    return People(
        first=chunk * CHUNK + 1,
        role=role,
        company=company,
        female=happens(rng, 0.36, count) & ~company,
        branch=pick(rng, world.branches.share, count),
        loyalty=rng.normal(size=count),
        lateness=rng.normal(7.0, 10.0, count),
        cars=np.where(role == OWNER, _cars(rng, company), 0),
        phone_missing=happens(rng, PHONE_MISSING, count),
        phone_bad=happens(rng, PHONE_BAD, count),
        arrived=arrived,
        blocked_on=np.where(blocked, blocked_on, FAR),
        consents=_consents(rng, count),
        twin=_twins(rng, role),
    )


def _cars(rng: np.random.Generator, company: Bools) -> Ints:
    """One car, sometimes two or three; a company from one van to a fleet."""
    count = len(company)
    of_person = 1 + pick(rng, (0.77, 0.18, 0.05), count)
    fleet = np.minimum(1 + rng.pareto(1.1, count) * 1.6, LARGEST_FLEET).astype(np.int64)
    return np.where(company, fleet, of_person)


def _consents(rng: np.random.Generator, count: int) -> dict[str, Ints]:
    answers = np.array([GIVEN, REFUSED, NEVER_ASKED])
    calls = answers[pick(rng, CONSENT_SHARES["calls"], count)]
    consents = {"calls": calls}
    for channel in CHANNELS[1:]:
        own = answers[pick(rng, CONSENT_SHARES[channel], count)]
        like = (calls == REFUSED) & happens(rng, LIKE_CALLS, count)
        consents[channel] = np.where(like, calls, own)
    return consents


def _twins(rng: np.random.Generator, role: Ints) -> Ints:
    owners = np.flatnonzero(role == OWNER)
    return np.where(role == DUPLICATE, owners[rng.integers(0, len(owners), len(role))], -1)
