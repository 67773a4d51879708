"""A worker that is killed: its jobs come back and end as if nothing had been."""

import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from tests.faults.contents import CONSENTS, DECIDED, FOLLOWED, IMPORTED
from tests.faults.installation import Installation, installed
from tests.faults.killing import kill, kill_copies
from tests.faults.running import eventually, far_night, without_transactions

from vernost import demo

# Killed workers and the work around them take minutes: `make test-all`.
pytestmark = pytest.mark.slow

MOSCOW = ZoneInfo("Europe/Moscow")
IMPORT_JOBS = ("intake.run_import", "automation.follow_import")
NIGHT_JOBS = ("automation.night",)
AT_WORK = "SELECT task_name FROM procrastinate_jobs WHERE status = 'doing' AND task_name = ANY(%s)"
DONE = """
SELECT count(DISTINCT task_name) FILTER (WHERE status = 'succeeded'), bool_and(status = 'succeeded')
FROM procrastinate_jobs WHERE task_name = ANY(%s)
"""
NEWEST_WORKER = "SELECT max(id) FROM procrastinate_workers"
IMPORTS_BEGUN = """
SELECT count(*) FROM procrastinate_events event JOIN procrastinate_jobs job ON job.id = event.job_id
WHERE event.type = 'started' AND job.task_name = 'intake.run_import'
"""
TENDED = "SELECT count(*) > 0 FROM procrastinate_jobs WHERE task_name = 'calls.tend_queue' AND status = 'succeeded'"
UPLOAD = """
import sys, pathlib, django
django.setup()
from django.utils import timezone
from vernost.core.actor import system
from vernost.intake import operations
files = [(file.name, file.open("rb")) for file in sorted(pathlib.Path(sys.argv[1]).glob("*.csv"))]
operations.upload_import(files=files, source="dms", dry_run=False, actor=system("tests"), now=timezone.now())
"""


@dataclass(frozen=True)
class Work:
    """Jobs of a worker: over what, which, and what the base is afterwards when nothing disturbs them."""

    base: Installation
    jobs: tuple[str, ...]
    night_at: str
    contents: tuple[str, ...]
    clean: dict[str, tuple[int, str]]


@pytest.fixture(scope="module")
def today():
    now = datetime.now(MOSCOW)
    if now.hour == 23:
        pytest.skip("the night's day would change during the test")
    return now.date()


@pytest.fixture(scope="module")
def files(tmp_path_factory, today):
    folder = tmp_path_factory.mktemp("worker")
    demo.generate(customers=300, seed=7, until=today, out=folder / "files")
    return folder / "files"


@pytest.fixture(scope="module")
def dealer(django_db_setup, embedded_server, files):  # noqa: ARG001 - the template is made by it
    with installed(embedded_server, "worker_base", files.parent) as base:
        yield base


@pytest.fixture(scope="module")
def upload(dealer, files):
    """Files that somebody has uploaded: a job will import them. The night's hour is far away."""
    base = dealer.copy("worker_upload")
    variables = base.environment(DJANGO_SETTINGS_MODULE="vernost.config.settings")
    subprocess.run([sys.executable, "-c", UPLOAD, str(files)], env=variables, check=True)
    yield work(base, IMPORT_JOBS, far_night(), (*IMPORTED, *FOLLOWED))
    base.drop()


@pytest.fixture(scope="module")
def night(dealer, files):
    """A base whose night has come."""
    base = dealer.copy("worker_night")
    base.told("import", str(files))
    # The vehicles' states are also written by the mirror's own jobs.
    yield work(base, NIGHT_JOBS, "00:00", DECIDED[:-1])
    base.drop()


def work(base, jobs, night_at, contents):
    with base.copied() as clean:
        undisturbed = Work(base, jobs, night_at, contents, {})
        end(resumed(clean, undisturbed))
        return replace(undisturbed, clean=clean.contents(contents))


def begin(installation, done, **more):
    """Start a worker; return when it has one of the jobs in hand."""
    # The files of an upload lie in the data folder, and a copy has its own.
    moved = "UPDATE intake_importrun SET path = regexp_replace(path, '^.*/intake/uploads/', %s) RETURNING id"
    installation.ask(moved, [f"{installation.data_dir}/intake/uploads/"])
    process = installation.begin("worker", VERNOST_NIGHT_AT=done.night_at, **more)
    eventually(lambda: process.poll() is not None or place(installation, done))
    return process


def place(installation, done):
    """Return which of the jobs is in hand, None for none."""
    return next((name for (name,) in installation.ask(AT_WORK, [list(done.jobs)])), None)


