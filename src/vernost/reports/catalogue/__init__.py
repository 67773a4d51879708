"""Reports: a file each, which registers itself.

A report is asked for with a `Params` dataclass (its fields are the options of `vernost report CODE`,
the form and the API schema) and gives rows from the mirror. It imports no Django.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from vernost.core.actor import Actor
from vernost.core.errors import BadRequest
from vernost.core.i18n import _
from vernost.core.registry import Registry

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


class PeriodReversed(BadRequest):
    code = "period_reversed"
    text = _("The first day of the period is later than the last one")


def in_order(start: date, end: date) -> None:
    if start > end:
        raise PeriodReversed


@dataclass(frozen=True, slots=True)
class AsOf:
    """The usual parameters: one day, and a saved segment whose people alone are told of."""

    as_of: date
    segment: str | None = None


class Report:
    """Subclass, give `code`, `title` and `rows`, and put `@reports.register` above.

    `Params` fields may be `date`, `str`, `int`, a `Literal` or any of these `| None`; a field without
    default is required, except `as_of`, which is today where it is not given. A field that Python
    cannot name (`from`) ends in an underscore.
    """

    code: str
    title: str
    columns: tuple[str, ...]
    Params: ClassVar[type[Any]] = AsOf
    portable: ClassVar[bool] = False
    """Its rows come of definitions that every engine runs: `ANALYTICS_URL` may choose one."""

    def rows(self, con: "Backend", params: Any, *, actor: Actor) -> Iterable[Mapping[str, Any]]:  # noqa: ANN401 - its own Params
        """Yield mappings of `columns`, each with values that JSON or `cli.output.dumps` knows."""
        raise NotImplementedError

    def as_of(self, params: Any) -> date | None:  # noqa: ANN401 - its own Params
        """Return the day that the document shows as `as_of`."""
        day: date | None = params.as_of
        return day


reports: Registry[Report] = Registry("reports")


def number(default: int, minimum: int, maximum: int) -> int:
    """Return a field of `Params`: a whole number between the two."""
    bounded: int = field(default=default, metadata={"minimum": minimum, "maximum": maximum})
    return bounded


def discover() -> Registry[Report]:
    reports.discover(__name__)
    return reports
