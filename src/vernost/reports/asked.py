"""What a report about customers is asked over: the tables that the actor sees, the rules' numbers, a segment."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.core.actor import Actor

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from vernost.customers.rules.fields import Definition
    from vernost.facts.arrays import Arrays
    from vernost.segments.rules.cuts import Cut

ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Asked:
    """Metrics read its tables. Scores and classes are those of everybody seen; `only` leaves a segment's customers."""

    con: "Backend"
    actor: Actor
    as_of: date
    segment: str | None = None

    @cached_property
    def settings(self) -> RuleSettings:
        from vernost.accounts import queries  # noqa: PLC0415 - a list of reports must not wait for Django

        return queries.rule_settings()

    def table(self, name: str, /) -> "Table":
        return facts.table(name, self.con, actor=self.actor)

    def own_fields(self) -> "list[Definition]":
        """Return the administrators' fields of customers that a file can carry and the actor sees."""
        from vernost.customers.queries.fields import definitions  # noqa: PLC0415 - as above
        from vernost.customers.rules.field_masks import is_whole  # noqa: PLC0415 - as above
        from vernost.customers.rules.fields import NOT_IN_FILES  # noqa: PLC0415 - as above

        seen = definitions("customer", role=self.actor.role)
        return [one for one in seen if one.kind not in NOT_IN_FILES and is_whole(one.kind, self.actor)]

    @cached_property
    def arrays(self) -> "Arrays | None":
        """The arrays of the version that is read, where somebody has made them; not for a person of some branches."""
        from vernost.facts import arrays  # noqa: PLC0415 - as above

        mirror = getattr(self.con, "mirror", None)
        if mirror is None or self.actor.branch_ids is not None:
            return None
        if not arrays.is_made(mirror):
            arrays.want(mirror)
            return None
        return arrays.of(mirror)

    @property
    def whole_arrays(self) -> "Arrays | None":
        """The arrays, where everybody is asked for."""
        return self.arrays if self.segment is None else None

    def metric(self, code: str) -> "Table":
        from vernost.segments import metrics  # noqa: PLC0415 - as above

        return metrics.discover()[code].of(self, self.as_of, self.settings)

    def only(self, rows: "Table", key: str = "customer_id") -> "Table":
        """Return the rows of the segment's customers; without a segment all."""
        if self.segment is None:
            return rows
        from vernost.segments import queries  # noqa: PLC0415 - as above

        members = queries.members(self.con, self.segment, self.as_of, actor=self.actor)
        return rows.semi_join(members.select(member_id="customer_id"), [(key, "member_id")])

    def only_owned(self, rows: "Table", key: str = "vehicle_id") -> "Table":
        """Return the rows of the cars that the segment's customers own on the day."""
        if self.segment is None:
            return rows
        from vernost.facts import cars  # noqa: PLC0415 - as above

        owned = self.only(cars.owners(self, self.as_of)).select(owned_id="vehicle_id")
        return rows.semi_join(owned, [(key, "owned_id")])

    def rows(self, table: "Table") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.con.to_pyarrow(table).to_pylist()
        return found

    def stream(self, table: "Table") -> Iterator[dict[str, Any]]:
        """Yield rows as they come, however many there are."""
        from ibis.backends.duckdb import Backend  # noqa: PLC0415 - as above

        if not isinstance(self.con, Backend):
            yield from self.rows(table)
            return
        # Ibis 12 still asks DuckDB for batches by an old name; tables in memory it shows before it asks.
        self.con._run_pre_execute_hooks(table)  # noqa: SLF001 - as above
        for batch in self.con.con.sql(self.con.compile(table)).to_arrow_reader(ROWS_AT_ONCE):
            yield from batch.to_pylist()

    def branch_refs(self) -> dict[int | None, str]:
        """Map branches to their ids of the source; orders without branch have an empty one."""
        branches = self.con.table("branches").select("branch_id", "ref")
        return {None: ""} | {row["branch_id"]: row["ref"] for row in self.rows(branches)}

    def written(self, by: "Cut") -> "Callable[[Any], Any]":
        """Return how the keys of a cut are written: ids of the source, makes and models as the files spell them."""
        from vernost.reports import refs  # noqa: PLC0415 - as above

        if by == "branch":
            return self.branch_refs().get
        if by == "advisor":
            known = {key: name.ref for key, name in refs.advisors(self.actor).items()}
            return known.get
        return refs.spelled(self.con.table("vehicles")).get if by in {"make", "model"} else str_or_none


def str_or_none(key: object) -> str | None:
    return None if key is None else str(key)


@dataclass(frozen=True)
class OfSegment(Asked):
    """The same, and of the tables that name a customer only the segment's rows."""

    @property
    def arrays(self) -> "Arrays | None":
        return super().arrays if self.segment is None else None

    def table(self, name: str, /) -> "Table":
        rows = super().table(name)
        return self.only(rows) if "customer_id" in rows.columns else rows
