"""The look of an analytics page in its address, and the addresses that keep it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from vernost.core.i18n import _
from vernost.core.period import add_months
from vernost.office.periods import day_in, number_in
from vernost.reports.queries.analytics.look import Look

PERIODS = {
    "month": _("Since the beginning of the month"),
    "quarter": _("Since the beginning of the quarter"),
    "year": _("Since the beginning of the year"),
    "twelve": _("The last 12 months"),
    "custom": _("Since another day"),
}
AGAINST = {"year": _("To last year"), "before": _("To the period before")}
KEPT = ("on", "period", "since", "branch", "segment", "against")
EARLIEST = date(1990, 1, 1)


@dataclass(frozen=True, slots=True)
class Chosen:
    look: Look
    period: str
    against: str
    kept: Mapping[str, str]
    today: date

    def compared(self) -> Look:
        return self.look.year_ago() if self.against == "year" else self.look.before()

    def page(self, name: str, **more: str) -> str:
        """Return the address of another analytics page with the same look."""
        query = {name: value for name, value in {**self.kept, **more}.items() if value}
        return f"{reverse(f'office:{name}')}{'?' if query else ''}{urlencode(query)}"

    def people(self, code: str, **keys: object) -> str:
        """Return the address of a list of people; a key that is None is left out."""
        words = {name.rstrip("_"): str(value) for name, value in keys.items() if value is not None}
        return f"{reverse('office:analytics-people')}?{urlencode({**self.kept, 'list': code, **words})}"


def chosen_of(query: QueryDict, today: date) -> Chosen:
    """Read the look; what is wrong in it falls back to the usual. No day after today is shown."""
    as_of = min(day_in(query, "on") or today, today)
    as_of = max(as_of, EARLIEST)
    period = query.get("period", "year")
    start = _start(period if period in PERIODS else "year", as_of, day_in(query, "since"))
    against = query.get("against", "year")
    kept = {name: str(query[name]) for name in KEPT if query.get(name)}
    look = Look(as_of, start, number_in(query, "branch"), query.get("segment") or None)
    return Chosen(
        look,
        period if period in PERIODS else "year",
        against if against in AGAINST else "year",
        kept,
        today,
    )


def _start(period: str, as_of: date, since: date | None) -> date:
    match period:
        case "month":
            return as_of.replace(day=1)
        case "quarter":
            return as_of.replace(month=as_of.month - (as_of.month - 1) % 3, day=1)
        case "twelve":
            return date.fromordinal(add_months(as_of, -12).toordinal() + 1)
        case "custom" if since is not None:
            return max(min(since, as_of), EARLIEST)
        case _:
            return as_of.replace(month=1, day=1)
