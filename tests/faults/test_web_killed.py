"""The web process is killed under its visitors: what was answered is there once, what was not can be pressed again."""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import date
from random import Random
from uuid import uuid4

import psutil
import pytest
from tests.faults.installation import installed
from tests.faults.running import eventually, without_transactions
from tests.faults.visitors import BOOK, BOOKED, INSIDE, NEXT, PASSWORD, STAFF, Visitor, branch_id

from vernost import demo

# Killed servers and the load around them take minutes: `make test-all`.
pytestmark = pytest.mark.slow

CALLED = """
SELECT recorded.key::text, count(attempt.id) FROM calls_recordedcall recorded
JOIN invitations_contactattempt attempt ON attempt.id = recorded.attempt_id GROUP BY 1
"""
IN_HAND = """
SELECT invitation.id FROM invitations_invitation invitation JOIN accounts_user u ON u.id = invitation.leased_by_id
WHERE u.username = %s AND invitation.state = 'in_progress'
"""


@pytest.fixture(scope="module")
def dealer(django_db_setup, embedded_server, tmp_path_factory):  # noqa: ARG001 - the template is made by it
    folder = tmp_path_factory.mktemp("web")
    demo.generate(customers=400, seed=8, until=date(2026, 3, 1), out=folder / "files")
    with installed(embedded_server, "web_base", folder) as base:
        base.told("import", str(folder / "files"))
        base.told("night", "--as-of", "2026-03-01")
        variables = base.environment(DJANGO_SETTINGS_MODULE="vernost.config.settings")
        subprocess.run([sys.executable, "-c", STAFF, PASSWORD], env=variables, check=True)
        yield base


class Web:
    """`vernost web` of an installation, on a port that stays the same through all its lives."""

    def __init__(self, installation, **more):
        self.installation, self.more = installation, more
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process = None

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        self.process = self.installation.begin("web", "--port", str(self.port), "--workers", "1", **self.more)
        eventually(self.answers)

    def answers(self):
        try:
            return Visitor(self.address, "").ask("GET", "/account/login/")[0] == 200
        except OSError:
            return False

    def processes(self):
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def kill(self, *, with_parent):
        """Freeze everything, look, kill; return whether a visitor's transaction was being written."""
        parent, *children = self.processes()
        for process in (parent, *children):
            process.send_signal(signal.SIGSTOP)
        inside = self.installation.ask(INSIDE)[0][0] > 0
        for process in (parent, *children) if with_parent else children:
            os.kill(process.pid, signal.SIGKILL)
        if with_parent:
            self.process.communicate()
            self.start()
        else:
            parent.send_signal(signal.SIGCONT)
            # Processes that die within seconds of their start are a crash loop: their parent gives up and ends, and
            # whoever has started it starts it again.
            eventually(lambda: self.answers() or self.process.poll() is not None)
            if self.process.poll() is not None:
                self.process.communicate()
                self.start()
        return inside

    def end(self):
        """Kill all of it for good."""
        for process in reversed(self.processes()):
            process.kill()
        self.process.communicate()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate()


@contextmanager
def visited(web, visitors):
    """Let the visitors press their buttons meanwhile."""
    stop = threading.Event()
    booked_at = branch_id(web.installation)

    def mine(username):
        return next((found for (found,) in web.installation.ask(IN_HAND, [username])), None)

    advisors, operators = visitors[:2], visitors[2:]
    threads = [threading.Thread(target=visitor.book, args=(booked_at, stop)) for visitor in advisors]
    threads += [threading.Thread(target=visitor.call, args=(mine, stop)) for visitor in operators]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def killed_under_visitors(installation, *, kills, seed, **more):
    """Kill web `kills` times inside the work; return the visitors and the number of kills."""
    chance, counted, missed = Random(seed), 0, 0
    web = Web(installation)
    web.start()
    visitors = [Visitor(web.address, name, **more).sign_in() for name in ("anna", "boris", "vera", "oleg")]
    with visited(web, visitors):
        while counted < kills:
            threading.Event().wait(chance.uniform(0.2, 2))
            inside = web.kill(with_parent=chance.random() < 0.3)
            counted, missed = counted + inside, missed + (not inside)
            assert missed < 20 * kills
        eventually(web.answers)
        threading.Event().wait(1)
    web.stop()
    eventually(installation.is_alone)
    answered = sum(len(visitor.acknowledged) for visitor in visitors)
    print(f"seed {seed}: {counted} kills inside a request, {missed} outside, {answered} answers with success")  # noqa: T201
    return visitors


def assert_each_once(installation, visitors):
    for query, those in ((BOOKED, visitors[:2]), (CALLED, visitors[2:])):
        found = dict(installation.ask(query))
        acknowledged = [key for visitor in those for key in visitor.acknowledged]
        assert len(acknowledged) > 0
        assert [key for key in acknowledged if found.get(key) != 1] == []
        assert [key for visitor in those for key in visitor.refused if key in found] == []
        # Nothing is there twice, and only what was still being pressed at the end is there without an answer.
        assert set(found.values()) == {1}
        assert len(set(found) - set(acknowledged)) <= len(those)
    assert installation.told("check")["breaches"] == []


def test_killed_under_its_visitors(dealer):
    with dealer.copied() as installation:
        assert_each_once(installation, killed_under_visitors(installation, kills=2, seed=1))


def test_killed_twenty_times_under_its_visitors(dealer):
    with dealer.copied() as installation:
        assert_each_once(installation, killed_under_visitors(installation, kills=20, seed=2))


@pytest.mark.parametrize(("another_key", "appointments"), [(False, 1), (True, 2)], ids=["same key", "control"])
def test_pressed_again_after_an_answer_that_was_lost(dealer, another_key, appointments):
    """The visit was booked when the process was killed, but nobody has read that: the button is pressed again."""
    with dealer.copied() as installation:
        web = Web(installation)
        web.start()
        visitor = Visitor(web.address, "anna").sign_in()
        form = visitor.visit(branch_id(installation), "Petr, Lada", number=1)
        unread = visitor.send(BOOK, form)
        eventually(lambda: installation.ask(BOOKED))
        web.kill(with_parent=True)
        unread.close()
        visitor.press(BOOK, form | ({"key": uuid4()} if another_key else {}), threading.Event())
        web.stop()
        assert installation.ask(BOOKED) == [("Petr, Lada", appointments)]


@pytest.mark.parametrize(
    ("variables", "attempts"), [({}, 1), (without_transactions(), 2)], ids=["with transactions", "control"]
)
def test_pressed_again_after_a_kill_between_the_invitation_and_its_call(dealer, variables, attempts):
    """Without transactions the invitation had moved already: it counts two attempts, and one call is there."""
    with dealer.copied() as installation:
        web = Web(installation, **variables)
        web.start()
        visitor = Visitor(web.address, "vera").sign_in()
        visitor.press(NEXT, {}, threading.Event())
        invitation_id = installation.ask(IN_HAND, ["vera"])[0][0]
        save, form = f"/workplace/desk/{invitation_id}/save/", {"key": uuid4(), "outcome": "no_answer"}
        with installation.held_rows("calls_recordedcall"):
            unread = visitor.send(save, form)
            eventually(installation.waits_for_a_lock)
            web.end()
        unread.close()
        web.start()
        visitor.press(save, form, threading.Event())
        web.stop()
        counted = "SELECT attempts FROM invitations_invitation WHERE id = %s"
        assert installation.ask(counted, [invitation_id]) == [(attempts,)]
        assert installation.ask("SELECT count(*) FROM invitations_contactattempt") == [(1,)]
