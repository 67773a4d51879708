"""One `vernost start` per data folder, known to the second one by its process and its address."""

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from vernost.cli.words import translated
from vernost.core.errors import DomainError
from vernost.core.i18n import _

_PAUSE: Final = 0.1
# The parts of a killed run notice it at once and finish what they have in hand.
_PARTS_END_WITHIN: Final = 60.0


class AlreadyRuns(DomainError):
    code = "already_runs"
    text = _("Vernost already runs on %(folder)s: process %(pid)s, %(address)s")


class PartsStillRun(DomainError):
    code = "parts_still_run"
    text = _("Parts of an earlier run on %(folder)s have not ended: see `ps` for `vernost web` and `vernost worker`")


@dataclass(frozen=True, slots=True)
class _Holder:
    pid: int
    # A number given to another process has another birth.
    born: str
    address: str

    def lives(self) -> bool:
        return _birth(self.pid) == self.born


class Instance:
    """The claim on a data folder. The parts inherit it: it ends with the last process of the run."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir
        self.handle = os.open(data_dir / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)

    def __enter__(self) -> Self:
        try:
            self._claim()
        except BaseException:
            os.close(self.handle)
            raise
        self.announce("")
        return self

    def __exit__(self, *_: object) -> None:
        os.ftruncate(self.handle, 0)
        os.close(self.handle)

    def announce(self, address: str) -> None:
        """Leave word for a second start."""
        holder = _Holder(pid=os.getpid(), born=_birth(os.getpid()), address=address)
        content = json.dumps(asdict(holder)).encode()
        os.pwrite(self.handle, content, 0)
        os.ftruncate(self.handle, len(content))

    def _claim(self) -> None:
        patience = time.monotonic() + _PARTS_END_WITHIN
        while not self._try():
            holder = self._holder()
            if holder and holder.lives():
                address = holder.address or translated(_("still starting"))
                raise AlreadyRuns(folder=self._folder, pid=holder.pid, address=address)
            if time.monotonic() > patience:
                raise PartsStillRun(folder=self._folder)
            time.sleep(_PAUSE)

    def _try(self) -> bool:
        try:
            fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _holder(self) -> _Holder | None:
        try:
            content: dict[str, Any] = json.loads(os.pread(self.handle, 1000, 0))
        except json.JSONDecodeError:
            # The holder is just writing.
            return None
        return _Holder(**content)


def _birth(pid: int) -> str:
    """Return when a process began, in ticks since the machine's start; empty for one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    state, birth = fields[0], fields[19]
    return "" if state == "Z" else birth
