"""`vernost start` and its ends: by signal, by kill -9 of each part, beside another start."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from tests import nobody
from tests.faults.running import DEADLINE, Run, environment, eventually, processes_of, vernost
from tests.nobody import IS_ROOT, NOBODY

from vernost import embedded
from vernost.cli.serving.worker import NICENESS


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """An installation that all tests of this file share, in a folder with an awkward name."""
    folder = tmp_path_factory.mktemp("faults") / "данные дилера №1"
    made = vernost(folder, "init", "--json", VERNOST_ADMIN_PASSWORD="Correct-Horse-7")
    assert made.returncode == 0, made.stderr
    return folder


@contextmanager
def running(data_dir, *arguments, **more):
    run = Run(data_dir, *arguments, **more)
    try:
        yield run.ready()
    finally:
        if run.process.poll() is None:
            run.stop()
    eventually(lambda: not processes_of(data_dir))


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, *(pytest.param(number, marks=pytest.mark.slow) for number in (signal.SIGINT, signal.SIGHUP))],
)
def test_a_signal_ends_everything_cleanly(data_dir, number):
    with running(data_dir) as run:
        assert set(run.parts()) == {"postgres", "web", "worker"}
        assert run.page() == 200
        # Jobs stand back behind pages.
        web, worker = (run.parts()[name] for name in ("web", "worker"))
        eventually(lambda: worker.nice() == min(web.nice() + NICENESS, 19))
        assert run.stop(number) == 0
        assert processes_of(data_dir) == []
    assert run.told == {"address": run.told["address"], "pid": run.process.pid, "administrator": None}


def test_a_second_start_names_the_first(data_dir):
    with running(data_dir) as run:
        second = vernost(data_dir, "start")
        assert (second.returncode, second.stdout) == (1, "")
        assert second.stderr == (
            f"Error: Vernost already runs on {data_dir}: process {run.process.pid}, {run.told['address']}\n"
        )
        server = run.parts()["postgres"].pid
        # A command beside it uses its database, and leaves it running.
        assert vernost(data_dir, "check-server").returncode == 0
        assert run.parts()["postgres"].pid == server
        assert run.page() == 200


@pytest.mark.slow
def test_after_a_kill_of_the_parent_its_parts_end_and_the_next_start_works(data_dir):
    with running(data_dir) as killed:
        killed.kill()
        # At once, while the parts of the killed one are still ending.
        with running(data_dir) as next_one:
            assert next_one.page() == 200
            assert len([words for words in processes_of(data_dir) if words.endswith("vernost worker")]) == 1


@pytest.mark.slow
def test_a_killed_parent_leaves_nothing_behind(data_dir):
    with running(data_dir) as killed:
        killed.kill()
        eventually(lambda: not processes_of(data_dir))


def test_each_killed_part_is_started_again(data_dir):
    with running(data_dir) as run:
        for part in ("postgres", "web", "worker"):
            before = eventually(lambda part=part: run.parts().get(part))
            before.kill()
            eventually(lambda part=part, before=before: run.parts().get(part, before).pid != before.pid)
            eventually(lambda: run.page() == 200)
            # The worker may have ended with the database and be just coming back.
            eventually(lambda: set(run.parts()) == {"postgres", "web", "worker"})
        assert run.stop() == 0


@pytest.mark.slow
def test_a_killed_web_process_is_replaced_by_its_parent(data_dir):
    with running(data_dir) as run:
        web = run.parts()["web"]
        (before,) = web.children()
        before.kill()
        eventually(lambda: [child for child in web.children() if child.pid != before.pid])
        eventually(lambda: run.page() == 200)
        assert run.parts()["web"].pid == web.pid


@pytest.mark.slow
def test_a_killed_web_parent_takes_its_processes_along(data_dir):
    with running(data_dir) as run:
        web = run.parts()["web"]
        processes = web.children()
        web.kill()
        _gone, alive = psutil.wait_procs(processes, timeout=DEADLINE)
        assert alive == []


@pytest.mark.slow
def test_a_signal_during_the_start_ends_it(tmp_path):
    data_dir = tmp_path / "fresh"
    run = Run(data_dir)
    eventually((data_dir / "postgres" / "data").exists)
    assert run.stop() == 0
    assert processes_of(data_dir) == []
    with running(data_dir) as again:
        assert again.told["administrator"]["login"] == "admin"
        assert again.page() == 200


def test_a_port_that_is_taken(data_dir):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = vernost(data_dir, "start", "--port", str(port))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"Port {port} of 127.0.0.1 cannot be used" in refused.stderr


@pytest.mark.slow
def test_a_port_of_ones_own(data_dir):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with running(data_dir, "--port", str(port)) as run:
        assert run.told["address"] == f"http://127.0.0.1:{port}"
        assert run.page() == 200


@pytest.mark.slow
def test_two_installations_never_share_a_port(data_dir, tmp_path):
    with running(data_dir) as first, running(tmp_path / "other") as second:
        assert first.told["address"] != second.told["address"]
        assert (first.page(), second.page()) == (200, 200)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_command_that_is_ended_by_a_signal_leaves_no_server(data_dir, number):
    command = [sys.executable, "-m", "vernost", "worker"]
    with subprocess.Popen(command, env=environment(data_dir)) as worker:
        eventually(embedded.Server(data_dir).running)
        worker.send_signal(number)
        worker.wait(DEADLINE)
    assert processes_of(data_dir) == []


@pytest.mark.slow
def test_the_pages_alone(data_dir):
    """`vernost web` on its own uses the database of the folder and ends it when it leaves."""
    command = [sys.executable, "-m", "vernost", "web", "--workers", "1"]
    with subprocess.Popen(command, env=environment(data_dir), stderr=subprocess.PIPE, text=True) as web:
        address = web.stderr.readline().split()[-1]
        page = Run.page
        stand_in = type("Told", (), {"told": {"address": address}})()
        eventually(lambda: page(stand_in) == 200)
        web.terminate()
        assert web.wait(DEADLINE) == 0
    assert processes_of(data_dir) == []


@pytest.mark.skipif(not IS_ROOT, reason="the tests run without root: every test here is this test")
@pytest.mark.slow
def test_it_serves_without_root():
    python = (*nobody.WRAPPER, nobody.interpreter())
    with tempfile.TemporaryDirectory(prefix="vernost-nobody-") as name:
        folder = Path(name)
        os.chown(folder, NOBODY.pw_uid, NOBODY.pw_gid)
        with running(folder / "data", python=python, HOME=str(folder), **nobody.PACKAGES) as run:
            assert run.page() == 200
            assert {process.uids().real for process in run.parts().values()} == {NOBODY.pw_uid}
            assert (folder / "data" / "secret.key").stat().st_mode & 0o777 == 0o600
