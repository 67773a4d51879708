"""Who is in a saved segment on a day, as an expression: what reports and programmes join."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from vernost import facts
from vernost.accounts import queries as accounts
from vernost.accounts.rules import RuleSettings
from vernost.core.actor import Actor
from vernost.segments.attributes import Attribute, Known
from vernost.segments.queries import saved as segments
from vernost.segments.queries.known import known_attributes
from vernost.segments.queries.saved import Saved
from vernost.segments.rules import members as reference
from vernost.segments.rules.tree import Group

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


@dataclass(frozen=True, slots=True)
class Seen:
    """The tables of a connection as an actor sees them."""

    con: "Backend"
    actor: Actor | None = None

    def table(self, name: str, /) -> Table:
        return facts.table(name, self.con, actor=self.actor)


def members(con: "Backend", code: str, as_of: date, *, actor: Actor | None = None) -> Table:
    """Return `customer_id` of everybody in the saved segment on the day; a frozen one is the same on every day.

    `actor`: as he sees the base; None is the whole group.
    """
    saved = segments.catalogue()
    known = known_of(Seen(con, actor), as_of, saved)
    people = known.people_of(segments.one(code, saved).code)
    return people if actor is None else people.semi_join(known.table("customers"), "customer_id")


def of_rule(con: "Backend", rule: Group, as_of: date, *, actor: Actor | None = None) -> Table:
    """Return `customer_id` of everybody for whom a rule holds on the day."""
    known = known_of(Seen(con, actor), as_of, segments.catalogue())
    return reference.of(rule, known, known_attributes())


def known_of(tables: Seen, as_of: date, saved: Mapping[str, Saved]) -> Known:
    return _known(tables, as_of, accounts.rule_settings(), saved, known_attributes())


def _known(
    tables: Seen, as_of: date, settings: RuleSettings, saved: Mapping[str, Saved], asked: Mapping[str, Attribute]
) -> Known:
    def people_of(code: str) -> Table:
        segment = segments.one(code, saved)
        if segment.rule is not None:
            # Made anew: what held itself would hold its connection until a collector comes.
            return reference.of(segment.rule, _known(tables, as_of, settings, saved, asked), asked)
        ids = pa.table({"customer_id": pa.array(segments.stored_people(segment.id), pa.int64())})
        return ibis.memtable(ids)

    return Known(tables, as_of, settings, people_of)
