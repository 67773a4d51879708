"""Whose hours allow a call now: programme by programme, zone by zone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from vernost.accounts.rules import RuleSettings
from vernost.calls.queries.ground import Ground
from vernost.contacts.rules import AllowedHours, is_allowed, zones_of
from vernost.core.calendar import ProductionCalendar
from vernost.invitations.models import Programme


def hours_of(programme: Programme) -> AllowedHours:
    return AllowedHours(
        weekday=(programme.hours_from, programme.hours_to), weekend=(programme.weekend_from, programme.weekend_to)
    )


@dataclass
class Allowance:
    """The answer for one moment, remembered: a queue asks it for thousands of rows of a few zones."""

    now: datetime
    ground: Ground
    _known: dict[tuple[str, AllowedHours], bool] = field(default_factory=dict)

    @property
    def settings(self) -> RuleSettings:
        return self.ground.settings

    @property
    def calendar(self) -> ProductionCalendar:
        return self.ground.calendar

    @property
    def hours(self) -> Mapping[int, AllowedHours]:
        return self.ground.hours

    def allows(self, zone: str, programme_id: int) -> bool:
        """An empty zone is allowed when every zone of the country is."""
        hours = self.hours[programme_id]
        if (zone, hours) not in self._known:
            zones = zones_of(stated=zone, branch="")
            self._known[zone, hours] = is_allowed(self.now, zones=zones, hours=hours, calendar=self.calendar)
        return self._known[zone, hours]

    def programmes_in(self, zone: str) -> frozenset[int]:
        return frozenset(programme_id for programme_id in self.hours if self.allows(zone, programme_id))
