"""How a person is recognised in what was written of him, and by what his records are known after he is gone."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from vernost.core.i18n import _

REASONS: Final[Mapping[str, str]] = {
    "demand": _("The person demands it"),
    "withdrawn": _("The consent to processing was withdrawn"),
    "achieved": _("The purpose of the processing is achieved"),
    "unlawful": _("The data were processed without a lawful reason"),
    "retention": _("The period of keeping has run out"),
}
# A plate and a VIN are compared without what people put between, Latin letters as their Cyrillic look-alikes.
_LATIN, _CYRILLIC = "ABEKMHOPCTYX", "АВЕКМНОРСТУХ"
FOLDED: Final = (
    f"translate(upper(regexp_replace({{text}}, '[^0-9A-Za-zА-Яа-яЁё]', '', 'g')), '{_LATIN}', '{_CYRILLIC}')"
)
DIGITS: Final = "regexp_replace({text}, '[^0-9]', '', 'g')"
WORDS: Final = "translate(lower({text}), 'ё', 'е')"
# A number within Russia: with it any way to write the country in front is found too.
_NATIONAL: Final = 10
_SHORTEST_FOLDED: Final = 6


@dataclass(frozen=True, slots=True)
class Marks:
    """By what a person is recognised: words in lower case, digits of numbers, folded plates and VINs."""

    words: tuple[str, ...]
    digits: tuple[str, ...]
    folded: tuple[str, ...]

    def are_in(self, text: str) -> bool:
        lower = _lower(text)
        digits = "".join(sign for sign in text if sign.isascii() and sign.isdigit())
        return (
            any(word in lower for word in self.words)
            or any(number in digits for number in self.digits)
            or any(mark in fold(text) for mark in self.folded)
        )


def marks(*, names: Iterable[str], emails: Iterable[str], phones: Iterable[str], cars: Iterable[str]) -> Marks:
    """Return the marks of a person. A single word is no name: half the town is called so."""
    words = {_lower(name) for name in names if len(name.split()) > 1} | {_lower(email) for email in emails if email}
    escaped = {_lower(json.dumps(name)[1:-1]) for name in names if len(name.split()) > 1}
    national = {"".join(sign for sign in phone if sign.isdigit())[-_NATIONAL:] for phone in phones}
    return Marks(
        words=tuple(sorted(words | escaped)),
        digits=tuple(sorted(number for number in national if len(number) == _NATIONAL)),
        folded=tuple(sorted({mark for car in cars if len(mark := fold(car)) >= _SHORTEST_FOLDED})),
    )


def fold(text: str) -> str:
    letters = "".join(sign for sign in text if sign.isalnum()).upper()
    return letters.translate(str.maketrans(_LATIN, _CYRILLIC))


def told_instead(name: str, old: str, new: str) -> list[tuple[str, str]]:
    """Return every way in which JSON says that `name` is an id, each with the same of another id."""
    writings = {json.dumps(old), json.dumps(old, ensure_ascii=False)}
    return [
        (f'"{name}"{colon}{written}', f'"{name}"{colon}{json.dumps(new)}')
        for colon in (":", ": ")
        for written in sorted(writings)
    ]


def hash_of_key(salt: bytes, source_id: int, key: str) -> str:
    """Return the hash by which a record of a source is known after its key is forgotten."""
    return hashlib.sha256(f"{salt.hex()}|{source_id}|{key}".encode()).hexdigest()


def _lower(text: str) -> str:
    return text.lower().replace("ё", "е")
