"""Cars sold and serviced in Russia, with their maintenance plans."""

from dataclasses import dataclass

import numpy as np

from vernost.demo.arrays import Floats, Ints

FIRST_PLAN_YEAR, LAST_PLAN_YEAR = 1990, 2070
COMMON_MONTHS, COMMON_KM = 12, 15_000
NO_KM = 10**7


@dataclass(frozen=True, slots=True)
class Variant:
    make: str
    model: str
    engine: str
    gearbox: str
    sold_from: int
    sold_to: int
    popularity: float
    price: int  # new, thousand roubles of 2024
    warranty_years: int
    warranty_km: int
    maker: str  # the first three signs of the VIN
    km_per_day: float  # median of its owners


@dataclass(frozen=True, slots=True)
class Plan:
    make: str
    model: str
    engine: str = ""
    year_from: int | None = None
    year_to: int | None = None
    months: int = 12
    km: int = 10_000
    first_months: int | None = None
    first_km: int | None = None
    hours: float = 1.8


VARIANTS = (
    Variant("Haval", "Jolion", "1.5T", "DCT7", 2021, 2070, 10, 2_250, 3, 100_000, "XZG", 32),
    Variant("Haval", "F7", "1.5T", "DCT7", 2019, 2070, 5, 2_650, 3, 100_000, "XZG", 34),
    Variant("Haval", "F7", "2.0T", "DCT7", 2019, 2070, 3, 2_900, 3, 100_000, "XZG", 35),
    Variant("Haval", "Dargo", "2.0T", "DCT7", 2022, 2070, 4, 3_150, 3, 100_000, "XZG", 34),
    Variant("Haval", "M6", "1.5T", "DCT7", 2023, 2070, 3, 2_150, 3, 100_000, "LGW", 33),
    Variant("Chery", "Tiggo 4 Pro", "1.5T", "CVT", 2020, 2070, 6, 2_100, 7, 200_000, "LVV", 31),
    Variant("Chery", "Tiggo 7 Pro Max", "1.6T", "DCT7", 2021, 2070, 7, 2_700, 7, 200_000, "LVV", 34),
    Variant("Chery", "Tiggo 8 Pro Max", "2.0T", "DCT7", 2022, 2070, 4, 3_600, 7, 200_000, "LVV", 34),
    Variant("Chery", "Tiggo 4", "2.0", "CVT", 2017, 2021, 3, 1_300, 5, 150_000, "LVV", 30),
    Variant("Geely", "Coolray", "1.5T", "DCT7", 2019, 2070, 5, 2_400, 5, 150_000, "L6T", 30),
    Variant("Geely", "Monjaro", "2.0T", "AT8", 2022, 2070, 6, 4_100, 5, 150_000, "L6T", 37),
    Variant("Geely", "Atlas", "1.8T", "AT6", 2018, 2022, 3, 1_700, 5, 150_000, "Y4K", 33),
    Variant("Geely", "Atlas", "2.0T", "AT8", 2023, 2070, 3, 3_000, 5, 150_000, "L6T", 34),
    Variant("LADA", "Vesta", "1.6", "MT5", 2016, 2070, 9, 1_450, 3, 100_000, "XTA", 33),
    Variant("LADA", "Vesta SW Cross", "1.8", "MT5", 2018, 2070, 4, 1_800, 3, 100_000, "XTA", 34),
    Variant("LADA", "Granta", "1.6", "MT5", 2016, 2070, 10, 850, 3, 100_000, "XTA", 29),
    Variant("LADA", "Niva Travel", "1.7", "MT5", 2020, 2070, 4, 1_300, 2, 70_000, "X9L", 26),
    Variant("LADA", "Largus", "1.6", "MT5", 2016, 2070, 3, 1_550, 3, 100_000, "XTA", 50),
    Variant("Omoda", "C5", "1.5T", "CVT", 2022, 2070, 6, 2_350, 7, 200_000, "LVT", 32),
    Variant("Omoda", "S5", "1.5", "CVT", 2023, 2070, 2, 2_000, 7, 200_000, "LVT", 33),
    Variant("Changan", "UNI-K", "2.0T", "AT8", 2022, 2070, 3, 4_200, 5, 150_000, "LS5", 35),
    Variant("Changan", "CS35 Plus", "1.4T", "DCT7", 2019, 2070, 4, 2_150, 5, 150_000, "LS5", 30),
    Variant("Changan", "CS55 Plus", "1.5T", "DCT7", 2021, 2070, 4, 2_600, 5, 150_000, "LS5", 32),
    Variant("Exeed", "TXL", "2.0T", "DCT7", 2020, 2070, 3, 3_900, 7, 200_000, "LVT", 36),
    Variant("Exeed", "VX", "2.0T", "DCT7", 2021, 2070, 2, 5_200, 7, 200_000, "LVT", 38),
    Variant("Kia", "Rio", "1.6", "AT6", 2011, 2022, 9, 1_250, 5, 150_000, "Z94", 34),
    Variant("Kia", "Sportage", "2.0", "AT6", 2011, 2022, 6, 2_100, 5, 150_000, "XWE", 34),
    Variant("Kia", "Ceed", "1.6", "AT6", 2012, 2022, 3, 1_500, 5, 150_000, "XWE", 33),
    Variant("Hyundai", "Solaris", "1.6", "AT6", 2011, 2022, 9, 1_200, 5, 150_000, "Z94", 34),
    Variant("Hyundai", "Creta", "2.0", "AT6", 2016, 2022, 7, 1_600, 5, 150_000, "Z94", 33),
    Variant("Hyundai", "Tucson", "2.0", "AT6", 2015, 2022, 3, 2_200, 5, 150_000, "TMA", 34),
    Variant("Toyota", "Camry", "2.5", "AT8", 2012, 2022, 5, 2_600, 3, 100_000, "XW7", 42),
    Variant("Toyota", "RAV4", "2.0", "CVT", 2013, 2022, 5, 2_700, 3, 100_000, "XW7", 35),
    Variant("Toyota", "Land Cruiser Prado", "2.8D", "AT6", 2013, 2022, 2, 4_600, 3, 100_000, "JTE", 38),
    Variant("Volkswagen", "Polo", "1.6", "AT6", 2011, 2022, 6, 1_200, 3, 100_000, "XW8", 34),
    Variant("Volkswagen", "Tiguan", "1.4T", "DCT6", 2014, 2022, 4, 2_200, 3, 100_000, "XW8", 34),
    Variant("Skoda", "Octavia", "1.6", "AT6", 2013, 2022, 3, 1_600, 3, 100_000, "XW8", 37),
    Variant("Renault", "Duster", "2.0", "MT6", 2012, 2022, 4, 1_200, 3, 100_000, "X7L", 32),
)

