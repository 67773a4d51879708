"""customers.csv: the cards as the staff typed them."""

from dataclasses import dataclass

import numpy as np

from vernost.demo.arrays import FAR, Bools, Ints, Texts
from vernost.demo.branches import CITIES, STREETS
from vernost.demo.chance import happens, pick, popular_first, up_to
from vernost.demo.files import Codes, Folder, style_of
from vernost.demo.names import MAIL_HOSTS, ORIGINS, RUSSIAN, SOUTHERN, TATAR, firms, latin
from vernost.demo.people import CHANNELS, DUPLICATE, People
from vernost.demo.phones import PhoneBook
from vernost.demo.rows import Column, join, padded, table, unless
from vernost.demo.world import World

STYLE = style_of("customers")
SOURCES = (
    "Интернет", "Рекомендация знакомых", "2ГИС", "Авто.ру", "Авито", "Проезжал мимо", "Реклама на радио",
    "Повторное обращение", "Соцсети", "Сайт производителя", "",
)  # fmt: skip
CATEGORIES = ("", "Стандарт", "VIP", "Корпоративный", "Сотрудник")
REASONS = ("Просил не звонить и не писать", "Судебный спор", "Долг за ремонт", "Переехал за границу", "Умер")
TOWNS = ("Зеленодольск", "Стерлитамак", "Новокуйбышевск", "Краснокамск", "Первоуральск", "Бердск", "Копейск")
# As it should be, in capitals, in small letters, with a letter left out.
RIGHT, CAPITALS, SMALL, SLIP = range(4)
SPELLING_SHARES = (0.945, 0.035, 0.02, 0.0)
NO_YO_SHARE = 0.6  # of the letters ё are typed as е
DOUBLE_SHARE, SOUTHERN_SHARE, NO_PATRONYMIC_SHARE = 0.015, 0.015, 0.02
OLDEST, YOUNGEST = 80 * 365, 19 * 365


@dataclass(frozen=True, slots=True)
class _Tables:
    """Every text four times, once per spelling; surnames and patronymics for men, then for women."""

    surnames: Texts
    firsts: Texts
    patronymics: Texts
    logins: Texts
    surname_count: int
    first_count: int
    patronymic_count: int
    # Where each origin begins: (surnames, men, women, patronymics) and how many there are.
    starts: tuple[tuple[int, int, int, int], ...]
    counts: tuple[tuple[int, int, int, int], ...]


def tables() -> _Tables:
    surnames = [pair for origin in ORIGINS for pair in origin.surnames]
    firsts = [name for origin in ORIGINS for name in origin.men] + [name for origin in ORIGINS for name in origin.women]
    patronymics = [pair for origin in ORIGINS for pair in origin.patronymics]
    counts = [(len(origin.surnames), len(origin.men), len(origin.women), len(origin.patronymics)) for origin in ORIGINS]
    before = [tuple(sum(row[column] for row in counts[:place]) for column in range(4)) for place in range(3)]
    men = sum(row[1] for row in counts)
    return _Tables(
        surnames=_spelled([man for man, _ in surnames] + [woman for _, woman in surnames]),
        firsts=_spelled(firsts),
        patronymics=_spelled([f" {name}" if name else "" for pair in zip(*patronymics, strict=True) for name in pair]),
        logins=table([latin(man) for man, _ in surnames]),
        surname_count=len(surnames),
        first_count=len(firsts),
        patronymic_count=len(patronymics),
        starts=tuple((row[0], row[1], row[2] + men, row[3]) for row in before),
        counts=tuple(counts),
    )


def _spelled(texts: list[str]) -> Texts:
    """The texts in each spelling, then the same with е for ё."""
    spelled = [*texts, *(text.upper() for text in texts), *(text.lower() for text in texts)]
    spelled += [text[:2] + text[3:] if len(text) > 4 else text for text in texts]  # noqa: PLR2004 - too short to shorten
    return STYLE.table([*spelled, *(text.replace("ё", "е").replace("Ё", "Е") for text in spelled)])


