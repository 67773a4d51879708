"""Calls to addresses that users have entered: never into the house's own network, never longer than allowed.

The address is judged where the connection is made, by what the name resolves to at that moment: a name that
answers differently the second time changes nothing. Redirects are answers, proxies of the environment are not used.
"""

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import certifi
import httpcore
from django.utils.encoding import iri_to_uri

PORTS: Final = frozenset({80, 443})
NAME_SECONDS: Final = 3.0
CONNECT_SECONDS: Final = 3.0
TOTAL_SECONDS: Final = 10.0
MOST_BYTES: Final = 1 << 20
_EXCERPT_BYTES: Final = 1000
_CHUNK: Final = 65_536
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Ranges through which an IPv4 address inside the house can be spelled, and those that some Python counts as global.
_NEVER: Final = tuple(
    ipaddress.ip_network(each)
    for each in (
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "::ffff:0:0:0/96",
        "::/96",
        "2002::/16",
        "2001::/32",
        "fec0::/10",
        "5f00::/16",
        "192.88.99.0/24",
        "192.0.0.0/24",
    )
)


class CallFailed(Exception):
    """The call brought no answer. `code` is stable: the journal of calls keeps it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `excerpt`: the beginning of the body, 1 000 bytes at most."""

    status: int
    headers: Mapping[str, str]
    excerpt: str


def on_the_wire(url: str) -> str:
    """Return an address as networks spell it, a Cyrillic name as xn--…; CallFailed where it is none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        name = f"[{ipaddress.IPv6Address(host)}]" if ":" in host else host.encode("idna").decode()
    except ValueError as error:
        raise CallFailed("no_web_address") from error
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or not (":" in name or _NAME.fullmatch(name)):
        raise CallFailed("no_web_address")
    place = name if port is None else f"{name}:{port}"
    return urlunsplit((parts.scheme, place, iri_to_uri(parts.path), iri_to_uri(parts.query), ""))


def post(url: str, *, body: bytes, headers: Mapping[str, str], networks: Sequence[Network] = ()) -> Answer:
    """Send the body and return the answer, whatever its status; CallFailed where there is none in 10 seconds.

    `networks` are those of the house that may be called all the same, on any port.
    """
    guard = _Guard(networks, time.monotonic() + TOTAL_SECONDS)
    address = on_the_wire(url)
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_tls(), network_backend=guard, max_connections=1) as pool,
            pool.stream("POST", address, headers=list(headers.items()), content=body, extensions=_timeouts()) as answer,
        ):
            excerpt = _read(answer.iter_stream())
            given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return Answer(answer.status, given, excerpt)
    except httpcore.TimeoutException as error:
        raise CallFailed("too_slow") from error
    except httpcore.NetworkError as error:
        refused = isinstance(error.__cause__ or error.__context__, ssl.SSLError)
        raise CallFailed("bad_certificate" if refused else "no_connection") from error
    except (httpcore.ProtocolError, ValueError) as error:
        raise CallFailed("broken_answer") from error


def permitted(address: Address, port: int, networks: Sequence[Network] = ()) -> bool:
    """Tell whether a user's address may lead there."""
    plain = address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address
    if any(plain in network for network in networks):
        return True
    if port not in PORTS or any(plain in network for network in _NEVER):
        return False
    return plain.is_global and not plain.is_multicast


def _read(chunks: Iterable[bytes]) -> str:
    """Return the beginning of a body; one that never ends is left after a megabyte."""
    read, kept = 0, b""
    for chunk in chunks:
        read += len(chunk)
        kept += chunk[: _EXCERPT_BYTES - len(kept)]
        if read > MOST_BYTES:
            break
    # PostgreSQL keeps no zero character.
    return kept.decode("utf-8", "replace").replace("\0", "\ufffd")


def _timeouts() -> dict[str, dict[str, float]]:
    return {"timeout": {"connect": CONNECT_SECONDS, "read": TOTAL_SECONDS, "write": TOTAL_SECONDS, "pool": 1.0}}


@cache
def _tls() -> ssl.SSLContext:
    # The machine's own roots, which may hold a dealer's, and the public ones where it has none.
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _found(host: str, port: int) -> list[Address]:
    """Return what a name resolves to. The machine's resolver knows no limit: one that is late is left to its thread."""
    answers: SimpleQueue[list[Address] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
            answers.put([ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found])
        except (OSError, ValueError) as error:
            answers.put(error)

    # A daemon: what hangs in it does not keep a worker from ending.
    Thread(target=ask, name="resolver", daemon=True).start()
    try:
        answer = answers.get(timeout=NAME_SECONDS)
    except Empty:
        raise CallFailed("slow_name") from None
    if isinstance(answer, Exception):
        raise CallFailed("unknown_host") from answer
    return answer


class _Guard(httpcore.NetworkBackend):
    """Connects only where it is permitted, and only until the deadline (seconds of the monotonic clock)."""

    def __init__(self, networks: Sequence[Network], deadline: float) -> None:
        self._networks, self._deadline, self._inner = networks, deadline, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        open_to = [address for address in _found(host, port) if permitted(address, port, self._networks)]
        if not open_to:
            raise CallFailed("forbidden_address")
        stream = self._inner.connect_tcp(str(open_to[0]), port, timeout, local_address, socket_options)
        return _Stream(stream, self._deadline)


class _Stream(httpcore.NetworkStream):
    """A connection all of whose reads and writes together end by the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner, self._deadline = inner, deadline

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline is nearer
        return self._inner.read(max_bytes, self._left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - as above
        for start in range(0, len(buffer), _CHUNK):
            self._inner.write(buffer[start : start + _CHUNK], self._left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - as above
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._left()), self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)