# Skoda and Renault have no plan here: their owners keep to the common 12 months / 15 000 km.
PLANS = (
    Plan("Haval", "Jolion"),
    Plan("Haval", "F7", "1.5T"),
    Plan("Haval", "F7", "2.0T", hours=2.1),
    Plan("Haval", "Dargo", hours=2.1),
    Plan("Haval", "M6"),
    Plan("Chery", "Tiggo 4 Pro"),
    Plan("Chery", "Tiggo 7 Pro Max", hours=2.0),
    Plan("Chery", "Tiggo 8 Pro Max", hours=2.2),
    Plan("Chery", "Tiggo 4", first_months=6, first_km=5_000, hours=1.7),
    Plan("Geely", "Coolray"),
    Plan("Geely", "Monjaro", hours=2.3),
    Plan("Geely", "Atlas", "1.8T", hours=2.0),
    Plan("Geely", "Atlas", "2.0T", hours=2.2),
    Plan("LADA", "Vesta", km=15_000, year_to=2021, hours=1.5),
    Plan("LADA", "Vesta", km=10_000, year_from=2022, hours=1.5),
    Plan("LADA", "Vesta SW Cross", km=15_000, hours=1.6),
    Plan("LADA", "Granta", km=15_000, hours=1.4),
    Plan("LADA", "Niva Travel", km=15_000, first_km=3_000, first_months=4, hours=1.9),
    Plan("LADA", "Largus", km=15_000, hours=1.5),
    Plan("Omoda", "C5"),
    Plan("Omoda", "S5"),
    Plan("Changan", "UNI-K", hours=2.3),
    Plan("Changan", "CS35 Plus", first_months=6, first_km=5_000),
    Plan("Changan", "CS55 Plus", first_months=6, first_km=5_000),
    Plan("Exeed", "TXL", hours=2.3),
    Plan("Exeed", "VX", hours=2.5),
    Plan("Kia", "Rio", km=15_000, year_to=2019, hours=1.6),
    Plan("Kia", "Rio", km=10_000, year_from=2020, hours=1.6),
    Plan("Kia", "Sportage", km=15_000, hours=1.9),
    Plan("Kia", "Ceed", km=15_000, hours=1.7),
    Plan("Hyundai", "Solaris", km=15_000, hours=1.6),
    Plan("Hyundai", "Creta", km=15_000, hours=1.7),
    Plan("Hyundai", "Tucson", km=15_000, hours=1.9),
    Plan("Toyota", "Camry", hours=1.8),
    Plan("Toyota", "RAV4", hours=1.8),
    Plan("Toyota", "Land Cruiser Prado", "2.8D", hours=2.6),
    Plan("Volkswagen", "Polo", km=15_000, hours=1.8),
    Plan("Volkswagen", "Tiguan", km=15_000, hours=2.2),
)

