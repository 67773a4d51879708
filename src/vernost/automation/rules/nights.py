"""When the system does something by itself."""

from datetime import date, datetime, time, timedelta

# A night that a stopped machine has missed is made up within this time; later the next one does.
MADE_UP_WITHIN = timedelta(hours=20)


def night_due(local: datetime, night_at: time) -> date | None:
    """Return the day of the last night whose hour has come, if it may still be decided at this local time.

    A late evening's night that was slept through is yesterday's: decided as today's, it would be in the place of
    tonight's.
    """
    came = local.replace(hour=night_at.hour, minute=night_at.minute, second=0, microsecond=0)
    if came > local:
        came -= timedelta(days=1)
    return came.date() if local - came <= MADE_UP_WITHIN else None
