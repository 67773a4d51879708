"""How many of last year's customers came again, by each of the definitions that people quote."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.core.money import roubles
from vernost.reports.asked import Asked
from vernost.reports.catalogue import Report, reports

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from vernost.segments.rules.cuts import Cut
    from vernost.segments.rules.retention import Definition

_DIGITS = 6
_MONEY = ("revenue_kept", "revenue_lost")


@reports.register
class Retention(Report):
    """One-year retention of the last finished month in all definitions side by side."""

    code = "retention"
    title = _("Retention of a year, by each definition")
    portable = True
    columns = ("definition", "month", "base", "kept", "share", *_MONEY)

    @dataclass(frozen=True, slots=True)
    class Params:
        as_of: date
        by: Literal["age", "make", "model", "branch", "advisor", "source"] | None = None
        segment: str | None = None

    def rows(self, con: "Backend", params: "Retention.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield a row a definition; `month` is the one whose retention it is, money that of the base's year.

        `cars_year_k`: cars sold by us, in the k-th year since the sale; their money is that of the k-th year. With `by`
        the definitions over visits (of cars only by age, make and model), cut by the last visit in the base's year.
        """
        from vernost.segments.rules import retention  # noqa: PLC0415 - a list of reports must not wait for Ibis

        asked = Asked(con, actor, params.as_of, params.segment)
        if params.by is not None:
            yield from self._by(asked, params.by)
            return
        last = retention.last_finished(params.as_of)
        for definition in retention.DEFINITIONS:
            row = _counted(asked, definition, last)
            # With a month of grace it is the month before whose retention is known now.
            yield _shown(definition.code, last - (definition.months - retention.YEAR), row)
        years = asked.only_owned(retention.car_years(asked, last), "id")
        for row in asked.rows(retention.counted(years, "year").order_by("year")):
            # Who did not come in the year brought nothing in it.
            yield _shown(f"cars_year_{row['year']}", last, row) | {"revenue_lost": None}

    def _by(self, asked: Asked, by: "Cut") -> Iterator[Mapping[str, Any]]:
        from vernost.segments.rules import cuts, retention  # noqa: PLC0415 - as above

        name, last = asked.written(by), retention.last_finished(asked.as_of)
        for definition in retention.DEFINITIONS:
            if by in cuts.OF_CARS and definition.unit != "vehicle":
                continue
            month = last - (definition.months - retention.YEAR)
            rows = [(name(row["cut"]), row) for row in counted_by(asked, definition, by)]
            for cut, row in sorted(rows, key=lambda found: (found[0] is None, found[0] or "")):
                yield {str(by): cut, **_shown(definition.code, month, row)}


def _counted(asked: Asked, definition: "Definition", last: int) -> Mapping[str, Any]:
    from vernost.segments import dense_months  # noqa: PLC0415 - as above
    from vernost.segments.rules import retention  # noqa: PLC0415 - as above

    if asked.whole_arrays is not None and definition.unit == "customer":
        return dense_months.kept(asked.whole_arrays, definition, last)
    (row,) = asked.rows(retention.counted(base_of(asked, definition)))
    return row


def base_of(asked: Asked, definition: "Definition", by: "Cut | None" = None, *, month: int | None = None) -> "Table":
    """Return the rows of `retention.retained` of a month, the last finished one, with `cut` where one is asked for."""
    from vernost.segments.rules import cuts, retention  # noqa: PLC0415 - as above

    last = retention.last_finished(asked.as_of) if month is None else month
    found = retention.retained(asked, definition, last)
    found = asked.only(found, "id") if definition.unit == "customer" else asked.only_owned(found, "id")
    if by is None:
        return found
    since, until = retention.base_year(definition, last)
    return cuts.of_window(asked, found, definition.unit, by, since=since, until=until)


def counted_by(asked: Asked, definition: "Definition", by: "Cut") -> list[dict[str, Any]]:
    """Return `retention.COUNTS` for each key (`cut`) of a cut."""
    from vernost.segments.rules import retention  # noqa: PLC0415 - as above

    return asked.rows(retention.counted(base_of(asked, definition, by), "cut"))


def _shown(code: str, month: int, row: Mapping[str, Any]) -> dict[str, Any]:
    share = round(row["kept"] / row["base"], _DIGITS) if row["base"] else None
    counts = {"base": row["base"], "kept": row["kept"], "share": share}
    money = {name: roubles(row[name]) for name in _MONEY}
    return {"definition": code, "month": written(month), **counts, **money}


def written(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02}"
