"""Where things lie in a data folder."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

# The kernel's limit for the path of a socket is 107 bytes, and the file name takes 15 of them.
_LONGEST_SOCKET_FOLDER = 90
# A comma separates hosts for libpq and folders for the server, a blank or a quote needs escaping in
# every URL that is made of it: all but plain characters go another way.
_PLAIN = re.compile(r"/[A-Za-z0-9/._+=-]*")
# Not the temporary folder of TMPDIR: two commands with different environments must meet here.
_SHORT_PLACE = Path("/tmp")  # noqa: S108 - the folder in it is ours alone: owner and mode are checked


@dataclass(frozen=True, slots=True)
class Layout:
    data_dir: Path

    @property
    def server(self) -> Path:
        return self.data_dir / "postgres"

    @property
    def cluster(self) -> Path:
        return self.server / "data"

    @property
    def unfinished_cluster(self) -> Path:
        return self.server / "data.unfinished"

    @property
    def users_lock(self) -> Path:
        return self.server / "users.lock"

    @property
    def server_lock(self) -> Path:
        return self.server / "server.lock"

    @property
    def start_log(self) -> Path:
        return self.server / "start.log"

    @property
    def socket(self) -> Path:
        return socket_folder(self.data_dir)

    @property
    def mark(self) -> str:
        """A name for this folder that shows in the server's command line."""
        return f"vernost-{_digest(self.data_dir)}"


def socket_folder(data_dir: Path) -> Path:
    """Return the folder of the server's socket: in the data folder, or a short one under /tmp."""
    folder = data_dir.absolute() / "socket"
    if len(os.fsencode(folder)) <= _LONGEST_SOCKET_FOLDER and _PLAIN.fullmatch(str(folder)):
        return folder
    return _SHORT_PLACE / f"vernost-{_digest(data_dir)}"


def _digest(data_dir: Path) -> str:
    return hashlib.sha256(os.fsencode(os.path.realpath(data_dir))).hexdigest()[:16]
