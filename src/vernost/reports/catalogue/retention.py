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
        by: Literal["branch", "model"] | None = None
        segment: str | None = None

    def rows(self, con: "Backend", params: "Retention.Params", *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield a row a definition; `month` is the one whose retention it is, money that of the base's year.

        `cars_year_k`: cars sold by us, in the k-th year since the sale; their money is that of the k-th year.
        By branch (of the last visit in the base's year) the definitions over visits, by model those over cars.
        """
        from vernost.segments.rules import retention  # noqa: PLC0415 - a list of reports must not wait for Ibis

        asked = Asked(con, actor, params.as_of, params.segment)
        last = retention.last_finished(params.as_of)
        if params.by is not None:
            yield from self._by(asked, params.by, last)
            return
        for definition in retention.DEFINITIONS:
            found = retention.retained(asked, definition, last)
            found = self._only(asked, found, definition.unit)
            # With a month of grace it is the month before whose retention is known now.
            month = last - (definition.months - retention.YEAR)
            yield _shown(definition.code, month, asked.rows(retention.counted(found))[0])
        years = self._only(asked, retention.car_years(asked, last), "vehicle")
        for year in range(2, retention.LAST_CAR_YEAR + 1):
            row = asked.rows(retention.counted(years.filter(years.year == year)))[0]
            if row["base"]:
                # Who did not come in the year brought nothing in it.
                yield _shown(f"cars_year_{year}", last, row) | {"revenue_lost": None}

    def _by(self, asked: Asked, by: Literal["branch", "model"], last: int) -> Iterator[Mapping[str, Any]]:
        from vernost.segments.rules import retention  # noqa: PLC0415 - as above

        refs = asked.branch_refs()
        for definition in retention.DEFINITIONS:
            if by == "model" and definition.unit != "vehicle":
                continue
            found = self._only(asked, retention.retained(asked, definition, last), definition.unit)
            month = last - (definition.months - retention.YEAR)
            since, until = (
                retention.first_day(month - 2 * retention.YEAR + 1),
                retention.last_day(month - retention.YEAR),
            )
            found = retention.with_cut(asked, found, definition.unit, by, since=since, until=until)
            rows = {
                refs[row["cut"]] if by == "branch" else row["cut"]: row
                for row in asked.rows(retention.counted(found, "cut"))
            }
            yield from ({by: cut, **_shown(definition.code, month, rows[cut])} for cut in sorted(rows))

    def _only(self, asked: Asked, found: Any, unit: str) -> Any:  # noqa: ANN401 - tables of Ibis
        return asked.only(found, "id") if unit == "customer" else asked.only_owned(found, "id")


def _shown(code: str, month: int, row: Mapping[str, Any]) -> dict[str, Any]:
    share = round(row["kept"] / row["base"], _DIGITS) if row["base"] else None
    counts = {"base": row["base"], "kept": row["kept"], "share": share}
    money = {name: roubles(row[name]) for name in _MONEY}
    return {"definition": code, "month": written(month), **counts, **money}


def written(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02}"
