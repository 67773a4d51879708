"""Dense arrays of a version of the mirror: what compiled loops run over, shared by all processes.

Customers are numbered by id: the dense number of a customer is its place in `Arrays.customers`. The
arrays lie in the version's folder, each a file that whoever opens it maps into memory, so processes
share its pages and none holds a copy. They are made at the first need or right after a refresh, by one
process, from those of the version before where it can be.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vernost.facts import mirror as mirrors
from vernost.facts.array_kernels import NO_CODE
from vernost.facts.mirror import Mirror, Stored

Kind = Literal["day", "int64", "int32", "flag", "code"]
"""`day`: int32 since 1970-01-01, `NO_DAY` for none. `int64`, `int32`: 0 for none. `flag`: int8 1, 0, `UNKNOWN`.
`code`: int16 place of the value in `Arrays.codes[domain]`, `NO_CODE` for none."""

DTYPES: Mapping[Kind, Any] = {
    "day": np.int32,
    "int64": np.int64,
    "int32": np.int32,
    "flag": np.int8,
    "code": np.int16,
}

FOLDER = "arrays"
_CONTENT = "content.json"
_WANTED = "arrays.wanted"
_LAYOUT = 1
"""To be raised when the declarations or their meaning change."""


@dataclass(frozen=True, slots=True)
class Column:
    """`source` is the column of the mirror's table."""

    source: str
    kind: Kind
    domain: str = ""


@dataclass(frozen=True, slots=True)
class ArrayTable:
    """Rows of a table of the mirror laid out by customer; rows without a known customer are left out.

    `shape`: `customer` has exactly one row for each; `rows` any number, those of one customer together
    in the order of `order_by`; `postings` lie by the code of their column `by`, then so.
    `starts` of n customers (or codes) has n + 1 places. `spliced`: only changed customers' rows are read again.
    """

    name: str
    source: str
    shape: Literal["customer", "rows", "postings"]
    columns: Mapping[str, Column]
    order_by: tuple[str, ...] = ()
    where: str = "true"
    by: str = ""
    spliced: bool = False


TABLES = (
    ArrayTable(
        name="people",
        source="customers",
        shape="customer",
        columns={
            "blocked": Column("blocked", "flag"),
            "blocked_day": Column("blocked_on", "day"),
            "created_day": Column("created_on", "day"),
            "advisor_branch": Column("advisor_branch_id", "code", "branches"),
        },
    ),
    # Counted visits in time: of one day the latest closed is last, then the greatest id of the source.
    ArrayTable(
        name="visits",
        source="visits",
        shape="rows",
        columns={
            "day": Column("on", "day"),
            "revenue": Column("revenue", "int64"),
            "margin": Column("margin", "int64"),
            "branch": Column("branch_id", "code", "branches"),
            "kind": Column("kind", "code", "order_kinds"),
        },
        order_by=("on", "closed_second", "ref"),
        spliced=True,
    ),
    # Cars sold: what adds to the cumulative margin.
    ArrayTable(
        name="deals",
        source="deals",
        shape="rows",
        columns={
            "day": Column("closed_on", "day"),
            "margin": Column("margin", "int64"),
            "branch": Column("branch_id", "code", "branches"),
        },
        order_by=("closed_on", "ref"),
        where="status = 'won' AND kind <> 'trade_in'",
    ),
    # Lines of counted orders, by category.
    ArrayTable(
        name="lines",
        source="lines",
        shape="postings",
        columns={
            "category": Column("category_key", "code", "categories"),
            "day": Column("on", "day"),
            "amount": Column("amount", "int64"),
            "branch": Column("branch_id", "code", "branches"),
            "kind": Column("kind", "code", "line_kinds"),
            "declined": Column("declined", "flag"),
        },
        by="category",
        order_by=("on", "order_id", "line_no"),
        spliced=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Rows:
    """The arrays of one table. `starts` is empty for the shape `customer`.

    Postings have `customer`, the dense number of each row, instead of the column that they lie by.
    """

    starts: NDArray[np.int64]
    columns: Mapping[str, NDArray[Any]]

    def __getitem__(self, column: str) -> NDArray[Any]:
        return self.columns[column]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))


