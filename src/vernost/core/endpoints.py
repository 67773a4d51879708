"""Which right a page asks for: one row an address. A page without a row opens to nobody, and fails a test."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from vernost.core.actor import Actor
from vernost.core.registry import Registry
from vernost.core.rights import Sensitive

SIGNED_IN: Final = ""
"""The right of a page that is for everybody who has signed in."""
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Opens:
    """What opens a page: `read` to look at it, `write` to send its form, and the fields it cannot do without."""

    read: str
    write: str
    fields: frozenset[Sensitive] = frozenset()

    def right(self, method: str | None) -> str:
        return self.read if method in _SAFE else self.write


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`code` is the name of the address. `public`: a page before the sign-in."""

    code: str
    opens: Opens
    public: bool = False


endpoints: Registry[Endpoint] = Registry("endpoints")
# Namespaces whose addresses ask for keys of their own.
_keyed: set[str] = set()


def opens(read: str, write: str = "", *, fields: Iterable[Sensitive] = ()) -> Opens:
    return Opens(read, write or read, frozenset(fields))


def add_pages(namespace: str, rows: Mapping[str, str | Opens], *, public: bool = False) -> None:
    """Add the rows of a surface: the name of an address → the right it asks for."""
    for name, row in rows.items():
        code = f"{namespace}:{name}" if namespace else name
        endpoints.add(Endpoint(code, row if isinstance(row, Opens) else opens(row), public))


def add_keyed(namespace: str) -> None:
    """Leave a namespace to its own keys."""
    _keyed.add(namespace)


def is_keyed(namespace: str) -> bool:
    return namespace in _keyed


def may_open(actor: Actor, url_name: str, method: str = "GET") -> bool:
    if url_name not in endpoints:
        return False
    row = endpoints[url_name].opens
    right = row.right(method)
    return (not right or actor.may(right)) and all(actor.shows(field) for field in row.fields)
