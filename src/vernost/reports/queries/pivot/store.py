"""Where the arrays of the pivot lie, and how they stay true while the mirror goes on.

A refresh leaves them standing: the customers and cars that changes have touched since are left out of them, and all
of the orders of these are laid out in memory, from the version that is asked. Links to the mirror's files of then
tell what has changed. When that is much, or the mirror has new bases, everything is laid out anew.
"""

import fcntl
import json
import os
import shutil
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

import numpy as np
import pyarrow as pa
from django.conf import settings
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table
from numpy.typing import NDArray

from vernost.facts import mirror as mirrors
from vernost.facts.mirror import Mirror, Stored
from vernost.reports.queries.pivot import layout
from vernost.reports.queries.pivot.layout import Layout

# What the star is made of, and the column of its key.
SOURCES: Mapping[str, str] = {
    "visits": "order_id",
    "lines": "order_id",
    "vehicles": "vehicle_id",
    "customers": "customer_id",
    "branches": "branch_id",
    "invitations": "invitation_id",
    "attributions": "attribution_id",
}
# To be raised when the arrays mean something else.
_FORM = 2
# Of all customers: where changes have touched more, the arrays are laid out anew.
_MOST_TOUCHED = 0.1
_FEW = 1000
_SOURCES = "sources.json"
# Tables whose former rows tell which orders a change has left.
_LOOKED_BACK = {"visits", "attributions"}
_KEPT = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A layout, and who of it counts: customers for what is counted by them, cars for the count of cars.

    `with_car` are the customers who are counted as their only car too; `by_vehicle` are the orders of the other cars,
    car by car.
    """

    layout: Layout
    customers: NDArray[np.uint8]
    vehicles: NDArray[np.uint8]
    with_car: NDArray[np.uint8]
    by_vehicle: NDArray[np.int32]

    @classmethod
    def of(cls, layout: Layout, customers: NDArray[np.uint8], vehicles: NDArray[np.uint8]) -> "Part":
        # Who has no only car is told by the last place, that of no car.
        has_known = vehicles[layout.only_car]
        # Of these the car counts and the customer does not.
        left = has_known & (1 - customers)
        apart = layout.by_vehicle
        if left.any():
            apart = np.append(apart, np.flatnonzero(left[layout.customer]).astype(np.int32))
            apart.flags.writeable = False
        return cls(layout, customers, vehicles, has_known & customers, apart)


@dataclass(frozen=True, slots=True)
class Touched:
    """Ids of customers (-1: nobody) and of cars."""

    customers: NDArray[np.int64]
    vehicles: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Laid:
    """The whole star of one version: parts that share no customer and no car that counts."""

    version: str
    parts: tuple[Part, ...]


_laid: OrderedDict[str, Laid] = OrderedDict()
_lock = Lock()


def laid_out(mirror: Mirror, connect: Callable[[], Backend]) -> Laid:
    """Return the arrays of a version; the first to ask where none stand writes them."""
    key = f"{mirror.folder}@{mirror.refreshed_at}"
    with _lock:
        if key not in _laid:
            _laid[key] = _made(mirror, connect())
            while len(_laid) > _KEPT:
                _laid.popitem(last=False)
        _laid.move_to_end(key)
        return _laid[key]


def root() -> Path:
    return Path(settings.DATA_DIR) / "pivot"


def newest() -> str:
    """Return the name of the arrays that stand; empty: none."""
    names = [path.name for path in root().iterdir() if (path / _SOURCES).exists()] if root().exists() else []
    return max(names, default="")


def in_use() -> bool:
    return bool(newest())


def _made(mirror: Mirror, con: Backend) -> Laid:
    root().mkdir(mode=0o700, parents=True, exist_ok=True)
    with (root() / "lock").open("w") as lock:
        # Who comes while another writes waits, and finds them written.
        fcntl.flock(lock, fcntl.LOCK_EX)
        standing = _standing(mirror)
        if standing is not None:
            touched = _touched(con, mirror, standing)
            if touched is not None:
                return _with_changes(con, mirror, layout.open_layout(standing.folder), touched)
        folder = _write(mirror, con)
    return Laid(mirror.version, (whole(layout.open_layout(folder)),))


def whole(laid: Layout) -> Part:
    vehicles = np.ones(len(laid.vehicle_ids) + 1, np.uint8)
    vehicles[-1] = 0
    return Part.of(laid, np.ones(len(laid.customer_ids) + 1, np.uint8), vehicles)


@dataclass(frozen=True, slots=True)
class _Standing:
    """Arrays on disk, with links to the mirror's files that they were made of."""

    folder: Path
    sources: Mapping[str, Stored]


