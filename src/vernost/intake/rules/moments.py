"""Dates and times as systems write them: 2026-03-31, 31.03.2026 9:05:00, 2026-03-31T09:05+03:00, 01.01.0001.

`MACROS` are the same rules for DuckDB; a test holds the two together.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from vernost.intake.rules import escapes

FIRST_YEAR: Final = 1800
LAST_YEAR: Final = 2200
_CLOCK: Final = r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:[.,]\d{1,9})?)?"
_OFFSET: Final = r"(Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)"
_MOMENT: Final = re.compile(
    rf"(?:(\d{{4}})-(\d\d)-(\d\d)|(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}}))(?:[ T]{_CLOCK}(?: ?{_OFFSET})?)?", re.ASCII
)
_TIME: Final = re.compile(_CLOCK, re.ASCII)
_BLANKS: Final = " \t\r\n\u00a0\u2009\u202f"

_SQL_DATE: Final = r"(\d{4}-\d\d-\d\d|\d{1,2}\.\d{1,2}\.\d{4})"
_SQL_CLOCK: Final = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?"
_SQL_OFFSET: Final = r"(Z|[+-](0\d|1[0-4])(:?[0-5]\d)?)"
MACROS: Final = (
    escapes.MACRO,
    # Trimming costs more than reading: it is asked for by the first letter and the last.
    """CREATE OR REPLACE MACRO is_untidy(x) AS
    x < '!' OR (x >= '''' AND x < '(')
    OR (x >= '\u00a0' AND (x < '\u00a1' OR prefix(x, '\u2009') OR prefix(x, '\u202f')))
    OR suffix(x, ' ') OR suffix(x, '\u00a0') OR suffix(x, '\t') OR suffix(x, '\r') OR suffix(x, '\n')
    OR suffix(x, '\u2009') OR suffix(x, '\u202f')""",
    f"""CREATE OR REPLACE MACRO clean_text(x) AS
    CASE WHEN is_untidy(x)
         THEN nullif(trim(unescaped_text(trim(x, '{_BLANKS}')), '{_BLANKS}'), '') ELSE x END""",
    "CREATE OR REPLACE MACRO has_text(x) AS regexp_matches(x, '[^ \\t\\r\\n\\x{00a0}\\x{2009}\\x{202f}]')",
    f"CREATE OR REPLACE MACRO possible_day(d) AS CASE WHEN year(d) BETWEEN {FIRST_YEAR} AND {LAST_YEAR} THEN d END",
    r"""CREATE OR REPLACE MACRO is_no_date(x) AS
    regexp_matches(x, '^[ \t\r\n\x{00a0}\x{2009}\x{202f}]*(0001-01-01|01\.01\.0001)')""",
    r"""CREATE OR REPLACE MACRO written_day(t) AS
    CASE WHEN t[5:5] = '-' THEN TRY_CAST(t[1:10] AS DATE)
         ELSE try_strptime(regexp_extract(t, '^[\d.]+'), '%d.%m.%Y')::DATE END""",
    r"""CREATE OR REPLACE MACRO written_clock(t) AS
    coalesce(TRY_CAST(regexp_extract(t, '[ T](\d{1,2}:\d\d(:\d\d)?)', 1) AS TIME), TIME '00:00:00')""",
    """CREATE OR REPLACE MACRO offset_minutes(o) AS
    CASE WHEN o = 'Z' THEN 0
         ELSE (CASE WHEN o[1] = '-' THEN -1 ELSE 1 END)
              * (o[2:3]::INT * 60 + CASE WHEN strlen(o) > 3 THEN right(o, 2)::INT ELSE 0 END) END""",
    r"""CREATE OR REPLACE MACRO shifted_moment(t, o, zone) AS
    CASE WHEN o = '' THEN written_day(t) + written_clock(t)
         ELSE timezone(zone, timezone('UTC', written_day(t) + written_clock(t) - to_minutes(offset_minutes(o)))) END""",
    # A list of one is how DuckDB gives a value a name: written out in full, the planner would drown in it.
    rf"""CREATE OR REPLACE MACRO any_moment(x, zone) AS list_filter(list_transform(
    list_filter([clean_text(x)], lambda t: regexp_full_match(t, '{_SQL_DATE}([ T]{_SQL_CLOCK}( ?{_SQL_OFFSET})?)?')),
    lambda t: shifted_moment(t, regexp_extract(t, ':\d\d(?:[.,]\d+)? ?(Z|[+-][\d:]+)$', 1), zone)),
    lambda m: year(m) BETWEEN {FIRST_YEAR} AND {LAST_YEAR})[1]""",
    # What computers write comes first: parsing by a fixed format is ten times cheaper than reading any form.
    # 1C writes an hour of one digit as it is. Any form is named once: planning takes as long as expressions are.
    """CREATE OR REPLACE MACRO usual_moment(x) AS possible_day(
    CASE WHEN substr(x, 3, 1) = '.' AND (strlen(x) = 19 OR (strlen(x) = 18 AND x[13] = ':' AND x[18] >= '0'))
         THEN try_strptime(x, '%d.%m.%Y %H:%M:%S')
         WHEN strlen(x) = 19 AND substr(x, 11, 1) = ' ' THEN try_strptime(x, '%Y-%m-%d %H:%M:%S') END)""",
    """CREATE OR REPLACE MACRO usual_day(x) AS possible_day(
    CASE WHEN strlen(x) = 10 AND substr(x, 5, 1) = '-' THEN try_strptime(x, '%Y-%m-%d')::DATE
         WHEN strlen(x) = 10 AND substr(x, 3, 1) = '.' THEN try_strptime(x, '%d.%m.%Y')::DATE END)""",
    """CREATE OR REPLACE MACRO moment_of(x, zone) AS
    coalesce(usual_moment(x), CASE WHEN x IS NOT NULL THEN any_moment(x, zone) END)""",
    """CREATE OR REPLACE MACRO day_of(x, zone) AS
    coalesce(usual_day(x), CASE WHEN x IS NOT NULL THEN any_moment(x, zone)::DATE END)""",
    # Of what can be read as a moment: only a clock has colons.
    "CREATE OR REPLACE MACRO has_clock(x) AS contains(x, ':')",
    rf"""CREATE OR REPLACE MACRO time_of(x) AS
    CASE WHEN regexp_full_match(clean_text(x), '{_SQL_CLOCK}')
         THEN TRY_CAST(substring(clean_text(x), 1, 8) AS TIME) END""",
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A day and, where one was written, a time of it: the wall clock of some zone."""

    day: date
    clock: time | None


def moment_of(text: str, zone: ZoneInfo) -> Moment | None:
    """Read a moment; one with an offset becomes wall-clock time of `zone`. None: no date, or none that we can read."""
    match = _MOMENT.fullmatch(text.strip(_BLANKS))
    if match is None:
        return None
    year, month, day = (int(part) for part in (match.group(1, 2, 3) if match[1] else match.group(6, 5, 4)))
    if not FIRST_YEAR - 1 <= year <= LAST_YEAR + 1:
        return None
    hour, minute, second = (int(part or 0) for part in match.group(7, 8, 9))
    try:
        when = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - a wall clock
    except ValueError:
        return None
    if match[10]:
        shift = timedelta(minutes=_minutes(match[10]))
        when = (when - shift).replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    if not FIRST_YEAR <= when.year <= LAST_YEAR:
        return None
    return Moment(when.date(), when.time() if match[7] else None)


def time_of(text: str) -> time | None:
    match = _TIME.fullmatch(text.strip(_BLANKS))
    return time(int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


def is_no_date(text: str) -> bool:
    """Whether this is how 1C writes an empty date."""
    return text.strip(_BLANKS).startswith(("0001-01-01", "01.01.0001"))


def _minutes(offset: str) -> int:
    if offset == "Z":
        return 0
    digits = offset[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return -minutes if offset[0] == "-" else minutes
