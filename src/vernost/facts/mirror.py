"""The versions of the mirror on disk: which one is current, who still reads an old one.

A version is a folder of Parquet files and a manifest; it is never changed. The file `current.json` names
the newest whole one and is replaced by a rename, so a reader sees a whole version or the one before.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from vernost.core.errors import DomainError
from vernost.core.fact_table import declared_tables
from vernost.core.i18n import _

MANIFEST = "manifest.json"
POINTER = "current.json"
SHELF = ".taken"
"""Ends the name of a shelf."""
SHELF_SUFFIXES = ("rows", "text", "words", "owners")
"""A shelf's records, the texts and the words in them, and whose they are."""


class MirrorMissing(DomainError):
    code = "mirror_missing"
    text = _("There are no figures yet: they come a minute after the first import.")


@dataclass(frozen=True, slots=True)
class Stored:
    """The files of one table: rows of `base` whose key is not in `gone`, and the rows of `delta`.

    `shelf` are rows of `base` as `facts.shelf` keeps them, for who wants few of them.
    """

    key: str
    columns: tuple[tuple[str, str], ...]
    base: str
    rows: int
    delta: str | None = None
    delta_rows: int = 0
    gone: str | None = None
    shelf: str | None = None

    @property
    def shelf_files(self) -> tuple[str, ...]:
        return () if self.shelf is None else tuple(f"{self.shelf}.{suffix}" for suffix in SHELF_SUFFIXES)

    @property
    def files(self) -> tuple[str, ...]:
        some = (self.base, self.gone, self.delta)
        return (*(name for name in some if name is not None), *self.shelf_files)


@dataclass(frozen=True, slots=True)
class Mirror:
    """One version. `refreshed_at` is the moment whose changes it holds."""

    version: str
    folder: Path
    refreshed_at: datetime
    tables: Mapping[str, Stored]

    def select(self, name: str) -> str:
        """Return the SELECT of DuckDB that reads a table of this version."""
        return select(self.folder, self.tables[name])


def select(folder: Path, stored: Stored) -> str:
    """Return the SELECT of DuckDB over a table's files in a folder."""
    columns = ", ".join(f'"{column}"' for column, _type in stored.columns)
    statement = f"SELECT {columns} FROM {_file(folder / stored.base)} AS base"  # noqa: S608 - declared names
    if stored.gone is not None:
        statement += f" ANTI JOIN {_file(folder / stored.gone)} AS gone USING ({stored.key})"
    if stored.delta is not None:
        statement += f" UNION ALL SELECT {columns} FROM {_file(folder / stored.delta)}"  # noqa: S608 - as above
    return statement


def part(folder: Path, stored: Stored, keys: str, column: str, names: Collection[str], found: str = "") -> str:
    """Return the SELECT of DuckDB of some columns of those rows whose `column` is a `key` of the table `keys`.

    They are few, so they are found before what is gone is left out; `found` is a table of those of the base, where
    somebody has it already.
    """
    columns = ", ".join(f'"{name}"' for name in names)
    needed = ", ".join(f'"{name}"' for name in needed_with(stored, column, names))
    base = found or f"{_file(folder / stored.base)} SEMI JOIN {keys} ON {column} = key"
    statement = f"SELECT {needed} FROM {base}"  # noqa: S608 - declared names
    if stored.gone is not None:
        gone = f"ANTI JOIN {_file(folder / stored.gone)} AS gone USING ({stored.key})"
        few = "NOT MATERIALIZED" if found else "MATERIALIZED"
        statement = f"WITH standing AS {few} ({statement}) SELECT {columns} FROM standing {gone}"  # noqa: S608 - as above
    else:
        statement = f"SELECT {columns} FROM ({statement})"  # noqa: S608 - as above
    if stored.delta is not None:
        delta = _file(folder / stored.delta)
        statement += f" UNION ALL SELECT {columns} FROM {delta} SEMI JOIN {keys} ON {column} = key"  # noqa: S608 - as above
    return statement


