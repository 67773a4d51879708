"""The installed package and the Python libraries that it runs on, as pip wrote them down."""

import re
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution

PACKAGE = "vernost"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_CLASSIFIER = "License :: OSI Approved :: "


@dataclass(frozen=True, slots=True)
class Product:
    """`licence` is an SPDX expression, `licence_text` the whole text, empty where it was not installed."""

    version: str
    python: str
    licence: str
    licence_text: str


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
    waiting = [PACKAGE]
    while waiting:
        name = waiting.pop()
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            # Wanted on another system or by an extra.
            continue
        waiting += [key for key in map(_key, found[name].requires or []) if key and key not in found]
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


def _key(requirement: str) -> str:
    """Return the name of a requirement as pip compares names; nothing for an extra's."""
    name = _NAME.match(requirement)
    return "" if name is None or "extra ==" in requirement else re.sub(r"[-_.]+", "-", name[0]).lower()
