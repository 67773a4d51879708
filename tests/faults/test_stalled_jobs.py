"""Jobs of a worker that was killed come back; a job that kills every worker does not."""

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate.contrib.django import app

from vernost.cli.serving.worker import MOST_ATTEMPTS, recover_stalled_jobs

pytestmark = pytest.mark.django_db


def job_of_a_worker(*, silent_for, attempts=0, queue="default", **locks):
    """Put a running job into the queue, of a worker whose last heartbeat is so many seconds old."""
    job_id = app.configure_task("any.task", allow_unknown=True, queue=queue, **locks).defer()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH worker AS (
                INSERT INTO procrastinate_workers (last_heartbeat)
                VALUES (now() - make_interval(secs => %s)) RETURNING id
            )
            UPDATE procrastinate_jobs
            SET status = 'doing', attempts = %s, worker_id = worker.id FROM worker WHERE procrastinate_jobs.id = %s
            """,
            [silent_for, attempts, job_id],
        )
    return job_id


def states(*job_ids):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, status::text, attempts FROM procrastinate_jobs WHERE id = ANY(%s) ORDER BY id", [list(job_ids)]
        )
        return cursor.fetchall()


def recover():
    async_to_sync(recover_stalled_jobs)(app)


def test_the_job_of_a_silent_worker_is_put_back():
    silent = job_of_a_worker(silent_for=31)
    alive = job_of_a_worker(silent_for=5)
    recover()
    assert states(silent, alive) == [(silent, "todo", 1), (alive, "doing", 0)]


@pytest.mark.django_db(transaction=True)  # a job is due by the clock of the database, which a transaction stops
def test_a_lock_of_a_silent_worker_holds_nobody_up():
    silent = job_of_a_worker(silent_for=31, lock="night", queue="stalled")
    waiting = app.configure_task("any.task", allow_unknown=True, lock="night", queue="stalled").defer()
    recover()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        worker = cursor.fetchone()
        for expected in (silent, waiting):
            cursor.execute("SELECT id FROM procrastinate_fetch_job_v2(ARRAY['stalled'], %s)", worker)
            assert cursor.fetchone() == (expected,)
            cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [expected])


def test_a_job_that_always_stalls_is_given_up():
    last = job_of_a_worker(silent_for=31, attempts=MOST_ATTEMPTS - 1)
    before_last = job_of_a_worker(silent_for=31, attempts=MOST_ATTEMPTS - 2)
    recover()
    assert states(last, before_last) == [(last, "failed", MOST_ATTEMPTS), (before_last, "todo", MOST_ATTEMPTS - 1)]


@pytest.mark.django_db(transaction=True)  # the refused statement would end a transaction
def test_a_silent_job_gives_way_to_the_one_that_waits_behind_its_queueing_lock():
    """While it ran the clock has put the next one into the queue: only one may wait, so it cannot be put back."""
    silent = job_of_a_worker(silent_for=31, lock="mirror", queueing_lock="refresh", queue="stalled")
    waiting = app.configure_task(
        "any.task", allow_unknown=True, lock="mirror", queueing_lock="refresh", queue="stalled"
    ).defer()
    for _again in range(2):
        recover()
        assert [state[:2] for state in states(silent, waiting)] == [(silent, "aborted"), (waiting, "todo")]
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        cursor.execute("SELECT id FROM procrastinate_fetch_job_v2(ARRAY['stalled'], %s)", cursor.fetchone())
        assert cursor.fetchone() == (waiting,)


def test_without_recovery_nothing_comes_back():
    """The control: the library alone leaves the job as running for ever."""
    silent = job_of_a_worker(silent_for=3600)
    assert states(silent) == [(silent, "doing", 0)]
