"""How long a sign-in stays closed after wrong passwords in a row."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

# So many wrong passwords in a row close it for so long.
STEPS: Final = (
    (10, timedelta(hours=24)),
    (6, timedelta(hours=2)),
    (3, timedelta(minutes=15)),
)
FORGOTTEN_AFTER: Final = timedelta(hours=24)


def closed_until(failures: int, failed_at: datetime | None) -> datetime | None:
    """Return until when it is closed; None: it is open."""
    if failed_at is None:
        return None
    return next((failed_at + closed for least, closed in STEPS if failures >= least), None)


def wait(counts: Sequence[tuple[int, datetime]], now: datetime) -> timedelta | None:
    """Return how long is still to wait by the wrong passwords of one or more addresses taken together."""
    recent = [(failures, at) for failures, at in counts if at > now - FORGOTTEN_AFTER]
    if not recent:
        return None
    until = closed_until(sum(failures for failures, _at in recent), max(at for _failures, at in recent))
    return until - now if until is not None and until > now else None
