"""Repeat repairs of everybody by compiled loops: what `rules.risks.repeated` says, for the whole history in a blink.

Which order repeats which does not depend on the day nor on who owns the car. So the pairs are found once for the
bases of the mirror, and again only for cars whose orders have changed since; a day, the owners and the branches
that somebody sees choose among them.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table
from numpy.typing import NDArray

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.core.fact_table import Tables
from vernost.facts import kept_files
from vernost.facts import mirror as mirrors
from vernost.facts.mirror import Mirror
from vernost.segments import repeat_kernels as kernels
from vernost.segments.repeat_kernels import NOBODY, NONE
from vernost.segments.rules import days, risks

Columns = Mapping[str, NDArray[Any]]

_TABLES: Final = ("vehicle_visits", "lines")
_NAME: Final = "repeats"
_WANTED: Final = "repeats.wanted"
_MOST_WORKS: Final = 63
"""Kinds and categories are the bits of a number."""
_ORDERS_AT_ONCE: Final = 1_500_000
_OF_ORDERS: Final = ("order_id", "customer_id", "branch_id", "revenue")
_VISITS: Final = (
    "vehicle_id",
    "on",
    "opened_on",
    "closed_second",
    "mileage_km",
    "ref",
    "kind",
    *_OF_ORDERS,
)
_LINES: Final = ("order_id", "category_key", "declined")
_PAIRS: Final = ("vehicle", "on", "before_on", "revenue", "customer", "branch", "before_branch")
_KEYS: Final = ("order", "before", "twins")


def events(
    con: Backend,
    tables: Tables,
    as_of: date,
    settings: RuleSettings,
    *,
    branch_ids: Collection[int] | None = None,
    told: bool = True,
) -> Table:
    """Return what `risks.events` does of the tables of a connection, of which somebody sees some branches (None: all).

    Without `told` nobody asks for the ids of the source (order_ref and before_ref): of repeats they are null.
    """
    every = con.to_pyarrow(risks.every_car(tables, as_of))
    kept = ibis.memtable(every)
    try:
        repeats = _found(con, every, branch_ids, as_of, settings, told=told)
    except TooManyWorksError:
        repeats = risks.repeated(tables, risks.orders(tables, kept, as_of, settings), settings)
    return risks.events(tables, as_of, settings, every=kept, repeats=repeats)


def follow(settings: RuleSettings) -> bool:
    """Find the pairs of new bases where somebody has asked for them; tell whether this had to be done."""
    mirror = mirrors.current()
    name = _name(settings)
    if not (mirror.folder.parent / _WANTED).exists() or kept_files.is_made(mirror, name):
        return False
    con = facts.connect(mirror)
    kept_files.columns(mirror, name, lambda: _of_bases(con, mirror, *_within(settings)), bases=_TABLES)
    return True


def _name(settings: RuleSettings) -> str:
    return "-".join(map(str, (_NAME, *_within(settings))))


def _within(settings: RuleSettings) -> tuple[int, int]:
    return settings.risk_repeat_days, settings.risk_repeat_km


def _found(
    con: Backend,
    owners: pa.Table,
    branch_ids: Collection[int] | None,
    as_of: date,
    settings: RuleSettings,
    *,
    told: bool,
) -> Table:
    """Return what `risks.repeated` does."""
    parts = [_chosen(part, owners, branch_ids, as_of, settings) for part in _parts(con, settings)]
    table = ibis.memtable(pa.concat_tables([one for one, _twins in parts]))
    if not (told or any(twins for _one, twins in parts)):
        nothing = ibis.null("string")
        return table.mutate(ref=nothing, before_ref=nothing).drop("order_id", "before_id")
    visits = con.table("vehicle_visits")
    named = table.join(visits.select(new_id="order_id", ref="ref"), [("order_id", "new_id")])
    named = named.join(visits.select(old_id="order_id", before_ref="ref"), [("before_id", "old_id")])
    return named.select("customer_id", "vehicle_id", "on", "ref", "before_ref", "revenue").distinct()


def _chosen(
    pairs: Columns, owners: pa.Table, branch_ids: Collection[int] | None, as_of: date, settings: RuleSettings
) -> tuple[pa.Table, bool]:
    """Return the pairs of a day, and whether some of them may be told twice."""
    if branch_ids is not None:
        seen = np.array(sorted(branch_ids), np.int64)
        inside = np.flatnonzero(np.isin(pairs["branch"], seen) & np.isin(pairs["before_branch"], seen))
        pairs = {name: values[inside] for name, values in pairs.items()}
    cars, numbers = _cars(owners, pairs["vehicle"])
    places, who = kernels.owned(
        kernels.Pairs(numbers, pairs["on"], pairs["before_on"], pairs["customer"]),
        cars,
        days.number_of(days.before(as_of, settings.risk_days)),
        days.number_of(as_of),
    )
    rows = pa.table(
        {
            "customer_id": who,
            "vehicle_id": pairs["vehicle"][places],
            "on": pa.array(pairs["on"][places]).cast(pa.date32()),
            "revenue": pa.array(pairs["revenue"][places], mask=pairs["revenue"][places] == _UNKNOWN),
            "order_id": pairs["order"][places],
            "before_id": pairs["before"][places],
        }
    )
    several = np.diff(cars.starts)[numbers[places]] > 1 if len(cars.owner) else np.zeros(len(places), np.bool_)
    return rows, bool((pairs["twins"][places] | ((numbers[places] >= 0) & several)).any())


def _cars(owners: pa.Table, vehicles: NDArray[np.int64]) -> tuple[kernels.Cars, NDArray[np.int32]]:
    """Return the owners car by car, and the place of the car of each pair."""
    rows = owners.sort_by("vehicle_id") if not _is_sorted(owners["vehicle_id"].to_numpy()) else owners
    keys = rows["vehicle_id"].to_numpy()
    begins = np.flatnonzero(np.diff(keys, prepend=keys[:1] - 1))
    cars = kernels.Cars(
        np.append(begins, len(keys)),
        rows["customer_id"].fill_null(NOBODY).to_numpy(),
        rows["owned_from"].cast(pa.int32()).fill_null(NONE).to_numpy(),
        rows["runs"].cast(pa.int8()).to_numpy(),
    )
    different = keys[begins]
    if not len(different):
        return cars, np.full(len(vehicles), NOBODY, np.int32)
    places = np.minimum(np.searchsorted(different, vehicles), len(different) - 1)
    return cars, np.where(different[places] == vehicles, places, NOBODY).astype(np.int32)


def _is_sorted(keys: NDArray[np.int64]) -> bool:
    return bool((keys[1:] >= keys[:-1]).all())


class TooManyWorksError(Exception):
    """There are more kinds and categories than a number has bits."""


def _parts(con: Backend, settings: RuleSettings) -> list[Columns]:
    """Return the pairs of all orders: those of the bases whose cars have not changed, and those of the others."""
    mirror: Mirror | None = getattr(con, "mirror", None)
    within, name = _within(settings), _name(settings)
    if mirror is None:
        return [_pairs(con, "FROM vehicle_visits", "FROM lines", *within)]
    (mirror.folder.parent / _WANTED).touch()
    base = kept_files.columns(mirror, name, lambda: _of_bases(con, mirror, *within), bases=_TABLES)
    stored = mirror.tables["vehicle_visits"]
    if stored.gone is not None:
        gone = con.con.sql(mirrors.file_rows(mirror.folder / stored.gone)).fetchnumpy()[stored.key]
        stays = np.flatnonzero(~np.isin(base["order"], gone) & ~np.isin(base["before"], gone))
        base = {column: values[stays] for column, values in base.items()}
    if stored.delta is None:
        return [base]
    return [base, kept_files.columns(mirror, f"{name}-changed", lambda: _of_changed(con, mirror, *within))]


def _of_changed(con: Backend, mirror: Mirror, within: int, most_km: int) -> Columns:
    """Find the pairs with an order that has changed since the bases: lines change with their orders."""
    con.con.execute(f"CREATE OR REPLACE TEMP TABLE repeat_orders AS {_near(mirror, within)}")
    lines = mirrors.part(mirror.folder, mirror.tables["lines"], "repeat_keys", "order_id", _LINES)
    con.con.execute("CREATE OR REPLACE TEMP VIEW repeat_keys AS SELECT order_id AS key FROM repeat_orders")
    con.con.execute(f"CREATE OR REPLACE TEMP TABLE repeat_lines AS {lines}")
    found = _pairs(con, "FROM repeat_orders", "FROM repeat_lines", within, most_km)
    changed = con.con.sql("SELECT order_id FROM repeat_orders WHERE changed").fetchnumpy()["order_id"]
    for name in ("VIEW repeat_keys", "TABLE repeat_orders", "TABLE repeat_lines"):
        con.con.execute(f"DROP {name}")
    ours = np.isin(found["order"], changed) | np.isin(found["before"], changed)
    return {column: values[ours] for column, values in found.items()}


def _near(mirror: Mirror, within: int) -> str:
    """SELECT of the changed orders, and of those of their cars that may be told in one breath with them."""
    stored = mirror.tables["vehicle_visits"]
    assert stored.delta is not None  # noqa: S101 - asked only where there is one
    columns = ", ".join(f'"{name}"' for name in _VISITS)
    base, delta = (mirrors.file_rows(mirror.folder / name) for name in (stored.base, stored.delta))
    gone = f"ANTI JOIN ({mirrors.file_rows(mirror.folder / stored.gone)}) USING ({stored.key})" if stored.gone else ""
    opened = 'coalesce(opened_on, "on")'
    return f"""
        WITH changed AS MATERIALIZED (SELECT {columns} FROM ({delta}) WHERE vehicle_id IS NOT NULL),
        cars AS (
            SELECT vehicle_id AS car, min(least("on", {opened})) - {2 * within} AS since,
                   max(greatest("on", {opened})) + {2 * within} AS until
              FROM changed GROUP BY vehicle_id
        )
        SELECT *, true AS changed FROM changed
        UNION ALL
        SELECT {columns}, false
          FROM (SELECT {columns} FROM ({base}) {gone})
          JOIN cars ON vehicle_id = car AND ("on" BETWEEN since AND until OR opened_on BETWEEN since AND until)
    """  # noqa: S608 - declared names


def _of_bases(con: Backend, mirror: Mirror, within: int, most_km: int) -> Columns:
    """Find the pairs of the bases, so many cars at once that their orders are soon forgotten."""
    visits, lines = (mirrors.file_rows(mirror.folder / mirror.tables[name].base) for name in _TABLES)
    parts = []
    for first, end in _spans(con, visits):
        inside = f"WHERE vehicle_id >= {first} AND vehicle_id < {end}"
        parts.append(_pairs(con, f"FROM ({visits}) {inside}", f"FROM ({lines}) {inside}", within, most_km))
    return {name: np.concatenate([part[name] for part in parts]) for name in (*_PAIRS, *_KEYS)}


def _spans(con: Backend, visits: str) -> Iterator[tuple[int, int]]:
    select = f"SELECT coalesce(min(vehicle_id), 0), coalesce(max(vehicle_id), 0) + 1, count(*) FROM ({visits})"  # noqa: S608 - as above
    first, end, orders = con.con.execute(select).fetchall()[0]
    step = max(1, -(-(end - first) * _ORDERS_AT_ONCE // max(orders, 1)))
    return ((start, min(start + step, end)) for start in range(first, end, step))


_UNKNOWN: Final = int(np.iinfo(np.int64).min)


def _pairs(con: Backend, visits: str, lines: str, within: int, most_km: int) -> Columns:
    """Return the pairs of some cars' orders, given with all their lines."""
    orders = con.con.sql(_orders(con, visits, lines)).fetchnumpy()
    loops = kernels.Orders(*(np.ascontiguousarray(orders[name]) for name in kernels.Orders._fields))
    places, before = kernels.repeated(loops, within, most_km)
    twins = kernels.with_twins(loops.vehicle, loops.ref)
    return {
        "vehicle": loops.vehicle[places],
        "on": loops.on[places],
        "before_on": loops.on[before],
        "revenue": orders["revenue"][places],
        "customer": orders["customer_id"][places],
        "branch": orders["branch_id"][places],
        "before_branch": orders["branch_id"][before],
        "order": orders["order_id"][places],
        "before": orders["order_id"][before],
        "twins": twins[places] | twins[before],
    }


