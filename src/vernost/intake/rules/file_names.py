"""The name under which an uploaded file is kept: it leads nowhere, fits the disk and is nobody else's."""

import re
from collections.abc import Collection
from pathlib import PurePosixPath
from typing import Final

# In bytes: a Russian letter is two of them.
_LONGEST: Final = 200
_LONGEST_ENDING: Final = 10
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def plain_name(name: str, taken: Collection[str]) -> str:
    """Return the last part of the name without tricks, short enough, with a number where another file has it."""
    last = _UNSEEN.sub("", PurePosixPath(name.replace("\\", "/")).name).strip()
    last = "file" if last.strip(".") == "" else last
    ending = PurePosixPath(last).suffix
    ending = ending if len(ending) <= _LONGEST_ENDING else ""
    stem = last.removesuffix(ending).encode()[:_LONGEST].decode(errors="ignore")
    found, number = f"{stem}{ending}", 1
    while found in taken:
        number += 1
        found = f"{stem} ({number}){ending}"
    return found
