"""People at the pages: each presses buttons one after the other and remembers what was answered."""

import http.client
import re
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import count
from urllib.parse import urlencode, urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

from tests.faults.installation import Commands

PASSWORD = "Correct-Horse-7"
MOSCOW = ZoneInfo("Europe/Moscow")
LOGIN, BOOK, NEXT = "/account/login/", "/workplace/slots/book/", "/workplace/desk/next/"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}

STAFF = """
import sys, django
django.setup()
from vernost.accounts.models import Branch, CalendarDay, User
from vernost.invitations.models import Programme
from vernost.workshop.operations import ensure_bays
# Of no source: imports leave it alone.
Branch.objects.create(name="Showroom", bays=30, open_at="08:00", close_at="20:00")
ensure_bays()
# Whatever the clock says, somebody may be called.
CalendarDay.objects.all().delete()
Programme.objects.update(hours_from="00:00", hours_to="23:59:59", weekend_from="00:00", weekend_to="23:59:59")
for username, role in (("anna", "advisor"), ("boris", "advisor"), ("vera", "operator"), ("oleg", "operator")):
    user = User.objects.create_user(username, "", sys.argv[1], role=role, all_branches=True)
"""
# A visitor's request is inside its work when its transaction has begun to write.
INSIDE = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
"""
BOOKED = "SELECT note, count(*) FROM workshop_appointment WHERE note <> '' GROUP BY note"


def branch_id(installation: Commands) -> int:
    """Return the branch of whose bays visitors book."""
    return int(installation.ask("SELECT id FROM accounts_branch WHERE source_id IS NULL")[0][0])


@dataclass
class Visitor:
    """One person with a browser: its cookies, and the keys of what was answered with success."""

    address: str
    username: str
    cookies: dict[str, str] = field(default_factory=dict)
    acknowledged: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    pressed_again: int = 0

    def send(
        self, path: str, form: dict[str, object] | None = None, method: str = "POST"
    ) -> http.client.HTTPConnection:
        """Send a request; whoever called reads the answer, or does not."""
        address = urlsplit(self.address)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            sent |= {**_FORM, "X-CSRFToken": self.cookies["csrftoken"], "HX-Request": "true"}
        try:
            connection.request(method, path, urlencode(form) if form is not None else None, sent)
        except BaseException:
            connection.close()
            raise
        return connection

    def ask(self, method: str, path: str, form: dict[str, object] | None = None) -> tuple[int, dict[str, str], str]:
        """Ask once; OSError or HTTPException where there is no answer."""
        with closing(self.send(path, form, method)) as connection:
            answer = connection.getresponse()
            text = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                self.cookies[cookie] = content
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text

    def sign_in(self) -> "Visitor":
        _status, _headers, text = self.ask("GET", LOGIN)
        names = re.findall(r'name="(login|username)"', text)
        form: dict[str, object] = {names[0]: self.username, "password": PASSWORD}
        status, _headers, text = self.ask("POST", LOGIN, form)
        assert "sessionid" in self.cookies, (status, text)
        return self

    def press(self, path: str, form: dict[str, object], stop: threading.Event) -> tuple[int, dict[str, str]] | None:
        """Press a button, and again with the same form until there is an answer; None: stopped meanwhile."""
        while not stop.is_set():
            try:
                status, headers, _text = self.ask("POST", path, form)
            except (OSError, http.client.HTTPException):
                status = 0
            if status and status < 500:
                return status, headers
            self.pressed_again += 1
            stop.wait(0.05)
        return None

    def book(self, branch_id: int, stop: threading.Event) -> None:
        """Book visits without a card, each with a note of its own, at whatever free hours there are."""
        for number in count():
            if stop.is_set():
                return
            form = self.visit(branch_id, f"{self.username}-{uuid4()}", number)
            answer = self.press(BOOK, form, stop)
            if answer is not None:
                done = answer[0] == 200 and "hx-redirect" in answer[1]
                (self.acknowledged if done else self.refused).append(str(form["visit_note"]))

    @staticmethod
    def visit(branch_id: int, note: str, number: int) -> dict[str, object]:
        """Return the form of a visit; those with other numbers are mostly at other hours."""
        day = datetime.now(MOSCOW).date() + timedelta(days=2 + number // 8 % 60)
        starts_at = datetime.combine(day, time(9 + number % 8), MOSCOW)
        form: dict[str, object] = {"branch": branch_id, "starts_at": starts_at.isoformat(), "hours": "1"}
        return {**form, "visit_note": note, "key": uuid4()}

    def call(self, mine: Callable[[str], int | None], stop: threading.Event) -> None:
        """Take customers and write down that nobody answered; `mine` tells which invitation is in hand."""
        while not stop.is_set():
            invitation_id = mine(self.username)
            if invitation_id is None:
                self.press(NEXT, {}, stop)
                stop.wait(0.2)
                continue
            key = str(uuid4())
            path = f"/workplace/desk/{invitation_id}/save/"
            answer = self.press(path, {"key": key, "outcome": "no_answer"}, stop)
            if answer is not None:
                (self.acknowledged if answer[0] == 200 else self.refused).append(key)