def is_over(installation, done):
    """Whether every job has been done once, and none waits."""
    return installation.ask(DONE, [list(done.jobs)]) == [(len(done.jobs), True)]


def resumed(installation, done):
    """Start a worker after the heartbeats of the killed one have long been silent; return when all is done."""
    eventually(installation.is_alone)
    installation.ask(
        "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute' RETURNING id"
    )
    process = installation.begin("worker", VERNOST_NIGHT_AT=done.night_at)
    try:
        eventually(lambda: process.poll() is not None or is_over(installation, done))
    except AssertionError:
        jobs = "SELECT id, task_name, status, attempts, scheduled_at, worker_id FROM procrastinate_jobs ORDER BY id"
        print(installation.ask(jobs), installation.said("worker"))  # noqa: T201 - shown where the test fails
        raise
    assert process.poll() is None
    return process


def end(process):
    process.send_signal(signal.SIGTERM)
    process.communicate()
    # One that is ended before it listens to signals ends by the signal.
    assert process.returncode in {0, -signal.SIGTERM}


def assert_whole(installation, done):
    end(resumed(installation, done))
    assert installation.contents(done.contents) == done.clean
    # The same run has gone on, and its files are not kept longer than they are needed.
    assert set(installation.ask("SELECT state, error FROM intake_importrun")) <= {("done", "")}
    assert list((installation.data_dir / "intake").glob("uploads/*")) == []


def killed(done, kills, seed):
    return kill_copies(
        base=done.base,
        kills=kills,
        seed=seed,
        begin=lambda installation: begin(installation, done),
        place=lambda installation: place(installation, done),
        check=lambda installation: assert_whole(installation, done),
        is_over=lambda installation: is_over(installation, done),
    )


def test_killed_at_a_random_moment_of_an_import(upload):
    assert len(killed(upload, kills=1, seed=1).hits) == 1


@pytest.mark.parametrize(("which", "seed"), [("upload", 2), ("night", 3)])
def test_killed_at_ten_random_moments(request, which, seed):
    assert len(killed(request.getfixturevalue(which), kills=10, seed=seed).hits) == 10


def test_a_killed_worker_is_replaced_within_two_minutes(upload):
    """As it goes without us: nobody moves the clock."""
    with upload.base.copied() as installation:
        kill(begin(installation, upload))
        killed = installation.ask(NEWEST_WORKER)
        process = installation.begin("worker", VERNOST_NIGHT_AT=upload.night_at)
        eventually(lambda: installation.ask(NEWEST_WORKER) > killed)
        at_work = time.monotonic()
        # The minutes are those of the heartbeats and of the job that looks for silent ones, not of a busy machine.
        eventually(lambda: installation.ask(IMPORTS_BEGUN) == [(2,)])
        assert time.monotonic() - at_work < 120
        eventually(lambda: is_over(installation, upload))
        end(process)
        assert installation.contents(upload.contents) == upload.clean


def test_two_workers_make_one_night(night):
    with night.base.copied() as installation:
        both = [installation.begin("worker", VERNOST_NIGHT_AT=night.night_at) for _number in range(2)]
        eventually(lambda: installation.ask("SELECT count(*) FROM automation_nightrun") == [(1,)])
        eventually(lambda: place(installation, night) is None)
        for process in both:
            end(process)
        assert installation.contents(night.contents) == night.clean


def test_the_control_without_transactions_loses_rows(upload):
    with upload.base.copied() as installation:
        with installation.held("customers_consentstatement"):
            process = begin(installation, upload, **without_transactions())
            eventually(installation.waits_for_a_lock)
            kill(process)
        end(resumed(installation, upload))
        assert installation.contents([CONSENTS])[CONSENTS][0] < upload.clean[CONSENTS][0]


def test_the_control_without_recovery_waits_for_ever(upload):
    """A worker whose heartbeats seem to go on keeps its job: nobody else takes it."""
    with upload.base.copied() as installation:
        kill(begin(installation, upload))
        eventually(installation.is_alone)
        installation.ask("UPDATE procrastinate_workers SET last_heartbeat = now() + interval '1 hour' RETURNING id")
        process = installation.begin("worker", VERNOST_NIGHT_AT=upload.night_at)
        # It has done its other work, and comes to nothing more.
        eventually(lambda: installation.ask(TENDED) == [(True,)])
        assert place(installation, upload) == "intake.run_import"
        end(process)
        assert installation.contents(upload.contents) != upload.clean
