"""The words of 1C and its kin for files, columns and values (`formats/onec.toml`)."""

import functools
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).parents[1] / "formats" / "onec.toml"
_PUNCTUATION: Final = re.compile(r"[\W_]+")
# A name that a kind gives itself goes before the names that all kinds share.
_GENERAL: Final = 100


def key(text: str) -> str:
    """Return what names of files and columns are compared by: no case, no ё, no blanks or punctuation."""
    return _PUNCTUATION.sub("", text.lower().replace("ё", "е")) or text.strip()


@functools.cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@functools.cache
def file_names(kind: str) -> frozenset[str]:
    """Return the keys of a kind's file names, its own English one included."""
    return frozenset({key(kind), *map(key, _words()["files"].get(kind, ()))})


@functools.cache
def column_names(kind: str) -> Mapping[str, Mapping[str, int]]:
    """Map a header's key to the columns that it may mean, each with a rank: the lower, the likelier."""
    found: dict[str, dict[str, int]] = {}
    headers = _words()["headers"]
    for section, start in ((headers.get(kind, {}), 0), (headers["all"], _GENERAL)):
        for column, names in section.items():
            for rank, name in enumerate(names, start):
                found.setdefault(key(name), {}).setdefault(column, rank)
    return found


@functools.cache
def spoken_names(kind: str) -> Mapping[str, str]:
    """Map each column to the name by which people of a dealership know it."""
    headers = _words()["headers"]
    return {column: names[0] for column, names in {**headers["all"], **headers.get(kind, {})}.items()}


@functools.cache
def values(vocabulary: str) -> Mapping[str, str]:
    """Map a word in lower case to the code that it means."""
    return {word: code for code, words in _words()["values"].get(vocabulary, {}).items() for word in words}
