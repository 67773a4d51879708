"""What previews stand on: one version of the mirror on one day as some people see it, with masks made once.

A process keeps a few of them. When a refresh has made a newer version, the old one goes on answering
until the conditions in use have been made for the new one, so that no edit waits for them.
"""

import os
import threading
import weakref
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vernost import facts
from vernost.accounts import queries as accounts
from vernost.accounts.rules import RuleSettings
from vernost.core.actor import Actor
from vernost.facts import arrays
from vernost.facts import mirror as mirrors
from vernost.facts.arrays import Arrays
from vernost.facts.mirror import Mirror
from vernost.segments import attributes, dense, kernels
from vernost.segments.attributes import Attribute, Ground
from vernost.segments.queries import masks, membership
from vernost.segments.queries import saved as segments
from vernost.segments.queries.bounded import Bounded
from vernost.segments.queries.known import known_attributes
from vernost.segments.queries.masks import Bits, Column
from vernost.segments.queries.saved import Saved
from vernost.segments.rules.tree import SEGMENT, Condition, Node
from vernost.segments.rules.values import Span
from vernost.segments.rules.window import Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.backends.duckdb import Backend

# Of one ground. An attribute of a million customers takes 4 to 9 MB, a mask 0.125 MB.
COLUMN_BYTES = 128 * 2**20
MASK_BYTES = 24 * 2**20
GROUNDS = 4
# How many of the attributes in use are made for a new version before it answers.
WARMED = 24

# Metrics that compiled loops give for the whole group, all at once.
_DENSE = frozenset({"state", "dna_code", "r", "f", "m", "abc"})

# Lists of values that the base has: the table of the mirror, the column of the code and that of the title.
_VALUES = {
    "makes": ("vehicles", "make_key", "make"),
    "models": ("vehicles", "model_key", "model"),
    "engines": ("vehicles", "engine_key", "engine_key"),
    "cities": ("customers", "city", "city"),
    "timezones": ("customers", "timezone", "timezone"),
    "recalls": ("recalls", "code", "title"),
}
MOST_VALUES = 400

Scope = frozenset[int] | None
Key = tuple[Path, Scope, date, RuleSettings]

# By what those shown are chosen and a segment is valued: the revenue of the last year.
WORTH = Condition("revenue", "", None, Window(last=Span("months", 12)))


