"""Whether more customers than usual fell asleep in the last week, branch by branch."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.reports.asked import OfSegment
from vernost.reports.catalogue import AsOf, Report, reports

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

_DIGITS = 6


@reports.register
class SleepAlarm(Report):
    """The last week that is over, Monday to Sunday; limits by a p'-chart of up to 104 weeks before it."""

    code = "sleep-alarm"
    title = _("Alarm: the weekly flow into sleeping against its control limits")
    columns = ("branch", "week", "slept", "at_risk", "share", "usual_share", "limit", "alarm", "enough")

    def rows(self, con: "Backend", params: AsOf, *, actor: Actor) -> Iterator[Mapping[str, Any]]:
        """Yield a row for each branch with somebody at risk in these weeks."""
        from vernost.segments import sleep_alarms  # noqa: PLC0415 - a list of reports must not wait for Ibis

        asked = OfSegment(con, actor, params.as_of, params.segment)
        names = asked.branch_refs() | {0: ""}
        for week in sleep_alarms.weeks(con, asked, params.as_of, asked.settings):
            yield {
                "branch": names[week.branch_id],
                "week": monday(week.ended),
                "slept": week.slept,
                "at_risk": week.at_risk,
                "share": _rounded(week.share),
                "usual_share": _rounded(week.usual),
                "limit": _rounded(week.limit),
                "alarm": week.is_alarm,
                "enough": week.is_enough,
            }


def monday(sunday: date) -> date:
    return sunday.fromordinal(sunday.toordinal() - 6)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
