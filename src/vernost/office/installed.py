"""The installed package and the Python libraries that it runs on, as pip wrote them down."""

import re
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution

PACKAGE = "vernost"
_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)\s*(?:\[(?P<extras>[^\]]*)\])?")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)""")
_CLASSIFIER = "License :: OSI Approved :: "


@dataclass(frozen=True, slots=True)
class Product:
    """`licence` is an SPDX expression, `licence_text` the whole text, empty where it was not installed."""

    version: str
    python: str
    licence: str
    licence_text: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A library that another one needs, its name as pip compares names."""

    name: str
    extras: frozenset[str]


@dataclass(frozen=True, slots=True)
class LibraryRow:
    name: str
    version: str
    licence: str


@cache
def product() -> Product:
    found = distribution(PACKAGE)
    python = ".".join(str(part) for part in sys.version_info[:3])
    text = found.read_text("licenses/LICENSE") or ""
    return Product(found.version, python, licence_of(found), text)


@cache
def library_rows() -> tuple[LibraryRow, ...]:
    """Return what the package needs, and what that needs, by name."""
    found: dict[str, Distribution] = {}
    asked: set[Wanted] = set()
    waiting = [Wanted(PACKAGE, frozenset())]
    while waiting:
        wanted = waiting.pop()
        asked.add(wanted)
        try:
            found[wanted.name] = distribution(wanted.name)
        except PackageNotFoundError:
            # Wanted on another system.
            continue
        further = (_wanted(words, wanted.extras) for words in found[wanted.name].requires or [])
        waiting += [each for each in further if each and each not in asked]
    del found[PACKAGE]
    rows = (LibraryRow(each.metadata["Name"], each.version, licence_of(each)) for each in found.values())
    return tuple(sorted(rows, key=lambda row: row.name.lower()))


def licence_of(found: Distribution) -> str:
    """Return the licence as the library names it; some give a classifier, some the text itself."""
    expressions, classifiers, texts = (
        found.metadata.get_all(field) or [] for field in ("License-Expression", "Classifier", "License")
    )
    named = [each.removeprefix(_CLASSIFIER) for each in classifiers if each.startswith(_CLASSIFIER)]
    first_lines = [text.strip().splitlines()[0] for text in texts if text.strip()]
    return ", ".join(expressions or named or first_lines[:1])


def _wanted(requirement: str, extras: frozenset[str]) -> Wanted | None:
    """Read `psycopg[binary,pool]~=3.3 ; extra == "x"`; None where it is of an extra that nobody asks for."""
    parts = _REQUIREMENT.match(requirement)
    of_extra = _EXTRA.search(requirement)
    if parts is None or (of_extra and of_extra[1] not in extras):
        return None
    own = frozenset(filter(None, re.split(r"[\s,]+", parts["extras"] or "")))
    return Wanted(re.sub(r"[-_.]+", "-", parts["name"]).lower(), own)