class Standing:
    """One version, day and scope. Threads share it."""

    def __init__(self, mirror: Mirror, as_of: date, scope: Scope, settings: RuleSettings) -> None:
        handle = mirrors.hold(mirror)
        weakref.finalize(self, os.close, handle)
        self.mirror, self.as_of, self.settings = mirror, as_of, settings
        self.actor = Actor(code="segments", branch_ids=scope)
        self.arrays: Arrays = arrays.of(mirror)
        self.count = len(self.arrays.customers)
        self.attributes: Mapping[str, Attribute] = attributes.discover()
        self.columns: Bounded[Column] = Bounded(COLUMN_BYTES)
        self.masks: Bounded[Bits] = Bounded(MASK_BYTES)
        self._own = threading.local()
        self._values: dict[str, list[tuple[str, str]]] = {}
        self._making = threading.Lock()
        self._alone: dict[Condition, threading.Lock] = {}
        self.branches: dict[str, int] = dict(self._read("branches", "ref", "branch_id"))
        self.ground = Ground(self.arrays, as_of, self._seen_branches(scope), self._codes_of)
        self.everybody = masks.packed(self._visible(scope))

    def _seen_branches(self, scope: Scope) -> NDArray[np.bool_] | None:
        if scope is None:
            return None
        return np.array([branch in scope for branch in self.arrays.codes.get("branches", ())], np.bool_)

    def _codes_of(self, refs: tuple[str, ...]) -> list[int]:
        return [self.arrays.code("branches", self.branches[ref]) for ref in refs if ref in self.branches]

    def _visible(self, scope: Scope) -> NDArray[np.bool_]:
        if scope is None:
            return np.ones(self.count, np.bool_)
        seen = np.zeros(self.count, np.bool_)
        rows = self.tables().table("customers").select("customer_id").to_pyarrow()
        seen[self.arrays.numbers(rows["customer_id"].to_numpy())] = True
        return seen

    def _read(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        rows = self.con.table(table).select(*columns).to_pyarrow()
        return list(zip(*(rows[column].to_pylist() for column in columns), strict=True))

    def values_of(self, name: str) -> list[tuple[str, str]]:
        """Return what the base has to choose from, each value with its title, the most frequent first."""
        if name not in self._values:
            self._values[name] = self._categories() if name == "categories" else self._distinct(*_VALUES[name])
        return self._values[name]

    def _categories(self) -> list[tuple[str, str]]:
        counts = np.diff(self.arrays.lines.starts).tolist()
        named = sorted(zip(self.arrays.codes["categories"], counts, strict=True), key=lambda one: (-one[1], one[0]))
        return [(category, category) for category, _count in named if category][:MOST_VALUES]

    def _distinct(self, table: str, code: str, title: str) -> list[tuple[str, str]]:
        rows = self.con.table(table)
        rows = rows.filter(rows[code] != "")
        counted = rows.group_by(code=rows[code]).aggregate(title=rows[title].max(), count=rows.count())
        listed = counted.order_by(counted["count"].desc(), "code").limit(MOST_VALUES).to_pyarrow().to_pydict()
        return list(zip(listed["code"], listed["title"], strict=True))

    @property
    def con(self) -> "Backend":
        """A connection belongs to the thread that made it."""
        if not hasattr(self._own, "con"):
            self._own.con = facts.connect(self.mirror, memory_limit="512MB")
        con: Backend = self._own.con
        return con

    def tables(self) -> membership.Seen:
        return membership.Seen(self.con, self.actor)

    def bits(self, node: Node, saved: "Mapping[str, Saved]", counts: dict[int, int] | None = None) -> Bits:
        """Return who is in a rule; `counts` is told how many each of its nodes has, by `id` of the node."""
        if isinstance(node, Condition):
            found = self._condition(node, saved)
        else:
            parts = [self.bits(item, saved, counts) for item in node.items]
            found = masks.joined(node.logic, parts, self.everybody)
        if counts is not None:
            counts[id(node)] = masks.count_of(found)
        return found

    def _condition(self, condition: Condition, saved: "Mapping[str, Saved]") -> Bits:
        if condition.attribute == SEGMENT:
            return self._segments(condition, saved)
        found = self.masks.get(condition)
        if found is None:
            attribute = self._attribute(condition.attribute)
            column = self.column(attribute, condition)
            hits = masks.mask(condition, attribute, column, self.count, self.as_of)
            found = masks.packed(hits) & self.everybody
            self.masks.put(condition, found, found.nbytes)
        return found

    def _attribute(self, code: str) -> Attribute:
        """Return an attribute; of a field as it is defined now: it may have become one of another type."""
        if code not in attributes.discover():
            self.attributes = known_attributes()
        return self.attributes[code]

    def _segments(self, condition: Condition, saved: "Mapping[str, Saved]") -> Bits:
        codes = condition.value or tuple(saved)
        parts = [self.people_of(segments.one(code, saved), saved) for code in codes]
        logic = "not" if condition.operator in {"not_in", "unknown"} else "any"
        none = np.zeros_like(self.everybody)
        return masks.joined(logic, parts or [none], self.everybody)

    def people_of(self, segment: Saved, saved: "Mapping[str, Saved]") -> Bits:
        if segment.rule is not None:
            return self.bits(segment.rule, saved)
        key = (segment.code, segment.stamp)
        found = self.masks.get(key)
        if found is None:
            numbers = self.arrays.numbers(np.array(segments.stored_people(segment.id), np.int64))
            hits = np.zeros(self.count, np.bool_)
            hits[numbers[numbers >= 0]] = True
            found = masks.packed(hits) & self.everybody
            self.masks.put(key, found, found.nbytes)
        return found

    def column(self, attribute: Attribute, condition: Condition) -> Column:
        """Return an attribute's values, made once for its window and options."""
        plain = Condition(attribute.code, "", None, condition.within, condition.options)
        found = self.columns.get(plain)
        if found is not None and found.type is attribute.type:
            return found
        # Managers who open the same segment would make the same values at once; others need not wait for them.
        with self._making:
            alone = self._alone.setdefault(plain, threading.Lock())
        with alone:
            found = self.columns.get(plain)
            if found is None or found.type is not attribute.type:
                found = self._made(attribute, plain)
                self.columns.put(plain, found, found.bytes)
        return found

    def _made(self, attribute: Attribute, condition: Condition) -> Column:
        if attribute.fast is not None:
            return masks.of_loop(attribute, attribute.fast(self.ground, condition))
        if attribute.code in _DENSE and self.actor.branch_ids is None:
            rows = self._figures.select(["customer_id", attribute.code]).rename_columns(["customer_id", "value"])
        else:
            known = attributes.Known(self.tables(), self.as_of, self.settings, _nobody)
            rows = attribute.rows(known, condition).select("customer_id", "value").to_pyarrow()
        numbers = self.arrays.numbers(rows["customer_id"].to_numpy())
        return masks.of_rows(attribute, rows, numbers, self.count)

    @cached_property
    def best_first(self) -> NDArray[np.int32]:
        """Customers by what they brought in the last year, the best first, then by id."""
        return np.argsort(-self._worth(), kind="stable").astype(np.int32)

    def _worth(self) -> NDArray[np.int64]:
        return self.column(self.attributes[WORTH.attribute], WORTH).values

    def best(self, found: Bits, rows: int) -> tuple[list[int], int]:
        """Return the ids of the best of a set, and what all of it brought in the last year."""
        hits = np.unpackbits(found, count=self.count).view(np.bool_)
        places, revenue = kernels.best(self.best_first, self._worth(), hits, rows)
        return self.arrays.customers[places].tolist(), int(revenue)

    def ids(self, found: Bits) -> NDArray[np.int64]:
        return self.arrays.customers[np.unpackbits(found, count=self.count).view(np.bool_)]

    @cached_property
    def _figures(self) -> pa.Table:
        return dense.columns(self.arrays, self.as_of, self.settings, self.con)

    def follow(self, earlier: "Standing") -> None:
        """Make what the earlier ground was asked last."""
        self.attributes = earlier.attributes
        asked = [key for key in earlier.columns.used() if isinstance(key, Condition)][:WARMED]
        for condition in reversed(asked):
            self.column(self.attributes[condition.attribute], condition)
        if "best_first" in vars(earlier):
            assert len(self.best_first) == self.count  # noqa: S101 - makes it


def _nobody(code: str) -> Any:  # noqa: ANN401 - never answers
    raise KeyError(code)


class Grounds:
    """The grounds of this process by scope and day, those used last."""

    def __init__(self) -> None:
        self._held: dict[Key, Standing] = {}
        self._lock = threading.Lock()
        self._standing = threading.Lock()
        self._following: set[Key] = set()
        self._followers: weakref.WeakSet[threading.Thread] = weakref.WeakSet()

    def of(self, actor: Actor, as_of: date) -> Standing:
        """Return the ground of the newest version, or of the one before while the newest is being prepared."""
        newest = mirrors.current()
        key = (mirrors.root(), actor.branch_ids, as_of, accounts.rule_settings())
        held = self._used(key)
        if held is None:
            with self._standing:
                held = self._used(key) or self._keep(key, _stand(newest, key))
        elif held.mirror.version != newest.version:
            self._follow(key, held, newest)
        return held

    def newest(self, actor: Actor, as_of: date) -> Standing:
        """Return the ground of the newest version, however long it takes to make."""
        newest = mirrors.current()
        key = (mirrors.root(), actor.branch_ids, as_of, accounts.rule_settings())
        with self._standing:
            held = self._used(key)
            if held is None or held.mirror.version != newest.version:
                held = self._keep(key, _stand(newest, key))
        return held

    def _used(self, key: Key) -> Standing | None:
        with self._lock:
            if key not in self._held:
                return None
            self._held[key] = self._held.pop(key)
            return self._held[key]

    def _keep(self, key: Key, standing: Standing) -> Standing:
        with self._lock:
            self._held[key] = standing
            while len(self._held) > GROUNDS:
                del self._held[next(iter(self._held))]
        return standing

    def _follow(self, key: Key, held: Standing, newest: Mirror) -> None:
        with self._lock:
            if key in self._following:
                return
            self._following.add(key)

        def follow() -> None:
            try:
                fresh = _stand(newest, key)
                fresh.follow(held)
                self._keep(key, fresh)
            finally:
                self._following.discard(key)

        follower = threading.Thread(target=follow, name="segments-follow", daemon=True)
        self._followers.add(follower)
        follower.start()

    def wait(self) -> None:
        """Wait until the versions that are being prepared are ready."""
        for follower in list(self._followers):
            follower.join()


def _stand(mirror: Mirror, key: Key) -> Standing:
    _root, scope, as_of, settings = key
    while True:
        try:
            return Standing(mirror, as_of, scope, settings)
        except FileNotFoundError:
            # A refresh has just replaced and removed it: there is a newer one.
            mirror = mirrors.current()


grounds = Grounds()


def of_everybody(mirror: Mirror, as_of: date, scope: Scope = None) -> Standing:
    """Return a ground of one's own: for jobs and commands."""
    return Standing(mirror, as_of, scope, accounts.rule_settings())
