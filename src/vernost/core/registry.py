"""A mapping by code into which files of a folder put themselves."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar


class Coded(Protocol):
    @property
    def code(self) -> str: ...


T = TypeVar("T", bound=Coded)


class Registry(Generic[T]):
    def __init__(self, name: str) -> None:
        self.name = name
        self._entries: dict[str, T] = {}

    def register(self, entry: type[T]) -> type[T]:
        """Class decorator: keep one instance under its code; a second entry of a code is an error."""
        instance = entry()
        self.add(instance)
        return entry

    def add(self, entry: T) -> None:
        if entry.code in self._entries:
            message = f"{self.name}: the code {entry.code!r} is taken by {self._entries[entry.code]!r}"
            raise ValueError(message)
        self._entries[entry.code] = entry

    def discover(self, package: str) -> None:
        """Import every module of `package`, so that each registers itself."""
        folder = importlib.import_module(package)
        for module in pkgutil.iter_modules(folder.__path__):
            importlib.import_module(f"{package}.{module.name}")

    def __getitem__(self, code: str) -> T:
        return self._entries[code]

    def __contains__(self, code: str) -> bool:
        return code in self._entries

    def __iter__(self) -> Iterator[T]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)
