"""What every answer of the desk stands on, read in one statement: the numbers of the rules, the calendar, the hours."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time

from django.db import connection

from vernost.accounts.rules import RuleSettings, settings_of
from vernost.contacts.rules import AllowedHours
from vernost.core.calendar import ProductionCalendar

# Three columns of a statement; `found_in` reads them.
COLUMNS = """
(SELECT coalesce(jsonb_object_agg(code, value), '{}') FROM accounts_setting),
(SELECT coalesce(jsonb_object_agg("on", kind), '{}') FROM accounts_calendarday),
(SELECT coalesce(jsonb_agg(jsonb_build_array(id, hours_from, hours_to, weekend_from, weekend_to)), '[]')
 FROM invitations_programme)
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """`hours` of each programme by its id."""

    settings: RuleSettings
    calendar: ProductionCalendar
    hours: Mapping[int, AllowedHours]


def read() -> Ground:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS}")
        return found_in(cursor.fetchone())


def found_in(columns: Sequence[str]) -> Ground:
    settings, days, programmes = map(json.loads, columns)
    return Ground(
        settings=settings_of(settings),
        calendar=ProductionCalendar({date.fromisoformat(day): kind for day, kind in days.items()}),
        hours={programme_id: _hours(*map(time.fromisoformat, hours)) for programme_id, *hours in programmes},
    )


def _hours(weekday_from: time, weekday_to: time, weekend_from: time, weekend_to: time) -> AllowedHours:
    return AllowedHours(weekday=(weekday_from, weekday_to), weekend=(weekend_from, weekend_to))
