"""The dealer group: cities, branches and the people who work there."""

import math
from dataclasses import dataclass

import numpy as np

from vernost.demo.arrays import Floats, Ints
from vernost.demo.cars import LEGACY, VARIANTS

GROUP = "Вектор Авто"
CUSTOMERS_A_BRANCH = 20_000
FEWEST, MOST = 7, 48


@dataclass(frozen=True, slots=True)
class City:
    name: str
    code: str
    timezone: str
    regions: tuple[str, ...]
    phone: str
    tatar: float  # share of Tatar and Bashkir names


CITIES = (
    City("Казань", "KZN", "Europe/Moscow", ("16", "116", "716"), "843", 0.42),
    City("Уфа", "UFA", "Asia/Yekaterinburg", ("02", "102", "702"), "347", 0.40),
    City("Самара", "SAM", "Europe/Samara", ("63", "163", "763"), "846", 0.06),
    City("Пермь", "PRM", "Asia/Yekaterinburg", ("59", "159"), "342", 0.07),
    City("Екатеринбург", "EKB", "Asia/Yekaterinburg", ("66", "96", "196"), "343", 0.05),
    City("Новосибирск", "NSK", "Asia/Novosibirsk", ("54", "154"), "383", 0.03),
    City("Челябинск", "CHE", "Asia/Yekaterinburg", ("74", "174", "774"), "351", 0.10),
    City("Нижний Новгород", "NNV", "Europe/Moscow", ("52", "152"), "831", 0.04),
    City("Омск", "OMS", "Asia/Omsk", ("55", "155"), "381", 0.05),
    City("Ижевск", "IZH", "Europe/Samara", ("18", "118"), "341", 0.11),
    City("Тюмень", "TMN", "Asia/Yekaterinburg", ("72", "172"), "345", 0.12),
    City("Красноярск", "KRS", "Asia/Krasnoyarsk", ("24", "124"), "391", 0.03),
)
BRANDS = (
    ("Haval", "LADA", "Kia"),
    ("Chery", "Exeed", "Hyundai"),
    ("Geely", "Changan", "Volkswagen"),
    ("LADA", "Omoda", "Kia"),
    ("Haval", "Chery", "Toyota"),
    ("Omoda", "Exeed", "Toyota"),
    ("Changan", "LADA", "Hyundai"),
    ("Geely", "Haval", "Volkswagen"),
)
STREETS = (
    "пр-т Победы", "ул. Ленина", "ул. Гагарина", "Московское шоссе", "ул. Мира", "Сибирский тракт", "ул. Советская",
    "ул. Октябрьская", "ул. Пушкина", "ул. Чехова", "ул. Молодёжная", "ул. Садовая", "ул. Кирова", "ул. 8 Марта",
    "пр-т Строителей", "ул. Космонавтов", "ул. Зелёная", "ул. Набережная", "ул. Комсомольская", "ул. Лесная",
    "ул. Школьная", "ул. Заводская", "ул. Юбилейная", "ул. Тукая", "ул. Белинского", "ул. Энтузиастов",
    "ул. Авиаторов", "ул. Королёва", "ул. Чапаева", "пер. Тихий",
)  # fmt: skip
ROLES = ("advisor", "operator", "sales", "mechanic", "manager")


@dataclass(frozen=True, slots=True)
class Branches:
    """One position per branch; staff by [branch][role] as ranges of employee numbers."""

    city: Ints
    share: Floats
    brands: list[tuple[str, ...]]
    bays: Ints
    staff: dict[str, Ints]  # how many of each role
    first: dict[str, Ints]  # number of the first of them

    @property
    def count(self) -> int:
        return len(self.city)

    @property
    def ids(self) -> list[str]:
        return [f"{CITIES[city].code}{place // len(CITIES) + 1}" for place, city in enumerate(self.city)]

    def mix(self) -> Floats:
        """How much each branch deals in each variant: its own brands, and a little of the others."""
        own = np.array([[variant.make in brands for variant in VARIANTS] for brands in self.brands])
        known = np.array([variant.make in LEGACY for variant in VARIANTS])
        return np.where(own, 1.0, np.where(known, 0.10, 0.05))

    def employee(self, rng: np.random.Generator, branch: Ints, role: str) -> Ints:
        """Somebody of the role at each row's branch, by number."""
        drawn = (rng.random(len(branch)) * self.staff[role][branch]).astype(np.int64)
        return self.first[role][branch] + drawn


def build(customers: int) -> Branches:
    count = min(max(FEWEST, math.ceil(customers / CUSTOMERS_A_BRANCH)), MOST)
    place = np.arange(count)
    weight = 1.0 / (1 + 0.12 * (place % len(CITIES)))
    share = weight / weight.sum()
    # A tenth of the customers comes on a busy month; a visit takes two hours; 26 days of 11 hours.
    hours = customers * share * 0.10 * 2.0
    bays = np.maximum(2, np.ceil(hours / (26 * 11 * 0.6))).astype(np.int64)
    staff = {
        "advisor": np.maximum(2, bays // 4),
        "operator": np.maximum(2, bays // 6),
        "sales": np.maximum(3, bays // 4),
        "mechanic": bays * 2,
        "manager": np.ones(count, dtype=np.int64),
    }
    total = np.stack([staff[role] for role in ROLES], axis=1)
    starts = (np.cumsum(total.ravel()) - total.ravel()).reshape(total.shape) + 1
    return Branches(
        city=place % len(CITIES),
        share=share,
        brands=[BRANDS[number % len(BRANDS)] for number in range(count)],
        bays=bays,
        staff=staff,
        first={role: starts[:, column] for column, role in enumerate(ROLES)},
    )
