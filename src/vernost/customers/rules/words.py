"""Lists of words that files bring and an administrator names: where customers learned of us, categories of works."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vernost.core import names


class WordList(StrEnum):
    SOURCES = "sources"
    CATEGORIES = "categories"


@dataclass(frozen=True, slots=True)
class Listed:
    """`word` is what records hold, `title` how people read it; an archived one is offered no more."""

    word: str
    title: str
    archived: bool = False


def word_of(kind: WordList, title: str) -> str:
    """Return the word that files would have: categories are compared without case."""
    return title.lower() if kind is WordList.CATEGORIES else title


def listed(known: Mapping[str, str], found: Iterable[str], stored: Sequence[Listed]) -> list[Listed]:
    """Return the words of the product, of the base and of the administrator, each once, by their titles."""
    rows = {word: Listed(word, title) for word, title in known.items()}
    rows |= {word: Listed(word, word) for word in found if word and word not in rows}
    for one in stored:
        usual = rows[one.word].title if one.word in rows else one.word
        rows[one.word] = Listed(one.word, one.title or usual, one.archived)
    return sorted(rows.values(), key=lambda one: (one.archived, names.sort_key(one.title)))