LEGACY = frozenset({"Kia", "Hyundai", "Toyota", "Volkswagen", "Skoda", "Renault"})


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The variants as columns; plans are looked up by [variant, model year - FIRST_PLAN_YEAR]."""

    sold_from: Ints
    sold_to: Ints
    popularity: Floats
    price: Ints
    warranty_years: Ints
    warranty_km: Ints
    km_per_day: Floats
    months: Ints
    km: Ints
    first_months: Ints
    first_km: Ints

    @classmethod
    def build(cls) -> "Catalogue":
        years = range(FIRST_PLAN_YEAR, LAST_PLAN_YEAR + 1)
        plans = [[_plan_of(variant, year) for year in years] for variant in VARIANTS]
        return cls(
            sold_from=np.array([variant.sold_from for variant in VARIANTS]),
            sold_to=np.array([variant.sold_to for variant in VARIANTS]),
            popularity=np.array([variant.popularity for variant in VARIANTS], dtype=np.float64),
            price=np.array([variant.price for variant in VARIANTS]),
            warranty_years=np.array([variant.warranty_years for variant in VARIANTS]),
            warranty_km=np.array([variant.warranty_km for variant in VARIANTS]),
            km_per_day=np.array([variant.km_per_day for variant in VARIANTS]),
            months=np.array([[plan.months for plan in row] for row in plans]),
            km=np.array([[plan.km for plan in row] for row in plans]),
            first_months=np.array([[plan.first_months or plan.months for plan in row] for row in plans]),
            first_km=np.array([[plan.first_km or plan.km for plan in row] for row in plans]),
        )

    def sold_in(self, years: Ints) -> Floats:
        """Popularity of each variant among the cars made in each of `years`, a row per year."""
        made = (years[:, None] >= self.sold_from) & (years[:, None] <= self.sold_to)
        # Before 2011 only what was already made then: the oldest cars of the yard.
        made |= (years[:, None] < self.sold_from.min()) & (self.sold_from == self.sold_from.min())
        return made * self.popularity


def _plan_of(variant: Variant, year: int) -> Plan:
    for plan in PLANS:
        same_car = (plan.make, plan.model) == (variant.make, variant.model)
        in_years = (plan.year_from or year) <= year <= (plan.year_to or year)
        if same_car and plan.engine in {"", variant.engine} and in_years:
            return plan
    return Plan(variant.make, variant.model, months=COMMON_MONTHS, km=COMMON_KM)
