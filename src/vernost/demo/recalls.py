"""Campaigns of the makers: lists of VINs, some of cars that we never saw."""

from dataclasses import dataclass

import numpy as np

from vernost.demo.arrays import FAR, Bools, Ints
from vernost.demo.cars import VARIANTS
from vernost.demo.chance import happens
from vernost.demo.garage import Cars
from vernost.demo.orders import Orders
from vernost.demo.world import World


@dataclass(frozen=True, slots=True)
class Campaign:
    code: str
    title: str
    make: str
    model: str
    made_from: int
    made_to: int
    started: int  # days before `until`
    lasts: int  # days; 0 is open without end
    share: float  # of these cars


CAMPAIGNS = (
    Campaign("HV-2401", "Проверка крепления топливного насоса", "Haval", "Jolion", 2021, 2070, 210, 0, 0.35),
    Campaign("HV-2312", "Обновление ПО блока управления двигателем", "Haval", "F7", 2019, 2023, 520, 900, 0.5),
    Campaign("CH-2405", "Замена уплотнителя подушки безопасности", "Chery", "Tiggo 7 Pro Max", 2021, 2070, 120, 0, 0.4),
    Campaign("GL-2409", "Замена датчика давления тормозов", "Geely", "Monjaro", 2022, 2070, 60, 0, 0.3),
    Campaign("LD-2403", "Проверка шлангов тормозной системы", "LADA", "Vesta", 2016, 2070, 330, 730, 0.3),
    Campaign("LD-2308", "Замена втулок стартера", "LADA", "Granta", 2018, 2070, 700, 365, 0.25),
    Campaign("HY-2101", "Проверка модуля АБС", "Hyundai", "Creta", 2016, 2021, 1_500, 0, 0.5),
    Campaign("TY-2207", "Замена топливного насоса низкого давления", "Toyota", "Camry", 2014, 2020, 1_100, 0, 0.4),
)
DONE_AT_VISIT_SHARE = 0.55
UNKNOWN_SHARE = 0.06


@dataclass(frozen=True, slots=True)
class Recalls:
    campaign: Ints
    car: Ints
    done: Ints  # FAR: not yet
    unknown: Ints  # per campaign: how many VINs of cars that we never saw
    open: Bools  # per car of the chunk: has a campaign that is not done and not closed


def draw(world: World, chunk: int, cars: Cars, orders: Orders) -> Recalls:
    rng = world.rng(chunk, "recalls")
    campaign, car = [], []
    for number, recall in enumerate(CAMPAIGNS):
        same = [(variant.make, variant.model) == (recall.make, recall.model) for variant in VARIANTS]
        suits = np.array(same)[cars.variant] & (cars.made >= recall.made_from) & (cars.made <= recall.made_to)
        # A campaign is about cars that were on the road when it began.
        suits &= (cars.first_sale < world.until - recall.started) & happens(rng, recall.share, cars.count)
        car.append(np.flatnonzero(suits))
        campaign.append(np.full(len(car[-1]), number))
    numbers, cars_of = np.concatenate(campaign), np.concatenate(car)
    started = np.array([world.until - recall.started for recall in CAMPAIGNS])[numbers]
    lasts = np.array([recall.lasts or FAR for recall in CAMPAIGNS])[numbers]
    done = _done(rng, orders, cars_of, started, started + lasts)
    unfinished = cars_of[(done == FAR) & (started + lasts > world.until)]
    waiting = np.zeros(cars.count, dtype=np.bool_)
    waiting[unfinished] = True
    unknown = np.array([int(len(part) * UNKNOWN_SHARE) + (chunk == 0) for part in car])
    return Recalls(numbers, cars_of, done, unknown, waiting)


def _done(rng: np.random.Generator, orders: Orders, car: Ints, started: Ints, closes: Ints) -> Ints:
    """At the first visit after the start, where the advisor looked the VIN up."""
    visits = np.flatnonzero(orders.counted)
    visits = visits[np.lexsort((orders.closed[visits], orders.car[visits]))]
    keys = orders.car[visits] * FAR + orders.closed[visits]
    place = np.searchsorted(keys, car * FAR + started)
    inside = place < len(visits)
    found = visits[np.minimum(place, len(visits) - 1)] if len(visits) else np.zeros(len(car), dtype=np.int64)
    day = orders.closed[found] if orders.count else np.full(len(car), FAR)
    came = inside & (orders.car[found] == car) & (day <= closes) if orders.count else inside
    return np.where(came & happens(rng, DONE_AT_VISIT_SHARE, len(car)), day, FAR)