def _orders(con: Backend, visits: str, lines: str) -> str:
    """SELECT of what the loops run over, car by car in time."""
    words = _words(con, visits, lines)
    con.con.register(
        "repeat_words", pa.table({"word": pa.array(words, pa.string()), "bit": 1 << np.arange(len(words))})
    )
    day = "coalesce({0} - DATE '1970-01-01', {1})::INTEGER AS {2}"
    numbers = ", ".join(
        f"coalesce({name}, {_UNKNOWN if name == 'revenue' else NOBODY}) AS {name}" for name in _OF_ORDERS
    )
    return f"""
        WITH works AS (
            SELECT order_id, bit_or(bit) AS works
              FROM (SELECT order_id, category_key FROM ({lines}) WHERE NOT declined AND category_key <> '')
              JOIN repeat_words ON category_key = word
             GROUP BY order_id
        )
        SELECT vehicle_id AS vehicle, {day.format('"on"', NONE, '"on"')}, {day.format("opened_on", NONE, "opened")},
               coalesce(closed_second, {NONE})::INTEGER AS second, coalesce(mileage_km, {NONE})::INTEGER AS km,
               md5_number_lower(visits.ref) AS ref, coalesce(works, 0) | coalesce(bit, 0) AS works, {numbers}
          FROM ({visits}) AS visits LEFT JOIN works USING (order_id) LEFT JOIN repeat_words ON kind = word
         WHERE vehicle_id IS NOT NULL
         ORDER BY vehicle_id, "on", closed_second, visits.ref
    """  # noqa: S608 - declared names


def _words(con: Backend, visits: str, lines: str) -> list[str]:
    select = f"SELECT kind AS word FROM ({visits}) UNION SELECT category_key FROM ({lines}) WHERE category_key <> ''"  # noqa: S608 - as above
    words = [word for (word,) in con.con.execute(select).fetchall() if word is not None]
    if len(words) > _MOST_WORKS:
        raise TooManyWorksError
    return sorted(words)
