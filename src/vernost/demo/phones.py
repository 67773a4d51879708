"""Phone numbers as people dictate them and staff type them."""

import numpy as np

from vernost.demo.arrays import Ints
from vernost.demo.chance import happens, pick
from vernost.demo.files import style_of
from vernost.demo.people import DUPLICATE, People
from vernost.demo.rows import Column, padded, table, unless

CODES = (917, 927, 937, 987, 919, 912, 922, 902, 904, 905, 906, 909, 950, 951, 952, 960, 961, 962, 963, 964, 965, 982)
# A way to type a number: what is before it and between its groups of 3, 3, 2 and 2 digits.
WAYS = (
    ("+7 (", ") ", "-"),
    ("8", "", ""),
    ("8 ", " ", "-"),
    ("+7", "", ""),
    ("8-", "-", "-"),
    ("", " ", ""),
    ("+7 ", " ", " "),
)
WAY_SHARES = (0.30, 0.25, 0.12, 0.18, 0.06, 0.04, 0.05)
WORDS = ("", " жена", " муж", " (рабочий)", " звонить после 18:00", " водитель Сергей", " осн.", " WhatsApp")
WORD_SHARES = (0.90, 0.02, 0.02, 0.02, 0.01, 0.01, 0.01, 0.01)
BETWEEN = (", ", " | ", ",")
NONSENSE = ("нет", "8917", "+7 917 12-34", "не помнит", "000000", "8 (917) 555-12-3", "+7 (000) 000-00-00")
SECOND_SHARE = 0.18
SPREAD = 6_180_339  # has no common factor with ten million: neighbours get numbers far apart


class PhoneBook:
    """The column of phones; every customer has a mobile number that nobody else has."""

    def __init__(self) -> None:
        encoding = style_of("customers").encoding
        self._before, self._first, self._next = (table([way[part] for way in WAYS], encoding) for part in range(3))
        self._words = table(WORDS, "utf-8")
        self._between = table(BETWEEN, "utf-8")
        self._nonsense = table(NONSENSE, "utf-8")

    def column(self, rng: np.random.Generator, people: People, who: Ints) -> Column:
        count = people.count
        number = people.first + who
        code = np.array(CODES)[rng.integers(0, len(CODES), count)][who]
        way = pick(rng, WAY_SHARES, count)
        mobile = self._typed(way, code, number * SPREAD % 10_000_000)
        other = np.array(CODES)[rng.integers(0, len(CODES), count)]
        second = self._typed(pick(rng, WAY_SHARES, count), other, (number * SPREAD + 5_000_011) % 10_000_000)
        no_second = ~happens(rng, SECOND_SHARE, count)
        between = self._between[rng.integers(0, len(BETWEEN), count)]
        word = self._words[pick(rng, WORD_SHARES, count)]
        right = [*mobile, word, *unless(no_second, [between, *second])]
        bad = people.phone_bad & (people.role != DUPLICATE)
        nonsense = np.where(bad, self._nonsense[rng.integers(0, len(NONSENSE), count)], b"")
        return [*unless(people.phone_missing | bad, right), np.where(people.phone_missing, b"", nonsense)]

    def _typed(self, way: Ints, code: Ints, number: Ints) -> Column:
        before, first, following = self._before[way], self._first[way], self._next[way]
        return [
            before,
            *padded(code, 3),
            first,
            *padded(number // 10_000, 3),
            following,
            *padded(number // 100 % 100, 2),
            following,
            *padded(number % 100, 2),
        ]
