"""kill -9 at random moments of a piece of work, and whether the process was inside it."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import psutil
from tests.faults.installation import Installation
from tests.faults.running import eventually

MOST_TRIES = 30


@dataclass
class Tally:
    """The kills that counted: moment (seconds into the work) and the place where each hit; `missed` did not count."""

    seed: int
    lasts: float
    hits: list[tuple[float, str]] = field(default_factory=list)
    missed: int = 0

    def __str__(self) -> str:
        places: dict[str, int] = {}
        for _moment, place in self.hits:
            places[place] = places.get(place, 0) + 1
        told = ", ".join(f"{place}: {count}" for place, count in places.items())
        return (
            f"seed {self.seed}: {len(self.hits)} kills inside {self.lasts:.1f} s of work, {self.missed} missed; {told}"
        )


def kill_at_random_moments(
    *,
    kills: int,
    seed: int,
    lasts: float,
    begin: Callable[[], subprocess.Popen[bytes]],
    place: Callable[[], str | None],
    check: Callable[[], None],
) -> Tally:
    """Kill the work `kills` times, once in each equal part of its length.

    `begin` returns a process that is just inside the work. `place` says where the stopped process
    stands in it, None: outside, so that the kill does not count and is drawn again, from the whole
    length. `check` follows every kill.
    """
    chance, tally = Random(seed), Tally(seed, lasts)
    for part in range(kills):
        moment = lasts * (part + chance.random()) / kills
        for _attempt in range(MOST_TRIES):
            process = begin()
            started = time.monotonic()
            threading.Event().wait(moment)
            found = stop_and_look(process, place)
            moment = time.monotonic() - started
            kill(process)
            check()
            if found is not None:
                tally.hits.append((moment, found))
                break
            tally.missed += 1
            moment = lasts * chance.random()
        else:
            raise AssertionError(f"{MOST_TRIES} kills in a row came outside the work: {tally}")
    print(tally)  # noqa: T201 - shown with -s, and where the test fails
    return tally


def stop_and_look(process: subprocess.Popen[bytes], place: Callable[[], str | None]) -> str | None:
    """Freeze a process, so that it cannot go on while we look where it is."""
    if process.poll() is not None:
        return None
    os.kill(process.pid, signal.SIGSTOP)
    eventually(lambda: process.poll() is not None or psutil.Process(process.pid).status() == psutil.STATUS_STOPPED)
    return place() if process.poll() is None else None


def kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def measured(
    begin: Callable[[], subprocess.Popen[bytes]], is_over: Callable[[], bool], *, stays: bool = False
) -> float:
    """Return how long the undisturbed work lasts, from the return of `begin` on. A process that `stays` is ended."""
    process = begin()
    started = time.monotonic()
    eventually(lambda: is_over() or process.poll() is not None)
    lasts = time.monotonic() - started
    if stays:
        process.terminate()
    process.communicate()
    assert process.returncode == 0
    return lasts


def kill_copies(
    *,
    base: Installation,
    kills: int,
    seed: int,
    begin: Callable[[Installation], subprocess.Popen[bytes]],
    place: Callable[[Installation], str | None],
    check: Callable[[Installation], None],
    is_over: Callable[[Installation], bool] | None = None,
) -> Tally:
    """Kill the same work at random moments, each time in a fresh copy of an installation.

    `is_over` tells the end of the work of a process that stays; others have ended when nobody is inside.
    """
    copies: list[Installation] = []

    def begin_in_a_copy() -> subprocess.Popen[bytes]:
        copies.append(base.copy(f"{base.name}_killed"))
        return begin(copies[-1])

    def check_and_drop() -> None:
        try:
            check(copies[-1])
        finally:
            copies.pop().drop()

    ended = is_over or (lambda installation: place(installation) is None)
    lasts = measured(begin_in_a_copy, lambda: ended(copies[-1]), stays=is_over is not None)
    copies.pop().drop()
    return kill_at_random_moments(
        kills=kills,
        seed=seed,
        lasts=lasts,
        begin=begin_in_a_copy,
        place=lambda: place(copies[-1]),
        check=check_and_drop,
    )


def kill_at_table(installation: Installation, table: str, begin: Callable[[], subprocess.Popen[bytes]]) -> None:
    """Hold a piece of work up where it begins to write a table, and kill it there."""
    with installation.held(table):
        process = begin()
        eventually(installation.waits_for_a_lock)
        kill(process)
    eventually(installation.is_alone)