@dataclass(frozen=True, slots=True)
class Arrays:
    """The arrays of one version, mapped read-only."""

    version: str
    customers: NDArray[np.int64]
    codes: Mapping[str, tuple[Any, ...]]
    tables: Mapping[str, Rows]
    _places: dict[str, dict[Any, int]] = field(default_factory=dict)

    def __getitem__(self, table: str) -> Rows:
        return self.tables[table]

    @property
    def people(self) -> Rows:
        return self.tables["people"]

    @property
    def visits(self) -> Rows:
        return self.tables["visits"]

    @property
    def deals(self) -> Rows:
        return self.tables["deals"]

    @property
    def lines(self) -> Rows:
        return self.tables["lines"]

    def code(self, domain: str, value: Any) -> int:  # noqa: ANN401 - a text or an id
        """Return the code of a value; `NO_CODE` where no row has it."""
        if domain not in self._places:
            self._places[domain] = {one: place for place, one in enumerate(self.codes[domain])}
        return self._places[domain].get(value, NO_CODE)

    def numbers(self, customer_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the dense numbers of customers; -1 of those who are not in this version."""
        if not len(self.customers):
            return np.full(len(customer_ids), -1, np.int64)
        places = np.minimum(np.searchsorted(self.customers, customer_ids), len(self.customers) - 1)
        return np.where(self.customers[places] == customer_ids, places, -1)


@dataclass(frozen=True, slots=True)
class Standing:
    """Arrays that stand, and the mirror's tables that they were made of."""

    folder: Path
    codes: Mapping[str, list[Any]]
    sources: Mapping[str, Stored]


def of(mirror: Mirror | None = None) -> Arrays:
    """Return the arrays of a version (the current one by default), making them where nobody has.

    Whoever comes while they are made waits. The folder of a version that somebody reads is not removed.
    """
    chosen, handle = mirrors.held(mirror)
    try:
        _make(chosen)
        return _opened(chosen.folder)
    finally:
        # What is mapped stays readable when its files are removed.
        os.close(handle)


def want(mirror: Mirror) -> None:
    """Let the next refresh make the arrays: who asks now is answered without them."""
    (mirror.folder.parent / _WANTED).touch()


def follow(mirror: Mirror) -> bool:
    """Make a new version's arrays if those of an earlier one stand, or somebody wants them; tell whether it did."""
    wanted = (mirror.folder.parent / _WANTED).exists()
    if is_made(mirror) or not (wanted or _earlier(mirror) is not None):
        return False
    of(mirror)
    return True


def is_made(mirror: Mirror) -> bool:
    return _standing(mirror.folder) is not None


def _standing(folder: Path) -> Standing | None:
    try:
        content = json.loads((folder / FOLDER / _CONTENT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    sources = {name: Stored(**stored) for name, stored in content["sources"].items()}
    if content["layout"] != _LAYOUT:
        return None
    return Standing(folder, content["codes"], sources)


def _make(mirror: Mirror) -> None:
    if is_made(mirror):
        return
    with _alone(mirror.folder):
        if is_made(mirror):
            return
        from vernost.facts import array_writing  # noqa: PLC0415 - only who writes loads the engine

        draft = mirror.folder / f"{FOLDER}.draft"
        for rubbish in (draft, mirror.folder / FOLDER):
            shutil.rmtree(rubbish, ignore_errors=True)
        draft.mkdir(mode=0o700)
        with _held(_earlier(mirror)) as before:
            codes = array_writing.write(draft, mirror, before)
        sources = {table.source: asdict(mirror.tables[table.source]) for table in TABLES}
        content = {"layout": _LAYOUT, "codes": codes, "sources": sources}
        (draft / _CONTENT).write_text(json.dumps(content), encoding="utf-8")
        # No fsync: what a power cut spoils of them is made again with the next version.
        draft.rename(mirror.folder / FOLDER)


@contextmanager
def _held(standing: Standing | None) -> Iterator[Standing | None]:
    """Keep an earlier version's files; nothing where it has been removed meanwhile."""
    if standing is None:
        yield None
        return
    handle = os.open(standing.folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield _standing(standing.folder)
    finally:
        os.close(handle)


def _earlier(mirror: Mirror) -> Standing | None:
    """Return the newest arrays before this version's."""
    versions = sorted((path for path in mirror.folder.parent.iterdir() if path.is_dir()), reverse=True)
    standing = (_standing(folder) for folder in versions if folder.name < mirror.version)
    return next((one for one in standing if one is not None), None)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "arrays.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _opened(folder: Path) -> Arrays:
    made = (folder / FOLDER / _CONTENT).stat()
    return _mapped(folder, made.st_ino, made.st_mtime_ns)


@lru_cache(maxsize=3)
def _mapped(folder: Path, _inode: int, _made_at: int) -> Arrays:
    standing = _standing(folder)
    assert standing is not None  # noqa: S101 - it has just been made
    codes = {domain: tuple(values) for domain, values in standing.codes.items()}
    tables = {table.name: rows(folder, table) for table in TABLES}
    return Arrays(folder.name, load(folder, "customers"), codes, tables)


def rows(folder: Path, table: ArrayTable) -> Rows:
    starts = np.zeros(0, np.int64) if table.shape == "customer" else load(folder, f"{table.name}.starts")
    return Rows(starts, {name: load(folder, f"{table.name}.{name}") for name in stored_columns(table)})


def stored_columns(table: ArrayTable) -> dict[str, Any]:
    """Return the names of a table's files after its `starts`, and their types."""
    columns = {name: DTYPES[column.kind] for name, column in table.columns.items()}
    if table.shape == "postings":
        del columns[table.by]
        return {"customer": np.int32, **columns}
    return columns


def load(folder: Path, name: str) -> NDArray[Any]:
    return np.asarray(np.load(folder / FOLDER / f"{name}.npy", mmap_mode="r"))
