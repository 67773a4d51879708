"""Which encoding a file of text is in: UTF-8, UTF-16, Windows-1251, KOI8-R or the one of DOS."""

import codecs
from collections import Counter
from itertools import pairwise
from typing import Final

UTF_8: Final = "utf-8"
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SINGLE_BYTE: Final = ("cp1251", "koi8-r", "cp866")
# How many of ten thousand letters of Russian text are this one.
_FREQUENCY: Final = {
    "о": 1097,
    "е": 845,
    "а": 801,
    "и": 735,
    "н": 670,
    "т": 626,
    "с": 547,
    "р": 473,
    "в": 454,
    "л": 440,
    "к": 349,
    "м": 321,
    "д": 298,
    "п": 281,
    "у": 262,
    "я": 201,
    "ы": 190,
    "ь": 174,
    "г": 170,
    "з": 165,
    "б": 159,
    "ч": 144,
    "й": 121,
    "х": 97,
    "ж": 94,
    "ш": 73,
    "ю": 64,
    "ц": 48,
    "щ": 36,
    "э": 32,
    "ф": 26,
    "ъ": 4,
    "ё": 4,
}
_WORD_LETTERS: Final = frozenset(_FREQUENCY)
_NEVER_FIRST: Final = frozenset("ъьы")
# Signs that texts of a dealer have besides letters.
_USUAL_SIGNS: Final = frozenset("№«»—–\u00a0…“”„’°±§©®•\u202f")
# Letters tell an alphabet within pages; a file may begin with a screen of numbers.
_ENOUGH: Final = 128 * 1024
_BEGINNING: Final = 2000
_UNDEFINED: Final = "\ufffd"


def detect(sample: bytes, *, whole: bool) -> str:
    """Name the encoding of a file by its beginning; `whole` tells that there is no more of it."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    for name, high in (("utf-16-le", sample[1:_BEGINNING:2]), ("utf-16-be", sample[0:_BEGINNING:2])):
        # The high bytes of English and Russian letters; in a text of another encoding they hardly occur.
        if high and (high.count(0) + high.count(4)) > 0.9 * len(high):
            return name
    if _is_utf8(sample, whole=whole):
        return UTF_8
    if _mostly_utf8(sample):
        return UTF_8
    some = sample[:_ENOUGH]
    return max(_SINGLE_BYTE, key=lambda name: _likeness(some.decode(name, errors="replace")))


def decode_line(line: bytes, encoding: str) -> tuple[str, bool]:
    """Return a line as text, and whether it was in another encoding than its file."""
    try:
        return line.decode(encoding), False
    except UnicodeDecodeError:
        pass
    others = _SINGLE_BYTE if encoding.startswith("utf") else (UTF_8,)
    return max((line.decode(name, errors="replace") for name in others), key=_likeness), True


def is_utf8_line(line: bytes) -> bool:
    """Whether a line with other than English letters is UTF-8: by chance it hardly can be."""
    if line.isascii():
        return False
    try:
        line.decode(UTF_8)
    except UnicodeDecodeError:
        return False
    return True


def _is_utf8(sample: bytes, *, whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder(UTF_8)().decode(sample, final=whole)
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(sample: bytes) -> bool:
    lines = [line for line in sample.split(b"\n")[:-1] or [sample] if not line.isascii()]
    return sum(map(is_utf8_line, lines)) * 2 > len(lines)


def _likeness(text: str) -> float:
    """Say how much a text looks like Russian: usual letters, capitals only at the beginning of words."""
    letters = Counter(text)
    score = 0.0
    for letter, times in letters.items():
        low = letter.lower()
        if low in _WORD_LETTERS:
            score += times * (_FREQUENCY[low] / 300 - 1)
        elif letter == _UNDEFINED:
            score -= times * 10
        elif not letter.isascii() and letter not in _USUAL_SIGNS:
            score -= times * 4
    return score - 4 * sum(_is_odd(before.lower(), before, after) for before, after in pairwise(f" {text}"))


def _is_odd(low: str, before: str, after: str) -> bool:
    """Tell a capital after a small letter, and a word that begins with a letter no word begins with."""
    if low in _WORD_LETTERS:
        return before == low and after != after.lower() and after.lower() in _WORD_LETTERS
    return after.lower() in _NEVER_FIRST
