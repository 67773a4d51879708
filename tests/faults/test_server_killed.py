"""The embedded server is killed under visitors and an import: what was committed is there, and it starts by itself."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

import psutil
import psycopg
import pytest
from tests.faults.contents import IMPORTED
from tests.faults.installation import IMPORT_LOCK, OwnServer
from tests.faults.killing import Tally, measured, stop_and_look
from tests.faults.running import Run, eventually, far_night
from tests.faults.visitors import BOOKED, INSIDE, PASSWORD, STAFF, Visitor, branch_id

from vernost import demo, embedded

# Killed servers and the load around them take minutes: `make test-all`.
pytestmark = pytest.mark.slow

WORDS = "База данных не отвечает"
# Processes of a server that write its log, or have it written, without being asked.
WRITERS = ("walwriter", "background writer", "checkpointer")


@dataclass(frozen=True)
class Work:
    """A running installation, files to import, what they leave behind when nothing disturbs it, and in what time."""

    base: OwnServer
    run: Run
    files: Path
    clean: dict[str, tuple[int, str]]
    lasts: float


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    demo.generate(customers=300, seed=9, until=date(2026, 3, 1), out=folder / "files")
    base = OwnServer("own", folder)
    with embedded.ensure(base.data_dir):
        base.told("init", VERNOST_ADMIN_PASSWORD=PASSWORD)
        base.told("import", str(folder / "files"), "--source", "clean")
        variables = base.environment(DJANGO_SETTINGS_MODULE="vernost.config.settings")
        subprocess.run([sys.executable, "-c", STAFF, PASSWORD], env=variables, check=True)
    return base


@pytest.fixture(scope="module")
def dealer(base):
    run = Run(base.data_dir, VERNOST_NIGHT_AT=far_night(), VERNOST_LANGUAGE="ru").ready()
    lasts = measured(lambda: begin_import(base, base.folder / "files", "measured"), lambda: not base.holds(IMPORT_LOCK))
    yield Work(base, run, base.folder / "files", base.contents(IMPORTED, source="clean"), lasts)
    assert run.stop() == 0


@contextmanager
def visited(installation, run):
    """Let two people book visits meanwhile."""
    stop = threading.Event()
    visitors = [Visitor(run.told["address"], name).sign_in() for name in ("anna", "boris")]
    booked_at = branch_id(installation)
    threads = [threading.Thread(target=visitor.book, args=(booked_at, stop)) for visitor in visitors]
    for thread in threads:
        thread.start()
    try:
        yield visitors
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def kill_server(run, *, whole):
    """Kill the main process alone, which leaves its children to themselves, or every process at once."""
    main = run.parts()["postgres"]
    for process in [main, *main.children()] if whole else [main]:
        os.kill(process.pid, signal.SIGKILL)
    # Its parent has to see its end before anything is asked of the next one.
    eventually(lambda: not main.is_running() or main.status() == psutil.STATUS_ZOMBIE)


def begin_import(installation, files, source):
    process = installation.begin("import", str(files), "--source", source, "--json", VERNOST_LANGUAGE="ru")
    eventually(lambda: installation.holds(IMPORT_LOCK) or process.poll() is not None)
    return process


def killed_once(work, source, moment, *, whole):
    """Kill the server at a moment of an import; return whether the import had a transaction open to write."""
    installation, run = work.base, work.run
    process = begin_import(installation, work.files, source)
    threading.Event().wait(moment)
    found = stop_and_look(process, lambda: "writes" if installation.ask(INSIDE)[0][0] else None)
    kill_server(run, whole=whole)
    process.send_signal(signal.SIGCONT)
    process.communicate()
    eventually(lambda: run.page() == 200)
    words = installation.said("import")
    assert "Traceback" not in words, words
    if found:
        assert (process.returncode, WORDS in words) == (1, True), words
    again = installation.run("import", str(work.files), "--source", source, "--json")
    assert again.returncode == 0, again.stderr
    assert installation.contents(IMPORTED, source=source) == work.clean
    return found


def killed(work, *, kills, seed):
    """Kill the server so many times under imports, and under two people who book visits all the while."""
    chance, tally = Random(seed), Tally(seed, work.lasts)
    with visited(work.base, work.run) as visitors:
        for part in range(kills):
            moment = work.lasts * (part + chance.random()) / kills
            whole = part % 2 == 0
            while not killed_once(work, f"s{seed}-{part}-{tally.missed}", moment, whole=whole):
                tally.missed += 1
                moment = work.lasts * chance.random()
                assert tally.missed < kills + 10, str(tally)
            tally.hits.append((moment, "all processes" if whole else "the main process"))
        # The pages work on as if nothing had been.
        answered = sum(len(visitor.acknowledged) for visitor in visitors)
        eventually(lambda: sum(len(visitor.acknowledged) for visitor in visitors) > answered)
    assert_each_once(work.base, visitors)
    assert work.base.told("check")["breaches"] == []
    answered = sum(len(visitor.acknowledged) for visitor in visitors)
    print(f"{tally}; {answered} bookings answered with success")  # noqa: T201 - shown with -s, and where it fails
    return tally


def assert_each_once(installation, visitors):
    found = dict(installation.ask(BOOKED))
    acknowledged = [note for visitor in visitors for note in visitor.acknowledged]
    assert [note for note in acknowledged if found.get(note) != 1] == []
    assert set(found.values()) == {1}


def writers_of(server):
    found = []
    for child in server.children():
        # A session may end meanwhile.
        with suppress(psutil.NoSuchProcess):
            found += [child] if child.cmdline()[0].rstrip().endswith(WRITERS) else []
    assert len(found) == len(WRITERS)
    return found


def test_the_control_that_answers_before_it_writes_loses_what_was_answered(base):
    """Without waiting for the log at a commit, while nobody who writes the log aside is at work."""
    with base.copied() as installation, embedded.ensure(installation.data_dir) as server:
        settings = ("synchronous_commit = off", "wal_writer_flush_after = 0")
        with psycopg.connect(
            host=str(server.host), user=embedded.SUPERUSER, dbname="postgres", autocommit=True
        ) as session:
            for setting in settings:
                session.execute(f"ALTER SYSTEM SET {setting}")
            session.execute("SELECT pg_reload_conf()")
        main = psutil.Process(server.pid)
        for writer in writers_of(main):
            writer.suspend()
        for number in range(5):
            installation.ask(
                "INSERT INTO workshop_appointment (note, starts_at, starts_on, works, kind, status)"
                " VALUES (%s, now(), current_date, '[]', '', 'booked') RETURNING id",
                [f"visit {number}"],
            )
        for process in [main, *main.children()]:
            process.kill()
        eventually(lambda: embedded.Server(installation.data_dir).running() is None)
        with embedded.ensure(installation.data_dir):
            assert len(installation.ask(BOOKED)) < 5


def test_killed_under_an_import_and_visitors(dealer):
    assert len(killed(dealer, kills=1, seed=1).hits) == 1


def test_killed_at_twenty_random_moments(dealer):
    assert len(killed(dealer, kills=20, seed=2).hits) == 20
