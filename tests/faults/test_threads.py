"""A process that is asked to end again and again waits for the threads that it has begun."""

import signal
import subprocess
import sys

import pytest

WORK = """
import signal, sys, time
from concurrent.futures import ThreadPoolExecutor
from vernost.facts.threads import Threads

def leaving(number, frame):
    sys.exit(143)

signal.signal(signal.SIGALRM, leaving)
signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)

def work():
    until = time.monotonic() + 0.6
    while time.monotonic() < until:
        time.sleep(0.01)
    signal.setitimer(signal.ITIMER_REAL, 0)
    print("ended", flush=True)

with {pool}(1) as pool:
    pool.submit(work)
    time.sleep(5)
"""


@pytest.mark.parametrize(("pool", "said"), [("Threads", "ended\n"), ("ThreadPoolExecutor", "")])
def test_an_exit_that_is_raised_again_waits_for_a_thread(pool, said):
    command = [sys.executable, "-c", WORK.replace("{pool}", pool)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.returncode in {143, -signal.SIGALRM}) == (said, True)
