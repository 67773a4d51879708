"""Where the pages are served: a port that nobody else has, kept while we run."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vernost.core.errors import DomainError
from vernost.core.i18n import _

FIRST_PORT: Final = 8000
_PORTS_TRIED: Final = 100
_ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to


class PortIsTaken(DomainError):
    code = "port_is_taken"
    text = _("Port %(port)s of %(host)s cannot be used: %(reason)s. Choose another one with --port")


class HostIsUnknown(DomainError):
    code = "host_is_unknown"
    text = _("%(host)s is no address of this machine: %(reason)s")


@dataclass(frozen=True, slots=True)
class Address:
    """An address to listen on; `ip` is a number, never a name."""

    ip: str
    port: int

    @property
    def connectable(self) -> str:
        """The address at which this machine itself reaches it."""
        return _ANY.get(self.ip, self.ip)

    @property
    def url(self) -> str:
        host = self.connectable
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


@contextlib.contextmanager
def reserved(host: str, port: int | None) -> Iterator[Address]:
    """Keep the port, or the first free one from 8000 on, for us and our children alone.

    The web server opens its sockets with SO_REUSEPORT, so a second instance would quietly share a
    port with the first. A socket that is bound without it, and never listens, keeps others out.
    """
    family, ip = _resolve(host)
    for candidate in (port,) if port else range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED):
        with socket.socket(family, socket.SOCK_STREAM) as keeper:
            keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                keeper.bind((ip, candidate))
            except OSError as error:
                failure = error
                continue
            # From now on our own web processes may open it too.
            keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            yield Address(ip, candidate)
            return
    raise PortIsTaken(host=host, port=port or FIRST_PORT, reason=failure.strerror) from failure


def _resolve(host: str) -> tuple[int, str]:
    try:
        family, *_, place = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise HostIsUnknown(host=host, reason=error.strerror) from error
    return family, str(place[0])
