"""The versions of the mirror on disk: which one is current, who still reads an old one.

A version is a folder of Parquet files and a manifest; it is never changed. The file `current` names
the newest whole one and is replaced by a rename, so a reader sees a whole version or the one before.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from vernost.core.errors import DomainError
from vernost.core.i18n import _

MANIFEST = "manifest.json"


class MirrorMissing(DomainError):
    code = "mirror_missing"
    text = _("There are no figures yet: import data first, or run `vernost mirror rebuild`.")


@dataclass(frozen=True, slots=True)
class Stored:
    """The files of one table: rows of `base` whose key is not in `gone`, and the rows of `delta`."""

    key: str
    columns: tuple[tuple[str, str], ...]
    base: str
    rows: int
    delta: str | None = None
    delta_rows: int = 0
    gone: str | None = None


@dataclass(frozen=True, slots=True)
class Mirror:
    """One version. `refreshed_at` is the moment whose changes it holds."""

    version: str
    folder: Path
    refreshed_at: datetime
    tables: Mapping[str, Stored]

    def select(self, name: str) -> str:
        """Return the SELECT of DuckDB that reads a table of this version."""
        stored = self.tables[name]
        columns = ", ".join(f'"{column}"' for column, _type in stored.columns)
        base = f"SELECT {columns} FROM {self._file(stored.base)}"
        if stored.gone is not None:
            base += f" ANTI JOIN {self._file(stored.gone)} USING ({stored.key})"
        if stored.delta is not None:
            base += f" UNION ALL SELECT {columns} FROM {self._file(stored.delta)}"
        return base

    def _file(self, name: str) -> str:
        path = str(self.folder / name).replace("'", "''")
        return f"read_parquet('{path}')"


def root() -> Path:
    return Path(settings.MIRROR_DIR)


def current() -> Mirror:
    """Return the newest whole version, or raise `MirrorMissing`."""
    try:
        return _read(root(), (root() / "current").read_text(encoding="ascii"))
    except FileNotFoundError:
        raise MirrorMissing from None


def write_manifest(mirror: Mirror) -> None:
    tables = {name: asdict(stored) for name, stored in mirror.tables.items()}
    content = {"refreshed_at": mirror.refreshed_at.isoformat(), "tables": tables}
    _write_whole(mirror.folder / MANIFEST, json.dumps(content, indent=1))


def switch_to(mirror: Mirror) -> None:
    """Make a version, whose files are all written, the current one."""
    _write_whole(root() / "current", mirror.version)


def _read(folder: Path, version: str) -> Mirror:
    content = json.loads((folder / version / MANIFEST).read_text(encoding="utf-8"))
    tables = {
        name: Stored(**{**stored, "columns": tuple((column, kind) for column, kind in stored["columns"])})
        for name, stored in content["tables"].items()
    }
    return Mirror(version, folder / version, datetime.fromisoformat(content["refreshed_at"]), tables)


def _write_whole(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.draft")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def hold(mirror: Mirror) -> int:
    """Keep a version's files from being removed until the returned descriptor is closed.

    Raises FileNotFoundError where the version has just been removed.
    """
    handle = os.open(mirror.folder, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(handle, fcntl.LOCK_SH)
    if not (mirror.folder / MANIFEST).exists():
        os.close(handle)
        raise FileNotFoundError(mirror.folder)
    return handle


@contextmanager
def _unread(folder: Path) -> Iterator[bool]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(handle)


def remove_old(*, keep: int = 2) -> None:
    """Remove versions that are neither among the newest `keep` nor being read, and unfinished ones."""

    try:
        newest = current().version
    except MirrorMissing:
        newest = ""
    versions = sorted(path for path in root().iterdir() if path.is_dir())
    whole = [path for path in versions if (path / MANIFEST).exists() and path.name <= newest]
    for path in versions:
        if path in whole[-keep:]:
            continue
        with _unread(path) as unread:
            if unread:
                (path / MANIFEST).unlink(missing_ok=True)
                shutil.rmtree(path)