def _standing(mirror: Mirror) -> _Standing | None:
    """Return the newest arrays whose tables have the same bases as the version."""
    for folder in sorted((path for path in root().iterdir() if path.is_dir()), reverse=True):
        try:
            content = json.loads((folder / _SOURCES).read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        if content["form"] != _FORM or content["bases"] != _bases(mirror):
            continue
        stored = {name: Stored(**{**one, "columns": ()}) for name, one in content["stored"].items()}
        return _Standing(folder, stored)
    return None


def _bases(mirror: Mirror) -> dict[str, str]:
    found = {}
    for name in SOURCES:
        stored = mirror.tables[name]
        file = (mirror.folder / stored.base).stat()
        found[name] = f"{file.st_ino}:{file.st_size}:{file.st_mtime_ns}:{stored.columns}"
    return found


def _write(mirror: Mirror, con: Backend) -> Path:
    """Lay the version out in a folder of its own; older ones go."""
    numbers = [int(path.stem) for path in root().iterdir() if path.is_dir() and path.stem.isdecimal()]
    folder = root() / f"{max(numbers, default=0) + 1:08d}"
    draft = folder.with_suffix(".draft")
    draft.mkdir(mode=0o700)
    layout.lay_out(con, con, draft)
    stored = {}
    for name in SOURCES:
        files = mirror.tables[name]
        stored[name] = asdict(files)
        for file in filter(None, (files.base if name in _LOOKED_BACK else None, files.delta, files.gone)):
            _link(mirror.folder / file, draft / file)
    content = {"form": _FORM, "bases": _bases(mirror), "stored": stored}
    (draft / _SOURCES).write_text(json.dumps(content), encoding="utf-8")
    draft.rename(folder)
    # What is mapped stays readable when its files are removed.
    for old in root().iterdir():
        if old.is_dir() and old != folder:
            shutil.rmtree(old, ignore_errors=True)
    return folder


def _link(there: Path, here: Path) -> None:
    try:
        os.link(there, here)
    except OSError:
        shutil.copyfile(there, here)


def _touched(con: Backend, mirror: Mirror, standing: _Standing) -> Touched | None:
    """Return the ids of the customers and cars whose orders have changed since the arrays; None: too many, or all."""
    changed = {name: _changed_keys(con, mirror, standing, name) for name in SOURCES}
    if len(changed["branches"]):
        # A branch's tax may have changed, which is in every line.
        return None
    con.con.execute("CREATE OR REPLACE TEMP TABLE pivot_touched (order_id BIGINT)")
    for name, keys in changed.items():
        if len(keys):
            con.con.register("pivot_keys", pa.table({"key": keys}))
            for rows in _rows_with_orders(standing, name):
                select = f"SELECT order_id FROM ({rows}) WHERE {SOURCES[name]} IN (SELECT key FROM pivot_keys)"  # noqa: S608 - declared names
                con.con.execute(f"INSERT INTO pivot_touched {select}")
            con.con.unregister("pivot_keys")
    con.con.execute(f"CREATE OR REPLACE TEMP VIEW pivot_before AS {_earlier(standing, 'visits')}")
    found = con.con.execute(
        "SELECT DISTINCT customer_id, vehicle_id FROM (FROM visits UNION ALL BY NAME FROM pivot_before)"
        " SEMI JOIN pivot_touched USING (order_id)"
    ).fetchnumpy()
    con.con.execute("DROP TABLE pivot_touched")
    customers, vehicles = (
        np.unique(np.ma.filled(found[name], -1).astype(np.int64)) for name in ("customer_id", "vehicle_id")
    )
    there = max(1, int(con.con.execute("SELECT count(*) FROM customers").fetchall()[0][0]))
    return None if len(customers) > _MOST_TOUCHED * there + _FEW else Touched(customers, vehicles)


def _changed_keys(con: Backend, mirror: Mirror, standing: _Standing, name: str) -> NDArray[np.int64]:
    """Return the keys of a table whose rows are not those that the arrays were made of."""
    now, then, key = mirror.tables[name], standing.sources[name], SOURCES[name]
    selects = []
    for ours, theirs in ((now.gone, then.gone), (now.delta, then.delta)):
        new = None if ours is None else mirrors.file_rows(mirror.folder / ours)
        old = None if theirs is None else mirrors.file_rows(standing.folder / theirs)
        if new and old:
            selects += [f"({new} EXCEPT {old})", f"({old} EXCEPT {new})"]
        elif new or old:
            selects.append(f"({new or old})")
    if not selects:
        return np.zeros(0, np.int64)
    union = " UNION ".join(f"SELECT {key} AS key FROM {select}" for select in selects)  # noqa: S608 - declared names
    found = con.con.execute(union).fetchnumpy()["key"]
    return np.asarray(np.ma.filled(found, -1), np.int64)


def _rows_with_orders(standing: _Standing, name: str) -> Iterator[str]:
    """SELECTs of a table's key beside the orders that its rows are in."""
    match name:
        case "visits" | "lines":
            # The key is the order, also one that is no longer there.
            yield "SELECT key AS order_id FROM pivot_keys"
        case "vehicles" | "customers":
            yield "SELECT * FROM visits"
        case "attributions" | "invitations":
            yield "SELECT * FROM attributions"
            yield _earlier(standing, "attributions")


def _earlier(standing: _Standing, name: str) -> str:
    """SELECT of the rows that a table had when the arrays were made."""
    stored = standing.sources[name]
    rows = mirrors.file_rows(standing.folder / stored.base)
    if stored.gone is not None:
        gone = mirrors.file_rows(standing.folder / stored.gone)
        rows = f"SELECT * FROM ({rows}) ANTI JOIN ({gone}) USING ({stored.key})"  # noqa: S608 - declared names
    if stored.delta is not None:
        rows = f"{rows} UNION ALL BY NAME {mirrors.file_rows(standing.folder / stored.delta)}"
    return rows


@dataclass(frozen=True, slots=True)
class _Some:
    """The tables of the mirror with the orders of some customers and cars only."""

    con: Backend
    visits: Table

    def table(self, name: str, /) -> Table:
        rows: Table = self.con.table(name)
        if name == "visits":
            return self.visits
        return rows.semi_join(self.visits, "order_id") if name == "lines" else rows


def _with_changes(con: Backend, mirror: Mirror, base: Layout, touched: Touched) -> Laid:
    """Leave the touched out of the base, and lay all of their orders out in memory."""
    if not len(touched.customers) and not len(touched.vehicles):
        return Laid(mirror.version, (whole(base),))
    con.con.register("pivot_customers", pa.table({"id": touched.customers}))
    con.con.register("pivot_vehicles", pa.table({"id": touched.vehicles}))
    select = """
        SELECT * FROM visits
         WHERE coalesce(customer_id, -1) IN (SELECT id FROM pivot_customers)
            OR vehicle_id IN (SELECT id FROM pivot_vehicles)
    """
    con.con.execute(f"CREATE OR REPLACE TEMP TABLE pivot_visits AS {select}")
    fresh = layout.lay_out(con, _Some(con, con.table("pivot_visits")))
    con.con.execute("DROP TABLE pivot_visits")
    for name in ("pivot_customers", "pivot_vehicles"):
        con.con.unregister(name)
    return Laid(mirror.version, (_marked(base, touched, inside=0), _marked(fresh, touched, inside=1)))


def _marked(laid: Layout, touched: Touched, *, inside: int) -> Part:
    of_customers = np.full(len(laid.customer_ids) + 1, 1 - inside, np.uint8)
    of_customers[:-1][np.isin(laid.customer_ids, touched.customers, assume_unique=True)] = inside
    if -1 in touched.customers:
        of_customers[-1] = inside
    of_vehicles = np.full(len(laid.vehicle_ids) + 1, 1 - inside, np.uint8)
    of_vehicles[laid.vehicle_numbers[np.isin(laid.vehicle_ids, touched.vehicles, assume_unique=True)]] = inside
    of_vehicles[-1] = 0
    return Part.of(laid, of_customers, of_vehicles)


def forget() -> None:
    """Let go of what is mapped in this process."""
    with _lock:
        _laid.clear()
