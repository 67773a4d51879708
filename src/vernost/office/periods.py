"""The period and the slice of a report in its address: what is wrong there falls back to the usual."""

from dataclasses import dataclass
from datetime import date
from typing import get_args

from django.http import QueryDict

from vernost.core.i18n import _
from vernost.core.period import add_months
from vernost.reports.facts import FunnelBy, Slice
from vernost.reports.queries.funnel import FunnelFilter, month_of

PERIODS = {
    "month": _("This month"),
    "previous": _("Previous month"),
    "quarter": _("This quarter"),
    "year": _("This year"),
    "custom": _("Other dates"),
}
CUTS: dict[FunnelBy, str] = {
    "programme": _("By programme"),
    "branch": _("By branch"),
    "operator": _("By operator"),
    "month": _("By month"),
}
# As known on the last day of the period; the other value is "now".
THEN, NOW = "", "now"
_CUT_OF = {cut: cut for cut in get_args(FunnelBy)}


@dataclass(frozen=True, slots=True)
class Period:
    code: str
    start: date
    end: date


def period_of(query: QueryDict, today: date) -> Period:
    code = query.get("period", "month")
    first, last = month_of(today)
    if code == "previous":
        return Period(code, *month_of(add_months(first, -1)))
    if code == "quarter":
        start = first.replace(month=first.month - (first.month - 1) % 3)
        return Period(code, start, month_of(add_months(start, 2))[1])
    if code == "year":
        return Period(code, date(today.year, 1, 1), date(today.year, 12, 31))
    if code == "custom":
        start, end = _day(query.get("from")) or first, _day(query.get("to")) or last
        return Period(code, min(start, end), max(start, end))
    return Period("month", first, last)


def filter_of(query: QueryDict, today: date) -> FunnelFilter:
    period = period_of(query, today)
    known = max(period.end, today) if query.get("known") == NOW else period.end
    chosen = Slice(
        programme=query.get("programme") or None,
        branch_id=_number(query.get("branch")),
        operator_id=_number(query.get("operator")),
        month=_month(query.get("month")),
    )
    return FunnelFilter(period.start, period.end, known, chosen, _CUT_OF.get(query.get("by", ""), "programme"))


def month_in(query: QueryDict, today: date) -> date:
    """Return the first day of `?month=2026-11`, of the present month without it."""
    return _month(query.get("month")) or today.replace(day=1)


def number_in(query: QueryDict, name: str) -> int | None:
    return _number(query.get(name))


def day_in(query: QueryDict, name: str) -> date | None:
    return _day(query.get(name))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _month(text: str | None) -> date | None:
    return _day(f"{text}-01") if text else None


def _number(text: str | None) -> int | None:
    # Nine digits: more is no key of ours, and the database would refuse it.
    return int(text) if text and text.isdecimal() and text.isascii() and len(text) <= 9 else None  # noqa: PLR2004 - as said
