from dataclasses import dataclass, field
from datetime import date

import ibis
import numpy as np
from ibis import date as day
from ibis import literal
from ibis.expr.types import Table

from vernost.contacts.rules import MessageClass
from vernost.core.i18n import _
from vernost.facts.due import day_number
from vernost.invitations.kinds import InvitationKind, due_rows, kinds
from vernost.invitations.rules.dense import Base, Found, Window, same
from vernost.invitations.rules.expressions import first_that_applies
from vernost.invitations.rules.known import Known

TYRES = frozenset({"winter_tyres", "summer_tyres"})
SEASONS = {
    "winter_tyres": _("Winter tyres"),
    "summer_tyres": _("Summer tyres"),
    "air_conditioning": _("Air conditioning"),
}


@dataclass(frozen=True, slots=True)
class Season:
    """One season's window of one year, both days included."""

    code: str
    starts_on: date
    ends_on: date


def _window(default: str, label: str) -> str:
    help_text = _("First and last day as MM-DD..MM-DD; empty: no such season")
    declared: str = field(default=default, metadata={"label": label, "help": help_text, "type": "window"})
    return declared


def season_of(code: str, window: str, as_of: date) -> Season:
    """Return the window that is open on the day, else the next one."""
    first, last = (date.fromisoformat(f"2000-{border.strip()}") for border in window.split(".."))
    over_new_year = (last.month, last.day) < (first.month, first.day)
    for year in (as_of.year - 1, as_of.year, as_of.year + 1):
        starts_on = _on(year, first)
        ends_on = _on(year + over_new_year, last)
        if ends_on >= as_of:
            break
    return Season(code, starts_on, ends_on)


def _on(year: int, border: date) -> date:
    leap_day = (border.month, border.day) == (2, 29)
    return date(year, 3, 1) if leap_day and not _is_leap(year) else border.replace(year=year)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@kinds.register
class Seasonal(InvitationKind):
    code = "seasonal"
    title = _("Seasonal service")
    about = _("Tyres before winter and summer, air conditioning before the heat, for customers of the active base")
    message_class = MessageClass.ADVERTISING
    rank = 100
    facts = ("season", "season_ends_on")
    reasons = {
        "winter_tyres": _("Winter tyres: the season lasts until %(season_ends_on)s"),
        "summer_tyres": _("Summer tyres: the season lasts until %(season_ends_on)s"),
        "air_conditioning": _("Air conditioning before the summer: until %(season_ends_on)s"),
    }
    left_out = {
        "owner_not_active": _("The owner is not in the active base"),
        "season_served": _("The season's work has been done"),
    }
    absent = _("No season is set")

    @dataclass(frozen=True)
    class Params:
        winter_tyres: str = _window("10-01..11-15", SEASONS["winter_tyres"])
        summer_tyres: str = _window("03-15..04-30", SEASONS["summer_tyres"])
        air_conditioning: str = _window("05-01..05-31", SEASONS["air_conditioning"])

    def due(self, known: Known, params: Params) -> Table:
        seasons = self._seasons(params, known.as_of)
        if not seasons:
            return self._rows(known, Season("", known.as_of, known.as_of)).limit(0)
        return (
            ibis.union(*(self._rows(known, season) for season in seasons))
            if len(seasons) > 1
            else self._rows(known, seasons[0])
        )

    def dense(self, base: Base, params: Params, window: Window) -> Found:
        found = []
        for season in self._seasons(params, base.known.as_of):
            starts_on, ends_on = day_number(season.starts_on), day_number(season.ends_on)
            if starts_on > window.until or ends_on < base.day:
                continue
            served = base.marked(self._served(base.known, season), base.cars)
            cars = np.flatnonzero((base.owner >= 0) & base.active[base.owner] & ~served)
            anchor = same(self._anchor(season), len(cars))
            found.append(base.found(cars, np.full(len(cars), starts_on), anchor, np.full(len(cars), ends_on)))
        return Found.together(found)

    def _seasons(self, params: Params, as_of: date) -> list[Season]:
        windows = {code: getattr(params, code) for code in SEASONS}
        return [season_of(code, window, as_of) for code, window in windows.items() if window]

    def _anchor(self, season: Season) -> str:
        return f"season:{season.code}:{season.starts_on.year}"

    def _rows(self, known: Known, season: Season) -> Table:
        active = known.active_owners.select(active_id="customer_id")
        cars = known.pairs.select("vehicle_id", "customer_id")
        if season.starts_on > known.due_until and known.standing is not None and not known.explains:
            cars = cars.semi_join(known.standing, [("vehicle_id", "standing_car")])
        cars = cars.left_join(active, [("customer_id", "active_id")])
        cars = cars.left_join(self._served(known, season), [("vehicle_id", "served_id")])
        return due_rows(
            cars,
            self,
            due_on=day(season.starts_on),
            expires_on=day(season.ends_on),
            anchor=literal(self._anchor(season)),
            reason_code=season.code,
            left_out=first_that_applies(
                [(cars.active_id.isnull(), "owner_not_active"), (cars.served_id.notnull(), "season_served")]
            ),
            season=literal(season.code),
            season_ends_on=day(season.ends_on),
        )

    def _served(self, known: Known, season: Season) -> Table:
        tyres = season.code in TYRES
        categories = known.settings.tyre_categories if tyres else known.settings.air_conditioning_categories
        lines = known.lines
        done = lines.filter(lines.on >= season.starts_on, ~lines.declined, lines.category_key.isin(categories))
        served = done.select(served_id="vehicle_id")
        if tyres:
            visits = known.vehicle_visits
            fitted = visits.filter(visits.on >= season.starts_on, visits.kind == "tyres")
            served = served.union(fitted.select(served_id="vehicle_id"))
        return served.distinct()
