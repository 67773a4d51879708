"""Arrays made of tables of the mirror: files of numpy in a version's folder, mapped by all processes.

Those of the bases of some tables are linked by each version with the same bases, which never change; those of what
has changed since are of one version. So nothing here can drift from the mirror.
"""

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vernost.facts import mirror as mirrors
from vernost.facts.flat_files import alone, others
from vernost.facts.mirror import Mirror

Columns = Mapping[str, NDArray[Any]]
FOLDER: Final = "kept"
_DRAFT: Final = ".draft"
_BASES: Final = "bases.json"


def columns(mirror: Mirror, name: str, make: Callable[[], Columns], *, bases: Sequence[str] = ()) -> Columns:
    """Return the arrays of a name, which tells all that they depend on but the mirror; `make` where nobody has.

    `bases`: the tables whose bases alone they are made of; none: they are of the version.
    """
    folder = mirror.folder / FOLDER
    if not (folder / name).is_dir():
        folder.mkdir(mode=0o700, exist_ok=True)
        with alone(folder):
            if not (folder / name).is_dir():
                _place(mirror, name, make, bases)
    return {path.stem: np.asarray(np.load(path, mmap_mode="r")) for path in (folder / name).glob("*.npy")}


def follow(mirror: Mirror) -> None:
    """Link what earlier versions have of the bases of this one: they go, and somebody uses it."""
    for folder in others(mirror):
        for told in (folder / FOLDER).glob(f"*/{_BASES}"):
            name = told.parent.name
            if told.parent.suffix == _DRAFT or (mirror.folder / FOLDER / name).is_dir():
                continue
            (mirror.folder / FOLDER).mkdir(mode=0o700, exist_ok=True)
            with alone(mirror.folder / FOLDER), suppress(FileNotFoundError):
                _link(mirror, name, json.loads(told.read_text(encoding="utf-8")))


def is_made(mirror: Mirror, name: str) -> bool:
    return (mirror.folder / FOLDER / name).is_dir()


def _place(mirror: Mirror, name: str, make: Callable[[], Columns], bases: Sequence[str]) -> None:
    if bases and _link(mirror, name, bases):
        return
    draft = _draft(mirror, name)
    for column, values in make().items():
        np.save(draft / f"{column}.npy", values, allow_pickle=False)
    if bases:
        (draft / _BASES).write_text(json.dumps(bases), encoding="utf-8")
    # No fsync: what a power cut spoils of them is made again with the next base.
    draft.rename(mirror.folder / FOLDER / name)


def _link(mirror: Mirror, name: str, bases: Sequence[str]) -> bool:
    """Link the files of an earlier version with the same bases; tell whether there was one."""
    for other in others(mirror):
        # What an attempt before has linked is another version's: never to be written over.
        draft = _draft(mirror, name)
        if _linked(other, mirror, name, bases, draft):
            draft.rename(mirror.folder / FOLDER / name)
            return True
    return False


def _draft(mirror: Mirror, name: str) -> Path:
    draft = mirror.folder / FOLDER / f"{name}{_DRAFT}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    return draft


def _linked(other: Path, mirror: Mirror, name: str, bases: Sequence[str], draft: Path) -> bool:
    """Link another version's files where its bases are the same; nobody may be removing it meanwhile."""
    try:
        files = [mirror.tables[table].base for table in bases]
        if not all((other / file).samefile(mirror.folder / file) for file in files):
            return False
        if not (other / FOLDER / name).is_dir():
            return False
        for path in (other / FOLDER / name).iterdir():
            os.link(path, draft / path.name)
        # Whoever removes a version begins with its manifest: the files were all there.
        return (other / mirrors.MANIFEST).exists()
    except FileNotFoundError:
        return False
