"""The folders of the server: made by us, closed to others; nobody else's is ever changed."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from vernost.embedded import account as accounts
from vernost.embedded.account import Account
from vernost.embedded.errors import EmbeddedServerError
from vernost.embedded.layout import Layout


def make_data_dir(layout: Layout) -> None:
    _make_passable(layout.data_dir, accounts.choose(layout.cluster))


def make_server_folders(layout: Layout) -> None:
    account = accounts.choose(layout.cluster)
    _make_passable(layout.server, account)
    make_private(layout.socket, account)


def remove_socket_folder(layout: Layout) -> None:
    """Leave nothing under /tmp behind."""
    if layout.data_dir not in layout.socket.parents:
        # Not empty: not only ours, so it stays.
        with suppress(OSError):
            layout.socket.rmdir()


def make_private(folder: Path, account: Account | None) -> None:
    """Make a folder for the server's user alone; one that is somebody else's is refused."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        _check_private(folder, account)
    else:
        folder.chmod(0o700)
        if account:
            account.give(folder)


def _make_passable(folder: Path, account: Account | None) -> None:
    """Make a folder of ours that the server's user can pass through, but not list."""
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if account:
        os.chown(folder, 0, account.gid)
        folder.chmod(0o710)


def _check_private(folder: Path, account: Account | None) -> None:
    state = folder.lstat()
    owner = account.uid if account else os.geteuid()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != owner or stat.S_IMODE(state.st_mode) & 0o077:
        message = f"{folder} is not a closed folder of the user {owner}: remove it, it is made again"
        raise EmbeddedServerError(message)
