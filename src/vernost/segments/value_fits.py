"""The fitted models of each day, in a file beside the mirror whose customers they describe."""

import functools
import json
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from vernost.segments.rules.value.choice import Fit

NAME = "value_fits.json"
# A year of days that somebody may ask again.
_KEPT_DAYS = 400


def file() -> Path:
    return Path(settings.MIRROR_DIR) / NAME


def of(as_of: date) -> Mapping[str, Any] | None:
    try:
        stamp = file().stat()
    except FileNotFoundError:
        return None
    return _read(file(), stamp.st_mtime_ns, stamp.st_ino).get(as_of.isoformat())


@functools.lru_cache(maxsize=2)
def _read(path: Path, _changed: int, _inode: int) -> dict[str, Any]:
    fits: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return fits


def keep(as_of: date, fit: Mapping[str, Any]) -> None:
    """Write the models of a day: a reader sees the file before or after, never a half."""
    path = file()
    fits = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    fits[as_of.isoformat()] = dict(fit)
    newest = sorted(fits)[-_KEPT_DAYS:]
    draft = path.with_name(f"{path.name}.draft")
    with draft.open("w", encoding="utf-8") as stream:
        json.dump({day: fits[day] for day in newest}, stream)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


def fit(*, as_of: date) -> "Fit":
    """Fit the models of a day on the current mirror, and keep those that speak."""
    from vernost import facts  # noqa: PLC0415 - Django wakes this module; the engines come when they are needed
    from vernost.segments.rules.value import base  # noqa: PLC0415 - as above

    found = base.estimate(facts.connect(), as_of)
    keep(as_of, base.written(found))
    return found
