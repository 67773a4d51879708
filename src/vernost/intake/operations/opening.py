"""From what the user gives, a folder, a ZIP or a file, to plain files that may be read."""

import stat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from vernost.intake.operations.failures import (
    BrokenArchive,
    BrokenWorkbook,
    LockedArchive,
    NoSuchPath,
    NothingKnown,
    TooLarge,
    TooManyFiles,
)

MEBIBYTE: Final = 1024 * 1024
TEXTS: Final = frozenset({".csv", ".txt", ".tsv"})
WORKBOOKS: Final = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
_ZIPPED_WORKBOOKS: Final = frozenset({".xlsx", ".xlsm", ".ods"})
_UTF8_NAME: Final = 0x800
_ENCRYPTED: Final = 0x1
_BLOCK: Final = MEBIBYTE


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may hold, so that a small file cannot fill the disk."""

    files: int = 1000
    unpacked: int = 200 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class Found:
    """A file to be read, and the name by which its owner knows it."""

    path: Path
    name: str

    @property
    def is_workbook(self) -> bool:
        return Path(self.name).suffix.lower() in WORKBOOKS


def found_at(path: Path, *, folder: Path, limits: Limits) -> list[Found]:
    """Return the tables at a path, by name; archives are unpacked into `folder`, under names of our own."""
    if path.is_dir():
        files = [Found(file, file.relative_to(path).as_posix()) for file in sorted(path.rglob("*")) if file.is_file()]
        return _highest(path.name, files, limits)
    if not path.is_file():
        raise NoSuchPath(name=str(path))
    if path.suffix.lower() == ".zip" or (path.suffix.lower() not in TEXTS | WORKBOOKS and zipfile.is_zipfile(path)):
        return _highest(path.name, list(_unpacked(path, folder, limits)), limits)
    return [_checked(Found(path, path.name), limits)]


def _highest(name: str, files: Iterable[Found], limits: Limits) -> list[Found]:
    """Return the tables of the highest folder that has any: an archive may hold a folder, which may hold others."""
    tables = [file for file in files if Path(file.name).suffix.lower() in TEXTS | WORKBOOKS and not _is_hidden(file)]
    if not tables:
        raise NothingKnown(name=name)
    depth = min(file.name.count("/") for file in tables)
    highest = [Found(file.path, Path(file.name).name) for file in tables if file.name.count("/") == depth]
    if len(highest) > limits.files:
        raise TooManyFiles(name=name, limit=limits.files)
    return [_checked(file, limits) for file in sorted(highest, key=lambda file: file.name)]


def _is_hidden(file: Found) -> bool:
    """Tell what Office and macOS leave behind: ~$orders.xlsx, __MACOSX/._orders.csv."""
    parts = Path(file.name).parts
    return parts[-1].startswith((".", "~$")) or "__MACOSX" in parts


def _checked(file: Found, limits: Limits) -> Found:
    """Look into a spreadsheet, which is an archive itself, before a library unpacks it in memory."""
    if Path(file.name).suffix.lower() in _ZIPPED_WORKBOOKS:
        try:
            with zipfile.ZipFile(file.path) as archive:
                size = 0
                for member in archive.infolist():
                    with archive.open(member) as stream:
                        size += _size(stream, limits.unpacked - size, file.name)
        except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError) as error:
            raise BrokenWorkbook(name=file.name) from error
    return file


def _size(stream: IO[bytes], limit: int, name: str) -> int:
    size = 0
    while block := stream.read(_BLOCK):
        size += len(block)
        if size > limit:
            raise TooLarge(name=name, limit=limit // MEBIBYTE)
    return size


def _unpacked(path: Path, folder: Path, limits: Limits) -> Iterator[Found]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if _is_plain_file(member)]
            if len(members) > limits.files:
                raise TooManyFiles(name=path.name, limit=limits.files)
            if any(member.flag_bits & _ENCRYPTED for member in members):
                raise LockedArchive(name=path.name)
            if sum(member.file_size for member in members) > limits.unpacked:
                raise TooLarge(name=path.name, limit=limits.unpacked // MEBIBYTE)
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            left = limits.unpacked
            for number, member in enumerate(members):
                # The name in the archive is only shown: it cannot lead out of our folder.
                target = folder / f"{number:04d}{Path(member.filename).suffix.lower()[:8]}"
                with archive.open(member) as source, target.open("wb") as copy:
                    left -= _copy(source, copy, left, path.name, limits)
                yield Found(target, _name_of(member))
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as error:
        raise BrokenArchive(name=path.name) from error


def _copy(source: IO[bytes], target: IO[bytes], left: int, name: str, limits: Limits) -> int:
    """Copy a member while the archive keeps to what it said of itself; return its size."""
    size = 0
    while block := source.read(_BLOCK):
        size += len(block)
        if size > left:
            raise TooLarge(name=name, limit=limits.unpacked // MEBIBYTE)
        target.write(block)
    return size


def _is_plain_file(member: zipfile.ZipInfo) -> bool:
    return not member.is_dir() and not stat.S_ISLNK(member.external_attr >> 16)


def _name_of(member: zipfile.ZipInfo) -> str:
    """Return the member's name; one that is not marked as UTF-8 was written by a Russian Windows."""
    if member.flag_bits & _UTF8_NAME:
        name = member.filename
    else:
        name = member.filename.encode("cp437", errors="replace").decode("cp866", errors="replace")
    return "/".join(part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."})
