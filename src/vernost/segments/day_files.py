"""Small results of the night, in files beside the mirror whose customers they describe."""

import functools
import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings


def _file(name: str) -> Path:
    return Path(settings.MIRROR_DIR) / f"{name}.json"


def read(name: str) -> dict[str, Any]:
    """Return what was written under the name; nothing: an empty mapping. It must not be changed."""
    try:
        stamp = _file(name).stat()
    except FileNotFoundError:
        return {}
    return _content(_file(name), stamp.st_mtime_ns, stamp.st_ino)


@functools.lru_cache(maxsize=4)
def _content(path: Path, _changed: int, _inode: int) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def write(name: str, content: dict[str, Any]) -> None:
    """Replace the content: a reader sees all of it or what was there before."""
    path = _file(name)
    draft = path.with_name(f"{path.name}.draft")
    with draft.open("w", encoding="utf-8") as stream:
        json.dump(content, stream)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
