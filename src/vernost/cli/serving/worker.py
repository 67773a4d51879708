"""The worker: runs the jobs of the queue, and brings back those of workers that were killed."""

import asyncio
import contextlib
import itertools
import logging
import os
from typing import Final

from procrastinate import App, exceptions, jobs
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.worker import Worker

HEARTBEAT: Final = 10.0
STALLED_AFTER: Final = 30.0
RECOVER_EVERY: Final = 20.0
# A job that ends its worker each time it runs would end every worker for ever.
MOST_ATTEMPTS: Final = 5
KEEP_DONE_HOURS: Final = 72
_FORGET_EVERY: Final = 180
_CONCURRENCY: Final = 4
_STOP_WITHIN: Final = 20.0
# Whoever waits for a page goes first: on the same machine the jobs take what the pages leave of its processors.
NICENESS: Final = 10

logger = logging.getLogger(__name__)


def work() -> None:
    """Run jobs until SIGTERM or SIGINT, behind whatever serves pages on this machine."""
    os.nice(NICENESS)
    connector = django_app.connector
    assert isinstance(connector, DjangoConnector)  # noqa: S101 - for the type checker
    with django_app.replace_connector(connector.get_worker_connector()) as app:
        asyncio.run(_work(app))


async def _work(app: App) -> None:
    async with app.open_async():
        app.perform_import_paths()  # type: ignore[no-untyped-call] # of the library
        worker = Worker(
            app,
            concurrency=_CONCURRENCY,
            shutdown_graceful_timeout=_STOP_WITHIN,
            update_heartbeat_interval=HEARTBEAT,
            stalled_worker_timeout=STALLED_AFTER,
        )
        keeping = asyncio.create_task(_keep_queue(worker), name="keep queue")
        working = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call] # as above
        # Whichever fails ends the process: whoever supervises it starts a fresh one.
        await asyncio.wait([keeping, working], return_when=asyncio.FIRST_COMPLETED)
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
        await working


async def _keep_queue(worker: Worker) -> None:
    """Recover stalled jobs and forget old ones, time and again.

    Not a job itself: a recovering job that stalls would have nobody to recover it.
    """
    app = worker.app
    for turn in itertools.count():
        if worker.worker_id is not None:
            # A machine that has slept, or was too busy for the heartbeat, must not take its own jobs for dead ones.
            await app.job_manager.update_heartbeat(worker.worker_id)
        await recover_stalled_jobs(app)
        if turn % _FORGET_EVERY == 0:
            await app.job_manager.delete_old_jobs(nb_hours=KEEP_DONE_HOURS)
        await asyncio.sleep(RECOVER_EVERY)


async def recover_stalled_jobs(app: App) -> None:
    """Put the jobs of workers without a heartbeat back into the queue; give up on one that always stalls."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
        # Another worker may have done the same at this moment.
        with contextlib.suppress(exceptions.ConnectorException):
            if job.attempts + 1 >= MOST_ATTEMPTS:
                logger.error("the job %s (%s) has stalled too often and is given up", job.id, job.task_name)
                await app.job_manager.finish_job(job, status=jobs.Status.FAILED, delete_job=False)
            else:
                await _run_again(app, job)


async def _run_again(app: App, job: jobs.Job) -> None:
    try:
        await app.job_manager.retry_job(job)
    except exceptions.UniqueViolation:
        # One of its queueing lock waits already and does the same; putting back would be refused for ever.
        logger.warning("the job %s (%s) has stalled; the one that waits takes its place", job.id, job.task_name)
        await app.job_manager.finish_job(job, status=jobs.Status.ABORTED, delete_job=False)
    else:
        logger.warning("the job %s (%s) has stalled and is run again", job.id, job.task_name)