def needed_with(stored: Stored, column: str, names: Collection[str]) -> list[str]:
    """Return the columns to read of a base for the columns `names` of some owners' rows (`column`)."""
    return list(dict.fromkeys((stored.key, column, *names)))


def file_rows(path: Path) -> str:
    """Return the SELECT of DuckDB over one file."""
    return f"SELECT * FROM {_file(path)}"  # noqa: S608 - a path of ours


def _file(path: Path) -> str:
    quoted = str(path).replace("'", "''")
    return f"read_parquet('{quoted}')"


def root() -> Path:
    return Path(settings.MIRROR_DIR)


def current() -> Mirror:
    """Return the newest whole version; `MirrorMissing` without one, or with one of another Vernost's tables."""
    try:
        pointer = json.loads((root() / POINTER).read_text(encoding="utf-8"))
        tables = json.loads((root() / pointer["version"] / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MirrorMissing from None
    mirror = Mirror(
        pointer["version"],
        root() / pointer["version"],
        datetime.fromisoformat(pointer["refreshed_at"]),
        {name: _stored(content) for name, content in tables.items()},
    )
    if {name: stored.columns for name, stored in mirror.tables.items()} != _declared():
        raise MirrorMissing
    return mirror


def is_filled() -> bool:
    """Tell whether there is a version, and a customer in it."""
    try:
        customers = current().tables["customers"]
    except MirrorMissing:
        return False
    return customers.rows + customers.delta_rows > 0


def _declared() -> dict[str, tuple[tuple[str, str], ...]]:
    return {name: tuple(table.columns.items()) for name, table in declared_tables().items()}


def _stored(content: dict[str, Any]) -> Stored:
    columns = tuple((column, kind) for column, kind in content.pop("columns"))
    stored = Stored(columns=columns, **content)
    # Those of an earlier Vernost lay otherwise and had another name.
    return stored if stored.shelf is None or stored.shelf.endswith(SHELF) else replace(stored, shelf=None)


def draft(folder: Path, tables: Mapping[str, Stored], refreshed_at: datetime) -> Mirror:
    """Describe a version that is being written."""
    return Mirror(folder.name, folder, refreshed_at, dict(tables))


def next_folder() -> Path:
    """Return a name that no version has had; later versions have greater names."""
    numbers = [int(path.name) for path in root().iterdir() if path.is_dir()] if root().exists() else []
    return root() / f"{max(numbers, default=0) + 1:08d}"


def write_manifest(mirror: Mirror) -> None:
    content = {name: asdict(stored) for name, stored in mirror.tables.items()}
    _write_whole(mirror.folder / MANIFEST, json.dumps(content, indent=1))


def switch_to(mirror: Mirror) -> None:
    """Make a version, whose files are all written, the current one."""
    pointer = {"version": mirror.version, "refreshed_at": mirror.refreshed_at.isoformat()}
    _write_whole(root() / POINTER, json.dumps(pointer))


def read_mark(name: str) -> str:
    """Return the version that somebody's results were last brought up to; empty: none."""
    try:
        return (root() / f"{name}.mark").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def write_mark(name: str, version: str) -> None:
    _write_whole(root() / f"{name}.mark", version)


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


def held(mirror: Mirror | None = None) -> tuple[Mirror, int]:
    """Hold a version (the current one by default); return it with the descriptor of `hold`.

    Raises FileNotFoundError where the version asked for has been removed.
    """
    while True:
        chosen = mirror or current()
        try:
            return chosen, hold(chosen)
        except FileNotFoundError:
            if mirror is not None:
                raise
            # A refresh has just replaced and removed it: there is a newer one.


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
    """Remove versions that are neither among the newest `keep` nor being read, and unfinished ones.

    Only for whoever holds the refreshers' lock: nobody else writes a version meanwhile.
    """
    if not root().exists():
        return
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
                # Without its manifest a version is no version, also where a kill leaves half of it.
                (path / MANIFEST).unlink(missing_ok=True)
                shutil.rmtree(path)
