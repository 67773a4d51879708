"""vehicles.csv: VINs, plates and papers of the cars."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vernost.demo.arrays import FAR, Bools, Ints, Texts
from vernost.demo.branches import CITIES
from vernost.demo.cars import VARIANTS
from vernost.demo.chance import happens, pick
from vernost.demo.files import Codes, Folder, style_of
from vernost.demo.garage import NEW_FROM_OTHERS, NEW_FROM_US, USED_FROM_OTHERS, Cars, Ownerships
from vernost.demo.rows import Column, join, padded, table, unless, whole
from vernost.demo.world import CARS_A_CHUNK, World

STYLE = style_of("vehicles")
VIN_SIGNS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
VIN_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)
VIN_WEIGHTS = np.array([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2])
VIN_YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"
CHECK, LENGTH = 8, 17
SERIALS = 1_000_000
PLATE_LETTERS = "АВЕКМНОРСТУХ"
PLATE_LATIN = "ABEKMHOPCTYX"
PLATES = 12**3 * 999
PLATE_SPREAD = 636_413  # has no common factor with PLATES: neighbours get plates far apart
RIGHT, LATIN, SMALL, SPACED = range(4)
PLATE_SHARES = (0.87, 0.06, 0.03, 0.04)
NO_PLATE_SHARE, NO_VIN_SHARE, SMALL_VIN_SHARE = 0.05, 0.012, 0.008

VIN_FAULTS = ("", "vin_too_short", "vin_wrong_letter", "vin_check_digit", "duplicate_vin")
SOUND, TOO_SHORT, WRONG_LETTER, WRONG_CHECK, COPIED = range(5)
VIN_FAULT_SHARES = (0.9865, 0.001, 0.001, 0.011, 0.0005)

WARRANTY_KNOWN = {NEW_FROM_US: 0.97, NEW_FROM_OTHERS: 0.85}
SELDOM_KNOWN = 0.35


@dataclass(frozen=True, slots=True)
class Vins:
    true: Texts
    written: Texts
    fault: Ints


def vins(world: World, chunk: int, cars: Cars) -> Vins:
    rng = world.rng(chunk, "vins")
    true = _vins(cars.first + np.arange(cars.count), cars.variant, cars.made)
    fault = pick(rng, VIN_FAULT_SHARES, cars.count)
    fault[(fault == COPIED) & (cars.count == 1)] = SOUND
    written = true.copy()
    signs = written.view(np.uint8).reshape(-1, LENGTH)
    place = rng.integers(3, CHECK, cars.count)
    wrong = np.flatnonzero(fault == WRONG_LETTER)
    signs[wrong, place[wrong]] = np.frombuffer(b"OIQ", dtype=np.uint8)[rng.integers(0, 3, len(wrong))]
    bad = np.flatnonzero(fault == WRONG_CHECK)
    check = signs[bad, CHECK]
    signs[bad, CHECK] = np.where(check == ord("X"), ord("7"), ord("0") + (check - ord("0") + 3) % 10)
    signs[fault == TOO_SHORT, LENGTH - 1] = 0
    copied = np.flatnonzero(fault == COPIED)
    written[copied] = true[(copied + 1) % cars.count]
    missing = happens(rng, NO_VIN_SHARE, cars.count) & (fault == SOUND)
    small = happens(rng, SMALL_VIN_SHARE, cars.count)
    typed = np.where(small, np.char.lower(written), written)
    return Vins(true, np.where(missing, b"", typed), fault)


def unknown_vins(chunk: int, count: int, variant: int) -> Texts:
    """VINs of cars that never came: their serial numbers lie beyond all of ours."""
    number = 90 * SERIALS + chunk * CARS_A_CHUNK + np.arange(count)
    return _vins(number, np.full(count, variant), np.full(count, 2022))


def _vins(number: Ints, variant: Ints, made: Ints) -> Texts:
    signs = np.frombuffer(VIN_SIGNS.encode(), dtype=np.uint8)
    letters = len(VIN_SIGNS)
    high, serial = np.divmod(number, SERIALS)
    vin = np.zeros((len(number), LENGTH), dtype=np.uint8)
    makers = np.frombuffer("".join(variant.maker for variant in VARIANTS).encode(), dtype=np.uint8).reshape(-1, 3)
    vin[:, 0:3] = makers[variant]
    for place in range(3, 8):
        vin[:, place] = signs[(variant * 7 + place * 5 + variant // 3) % letters]
    vin[:, 7] = signs[high % letters]
    vin[:, 9] = np.frombuffer(VIN_YEARS.encode(), dtype=np.uint8)[(made - 2010) % len(VIN_YEARS)]
    vin[:, 10] = signs[10 + (high // letters + variant) % 20]
    for place in range(LENGTH - 6, LENGTH):
        vin[:, place] = ord("0") + serial // 10 ** (LENGTH - 1 - place) % 10
    vin[:, CHECK] = _check_digits(vin)
    return vin.view(f"S{LENGTH}").ravel()


def _check_digits(vin: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    values = np.zeros(256, dtype=np.int64)
    values[ord("0") : ord("9") + 1] = np.arange(10)
    for letter, value in VIN_VALUES.items():
        values[ord(letter)] = value
    remainder: Ints = values[vin] @ VIN_WEIGHTS % 11
    signs = np.frombuffer(b"0123456789X", dtype=np.uint8)
    return signs[remainder]


class RegistrationWriter:
    """Writes the cars of chunk after chunk."""

    def __init__(self, world: World) -> None:
        self._world = world
        ways = (PLATE_LETTERS, PLATE_LATIN, PLATE_LETTERS.lower(), PLATE_LETTERS)
        self._letters = table([letter for way in ways for letter in way])
        self._regions = [table(city.regions) for city in CITIES]
        self._texts = {
            name: STYLE.table([getattr(variant, name) for variant in VARIANTS])
            for name in ("make", "model", "engine", "gearbox")
        }

    def write(
        self, folder: Folder, codes: Codes, chunk: int, cars: Cars, owned: Ownerships, marks: Vins, scrapped: Bools
    ) -> None:
        rng = self._world.rng(chunk, "registration")
        count, now = cars.count, owned.present
        plate = self._plates(rng, cars)
        sold_on, by_us = self._sales(rng, cars, owned)
        owner_known = (now >= count) | happens(rng, 0.85, count)
        warranty = np.full(count, SELDOM_KNOWN)
        for origin, share in WARRANTY_KNOWN.items():
            warranty[cars.origin == origin] = share
        warranty_known = happens(rng, warranty, count)
        columns: list[Column] = [
            codes.car(np.arange(count)),
            (marks.written,),
            plate,
            *((self._texts[name][cars.variant],) for name in ("make", "model", "engine", "gearbox")),
            whole(cars.made),
            codes.customer(owned.customer[now]),
            STYLE.day(np.where(owner_known, owned.owned_from[now], FAR)),
            STYLE.day(sold_on),
            STYLE.flag(by_us),
            codes.branch(cars.branch),
            STYLE.day(np.where(warranty_known, owned.warranty_end[now], FAR)),
            unless(~warranty_known | happens(rng, 0.08, count), whole(owned.warranty_km[now])),
            STYLE.flag(scrapped),
        ]
        folder.write("vehicles", columns, count)
        bad = np.flatnonzero(marks.fault != SOUND)
        kinds = table(VIN_FAULTS)[marks.fault[bad]]
        row = (b"vehicles",), (join(codes.car(bad), len(bad)),), (b"vin",), (kinds,)
        folder.write("truth/dirty", row, len(bad))

    def _sales(self, rng: np.random.Generator, cars: Cars, owned: Ownerships) -> tuple[Ints, Bools]:
        """The day a dealer sold the car to its first or present owner, and whether it was us."""
        now = owned.present
        by_us = owned.sold_by_us[now] | owned.sold_by_us[: cars.count]
        day = np.where(owned.sold_by_us[now], owned.start[now], cars.came)
        elsewhere = np.where(happens(rng, 0.6, cars.count), cars.first_sale, FAR)
        elsewhere = np.where(cars.origin == USED_FROM_OTHERS, FAR, elsewhere)
        return np.where(by_us, day, elsewhere), by_us

    def _plates(self, rng: np.random.Generator, cars: Cars) -> Column:
        count = cars.count
        letters, digits = np.divmod((cars.first + np.arange(count)) * PLATE_SPREAD % PLATES, 999)
        way = pick(rng, PLATE_SHARES, count)
        row = way * len(PLATE_LETTERS)
        city = self._world.branches.city[cars.branch]
        region = np.zeros(count, dtype="S3")
        for number, regions in enumerate(self._regions):
            rows = np.flatnonzero(city == number)
            region[rows] = regions[rng.integers(0, len(regions), len(rows))]
        gap = np.where(way == SPACED, b" ", b"")
        column = [
            self._letters[row + letters // 144],
            gap,
            *padded(digits + 1, 3),
            gap,
            self._letters[row + letters // 12 % 12],
            self._letters[row + letters % 12],
            gap,
            region,
        ]
        return unless(happens(rng, NO_PLATE_SHARE, count), column)
