"""Browsers without a screen: signed-in people who ask the served product over HTTP, each on a connection of his own."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.utils.crypto import get_random_string

from vernost.accounts.models import User

HTMX = "HX-Request: true\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str
    # From asking to the last byte.
    seconds: float


@dataclass
class Visitor:
    """Somebody who has signed in, with a kept connection."""

    user_id: int
    cookies: str
    csrf: str
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None
    # One question at a time on a connection.
    free: asyncio.Lock = field(default_factory=asyncio.Lock)

    def another_connection(self) -> "Visitor":
        return Visitor(self.user_id, self.cookies, self.csrf)

    async def get(self, port: int, path: str, *, htmx: bool = True) -> Answer:
        return await self._ask(port, f"GET {path} HTTP/1.1", HTMX if htmx else "", "")

    async def post(self, port: int, path: str, fields: dict[str, str] | None = None) -> Answer:
        body = urlencode(fields or {})
        more = f"X-CSRFToken: {self.csrf}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        return await self._ask(port, f"POST {path} HTTP/1.1", f"{HTMX}{more}Content-Length: {len(body)}\r\n", body)

    async def listen(self, port: int) -> None:
        """Keep the page's stream of news open until cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        writer.write(f"GET /workplace/live/ HTTP/1.1\r\nHost: localhost\r\nCookie: {self.cookies}\r\n\r\n".encode())
        try:
            while await reader.readline():
                pass
        finally:
            writer.close()

    def leave(self) -> None:
        if self.writer:
            self.writer.close()
        self.reader = self.writer = None

    async def _ask(self, port: int, line: str, more: str, body: str) -> Answer:
        started = time.perf_counter()
        async with self.free:
            status, content = await self._exchange(port, f"{line}\r\nHost: localhost\r\n", more, body)
        return Answer(status, content.decode(errors="replace"), time.perf_counter() - started)

    async def _exchange(self, port: int, start: str, more: str, body: str) -> tuple[int, bytes]:
        if self.writer is None or self.reader is None or self.writer.is_closing() or self.reader.at_eof():
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        self.writer.write(f"{start}Cookie: {self.cookies}\r\n{more}\r\n{body}".encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        content = await _content(self.reader, head)
        if "connection: close" in head.lower():
            self.leave()
        return int(head.split(" ", 2)[1]), content


def signed_in(user: User) -> Visitor:
    """Open a session as the sign-in page does; its slow hashing of a password is not what is measured."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.set_expiry(timedelta(hours=12))
    session.save()
    secret = get_random_string(CSRF_SECRET_LENGTH)
    cookies = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={secret}"
    return Visitor(user.pk, cookies, secret)


async def _content(reader: asyncio.StreamReader, head: str) -> bytes:
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return await reader.readexactly(int(value))
        if name.lower() == "transfer-encoding":
            return await _chunks(reader)
    return b""


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)
