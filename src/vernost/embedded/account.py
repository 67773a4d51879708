"""Which system user runs the server: PostgreSQL refuses to be root."""

import logging
import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vernost.embedded.errors import EmbeddedServerError

NAME: Final = "vernost"
# Where no user can be added (a minimal container): one that every distribution has.
_FALLBACKS: Final = ("postgres", "nobody")
_ADD_USER: Final = (
    (
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--shell",
        "/usr/sbin/nologin",
        "--home-dir",
        "/nonexistent",
    ),
    ("adduser", "-S", "-D", "-H", "-s", "/sbin/nologin", "-h", "/nonexistent"),
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    uid: int
    gid: int

    def as_child(self) -> dict[str, Any]:
        """Return the arguments that make `subprocess` run a child as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)

    def can_pass(self, folder: Path) -> bool:
        """Tell whether the mode of `folder` and of all above lets this user through."""
        return all(self._may_enter(part) for part in (folder, *folder.parents))

    def _may_enter(self, folder: Path) -> bool:
        state = folder.stat()
        if state.st_uid == self.uid:
            return bool(state.st_mode & 0o100)
        if state.st_gid == self.gid:
            return bool(state.st_mode & 0o010)
        return bool(state.st_mode & 0o001)


def choose(cluster: Path) -> Account | None:
    """Return the user for the server's process, None for the one that runs us.

    A cluster that exists belongs to its user for good; a new one gets `vernost`, made if missing.
    """
    if os.geteuid() != 0:
        return None
    if cluster.exists():
        return _of(pwd.getpwuid(cluster.stat().st_uid))
    return _named(NAME) or _add() or _fallback()


def _add() -> Account | None:
    for program, *arguments in _ADD_USER:
        # `su` leaves the administrator's folders out of PATH.
        found = shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
        if found is None:
            continue
        # Another command may hold /etc/passwd, or make the same user at this moment.
        for _ in range(50):
            made = subprocess.run([found, *arguments, NAME], capture_output=True, check=False)  # noqa: S603 - fixed words
            account = _named(NAME)
            if account:
                return account
            time.sleep(0.1)
        logger.warning("the user %s cannot be added: %s", NAME, made.stderr.decode("utf-8", "replace").strip())
    return None


def _fallback() -> Account:
    for name in _FALLBACKS:
        account = _named(name)
        if account:
            logger.warning("PostgreSQL runs as the user %s, because %s could not be added", name, NAME)
            return account
    message = f"PostgreSQL does not run as root and no user for it was found: run `useradd --system {NAME}`"
    raise EmbeddedServerError(message)


def _named(name: str) -> Account | None:
    try:
        return _of(pwd.getpwnam(name))
    except KeyError:
        return None


def _of(entry: pwd.struct_passwd) -> Account:
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)