class CardWriter:
    """Writes the cards of chunk after chunk; the tables of names are made once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tables = tables()
        self._firms = STYLE.table(firms())
        self._texts = {name: STYLE.table(texts) for name, texts in _SHORT_TEXTS.items()}
        self._phones = PhoneBook()

    def write(self, folder: Folder, codes: Codes, people: People, chunk: int, created: Ints) -> None:
        rng = self._world.rng(chunk, "cards")
        count = people.count
        # A second card tells of the same person.
        self_or_twin = np.where(people.role == DUPLICATE, people.twin, np.arange(count))
        company = people.company[self_or_twin]
        female = people.female[self_or_twin]
        name, surname = self._names(rng, people, female, company, self_or_twin)
        birthday, bad_birthday = self._birthdays(rng, people, company, self_or_twin)
        phones = self._phones.column(rng, people, self_or_twin)
        columns: list[Column] = [
            codes.customer(np.arange(count)),
            (np.where(company, b"company", b"person"),),
            name,
            self._firm_names(rng, company, people),
            unless(~company | happens(rng, 0.1, count), _inn(rng, count)),
            birthday,
            unless(company | happens(rng, 0.12, count), (np.where(female, b"f", b"m"),)),
            phones,
            self._emails(rng, company, surname),
            *self._places(rng, people),
            (self._texts["sources"][pick(rng, popular_first(len(SOURCES)), count)],),
            (self._texts["categories"][self._category(rng, company)],),
            STYLE.day(created),
            *self._blocked(rng, people),
            *(STYLE.flag(people.consents[channel]) for channel in CHANNELS),
            STYLE.day(self._consent_days(rng, people, created)),
            codes.employee(
                self._world.branches.employee(rng, people.branch, "advisor"), nobody=happens(rng, 0.65, count)
            ),
        ]
        folder.write("customers", columns, count)
        self._confess(folder, codes, people, bad_birthday)

    def _names(
        self, rng: np.random.Generator, people: People, female: Bools, company: Bools, who: Ints
    ) -> tuple[Column, Ints]:
        count, names = people.count, self._tables
        tatar = np.array([city.tatar for city in CITIES])[self._world.branches.city[people.branch]]
        origin = np.where(happens(rng, tatar, count), TATAR, RUSSIAN)
        origin[happens(rng, SOUTHERN_SHARE, count)] = SOUTHERN
        surname = self._draw(rng, origin, 0)[who]
        double = self._draw(rng, np.full(count, RUSSIAN), 0)[who]
        first = np.where(female, self._draw(rng, origin, 2), self._draw(rng, origin, 1))[who]
        patronymic = self._draw(rng, origin, 3)[who]
        without = happens(rng, NO_PATRONYMIC_SHARE, count)
        is_double = (happens(rng, DOUBLE_SHARE, count) & female)[who] & (double != surname)
        second_card = people.role == DUPLICATE
        spelling = np.where(second_card & happens(rng, 0.6, count), SLIP, pick(rng, SPELLING_SHARES, count))
        plain_e = happens(rng, NO_YO_SHARE, count)
        right = np.where(spelling == SLIP, RIGHT, spelling)
        row = 4 * plain_e
        woman = female.astype(np.int64)
        many, several = names.surname_count, names.patronymic_count
        column = (
            names.surnames[(row + spelling) * 2 * many + woman * many + surname],
            np.where(is_double, b"-", b""),
            np.where(is_double, names.surnames[(row + right) * 2 * many + woman * many + double], b""),
            b" ",
            names.firsts[(row + right) * names.first_count + first],
            np.where(without, b"", names.patronymics[(row + right) * 2 * several + woman * several + patronymic]),
        )
        return unless(company, column), surname

    def _draw(self, rng: np.random.Generator, origin: Ints, what: int) -> Ints:
        """A name of each row's origin: 0 surname, 1 man, 2 woman, 3 patronymic."""
        drawn = np.zeros(len(origin), dtype=np.int64)
        for number, (starts, counts) in enumerate(zip(self._tables.starts, self._tables.counts, strict=True)):
            rows = np.flatnonzero(origin == number)
            drawn[rows] = starts[what] + pick(rng, popular_first(counts[what]), len(rows))
        return drawn

    def _firm_names(self, rng: np.random.Generator, company: Bools, people: People) -> Column:
        return unless(~company, (self._firms[rng.integers(0, len(self._firms), people.count)],))

    def _birthdays(self, rng: np.random.Generator, people: People, company: Bools, who: Ints) -> tuple[Column, Bools]:
        count = people.count
        day = (self._world.until - rng.triangular(YOUNGEST, 38 * 365, OLDEST, count).astype(np.int64))[who]
        known = ~company & ~happens(rng, 0.28, count)
        nonsense = known & happens(rng, 0.0005, count)
        written = STYLE.dates(np.where(known, day, FAR))
        # 1C writes an empty date as the first of January of the year one.
        empty = np.where(happens(rng, 0.5, count), b"01.01.0001", b"")
        return (np.where(nonsense, b"31.02.1980", np.where(known, written, empty)),), nonsense

    def _emails(self, rng: np.random.Generator, company: Bools, surname: Ints) -> Column:
        count = len(surname)
        column = (
            self._tables.logins[surname],
            np.array([b"", b".", b"_"])[rng.integers(0, 3, count)],
            *padded(rng.integers(0, 10_000, count), 4),
            b"@",
            self._texts["hosts"][pick(rng, popular_first(len(MAIL_HOSTS)), count)],
        )
        return unless(happens(rng, np.where(company, 0.3, 0.55), count), column)

    def _places(self, rng: np.random.Generator, people: People) -> list[Column]:
        count = people.count
        city = self._world.branches.city[people.branch]
        away = happens(rng, 0.05, count)
        town = rng.integers(0, len(TOWNS), count)
        house, flat = up_to(rng, 1, 140, count), up_to(rng, 1, 300, count)
        address = (
            self._texts["streets"][rng.integers(0, len(STREETS), count)],
            ", д. ".encode(),
            np.array([b"%d" % number for number in range(301)])[house],
            ", кв. ".encode(),
            np.array([b"%d" % number for number in range(301)])[flat],
        )
        return [
            (np.where(away, self._texts["towns"][town], self._texts["cities"][city]),),
            unless(happens(rng, 0.3, count), address),
            unless(~happens(rng, 0.1, count), (self._texts["zones"][city],)),
        ]

    def _category(self, rng: np.random.Generator, company: Bools) -> Ints:
        count = len(company)
        of_person = np.array([0, 1, 2, 4])[pick(rng, (0.55, 0.4, 0.04, 0.01), count)]
        return np.where(company, CATEGORIES.index("Корпоративный"), of_person)

    def _blocked(self, rng: np.random.Generator, people: People) -> list[Column]:
        blocked = people.blocked_on < FAR
        reason = self._texts["reasons"][pick(rng, (5, 2, 2, 2, 2), people.count)]
        return [STYLE.flag(blocked), STYLE.day(people.blocked_on), unless(~blocked, (reason,))]

    def _consent_days(self, rng: np.random.Generator, people: People, created: Ints) -> Ints:
        count = people.count
        later = ((self._world.until - created) * rng.random(count)).astype(np.int64)
        day = np.where(happens(rng, 0.8, count), created, created + np.maximum(later, 0))
        return np.where(happens(rng, 0.08, count), FAR, day)

    def _confess(self, folder: Folder, codes: Codes, people: People, bad_birthday: Bools) -> None:
        faults = (
            ("full_name", "duplicate", people.role == DUPLICATE),
            ("phones", "bad_phone", people.phone_bad & (people.role != DUPLICATE)),
            ("birth_date", "bad_date", bad_birthday),
        )
        for column, kind, rows in faults:
            places = np.flatnonzero(rows)
            row = (b"customers",), (join(codes.customer(places), len(places)),), (column.encode(),), (kind.encode(),)
            folder.write("truth/dirty", row, len(places))
        second = np.flatnonzero(people.role == DUPLICATE)
        folder.write("truth/duplicates", [codes.customer(second), codes.customer(people.twin[second])], len(second))


_SHORT_TEXTS = {
    "sources": SOURCES,
    "categories": CATEGORIES,
    "reasons": REASONS,
    "towns": TOWNS,
    "cities": [city.name for city in CITIES],
    "zones": [city.timezone for city in CITIES],
    "streets": STREETS,
    "hosts": MAIL_HOSTS,
}


def _inn(rng: np.random.Generator, count: int) -> Column:
    """Ten digits, the last of which is the check digit."""
    digits = rng.integers(0, 10, (count, 9))
    digits[:, 0] = np.maximum(digits[:, 0], 1)
    check = digits @ np.array([2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10
    number = digits @ 10 ** np.arange(8, -1, -1)
    return (*padded(number, 9), *padded(check, 1))
