"""Arrays made of the bases of some tables of the mirror: files of numpy in a version's folder, mapped by all processes.

A base never changes, so a version with the same bases links them, and nothing here can drift from the mirror. What
has changed since the bases is for whoever asks.
"""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
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


def columns(mirror: Mirror, name: str, tables: Sequence[str], make: Callable[[], Columns]) -> Columns:
    """Return the arrays of a name, which tells all that they depend on but the tables; `make` where nobody has."""
    folder = mirror.folder / FOLDER
    if not (folder / name).is_dir():
        folder.mkdir(mode=0o700, exist_ok=True)
        with alone(folder):
            if not (folder / name).is_dir():
                _place(mirror, name, tables, make)
    return {path.stem: np.asarray(np.load(path, mmap_mode="r")) for path in (folder / name).glob("*.npy")}


def names(mirror: Mirror) -> set[str]:
    """Return the names under which a version before has arrays: somebody uses them."""
    there = (path for folder in others(mirror) for path in (folder / FOLDER).glob("*"))
    return {path.name for path in there if path.is_dir() and path.suffix != _DRAFT}


def _place(mirror: Mirror, name: str, tables: Sequence[str], make: Callable[[], Columns]) -> None:
    draft = mirror.folder / FOLDER / f"{name}{_DRAFT}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if not any(_linked(other, mirror, name, tables, draft) for other in others(mirror)):
        for column, values in make().items():
            np.save(draft / f"{column}.npy", values, allow_pickle=False)
    # No fsync: what a power cut spoils of them is made again with the next base.
    draft.rename(mirror.folder / FOLDER / name)


def _linked(other: Path, mirror: Mirror, name: str, tables: Sequence[str], draft: Path) -> bool:
    """Link another version's files where its bases are the same; nobody may be removing it meanwhile."""
    try:
        bases = [mirror.tables[table].base for table in tables]
        if not all((other / base).samefile(mirror.folder / base) for base in bases):
            return False
        if not (other / FOLDER / name).is_dir():
            return False
        for path in (other / FOLDER / name).glob("*.npy"):
            os.link(path, draft / path.name)
        # Whoever removes a version begins with its manifest: the files were all there.
        return (other / mirrors.MANIFEST).exists()
    except (FileNotFoundError, FileExistsError):
        return False
