"""Points of risk for a report: by compiled loops where they answer, else by the definitions."""

from typing import TYPE_CHECKING

from vernost.reports.asked import Asked

if TYPE_CHECKING:
    from ibis.expr.types import Table


def risk_events(asked: Asked, *, told: bool = True) -> "Table":
    """Return `rules.risks.events` of what is asked; without `told` the ids of repeat repairs are left out."""
    from ibis.backends.duckdb import Backend  # noqa: PLC0415 - a list of reports must not wait for Ibis

    from vernost.segments import repeats  # noqa: PLC0415 - as above
    from vernost.segments.rules import risks  # noqa: PLC0415 - as above

    # The loops read the tables themselves: of branches, never of a segment's rows only.
    if type(asked) is not Asked or not isinstance(asked.con, Backend):
        return risks.events(asked, asked.as_of, asked.settings)
    branch_ids = frozenset[int]() if asked.actor.own_only else asked.actor.branch_ids
    return repeats.events(asked.con, asked, asked.as_of, asked.settings, branch_ids=branch_ids, told=told)
