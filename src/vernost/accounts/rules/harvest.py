"""How many people one person may see: who reads the base through is noticed and stopped."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

WINDOW: Final = timedelta(hours=1)
ALERT_AT: Final = 300
STOP_AT: Final = 600
PEOPLE_AT_ONCE: Final = 1000
"""As many people may be taken out at once by who may take out people at all."""
# A row of a list or a search is glanced at, most of a page is nobody he asked for: as many as a file may have are
# noticed. Who needs more takes them out as a file, which asks for its right.
SHOWN_ALERT_AT: Final = PEOPLE_AT_ONCE
SHOWN_STOP_AT: Final = 2 * PEOPLE_AT_ONCE


class Harvest(StrEnum):
    USUAL = "usual"
    ALERT = "alert"
    STOPPED = "stopped"


def judged(cards: int) -> Harvest:
    """Judge the cards of the window, the one being opened counted in."""
    return _judged(cards, ALERT_AT, STOP_AT)


def judged_shown(people: int) -> Harvest:
    """Judge the people whom lists and searches have shown within the window, those of the present page counted in."""
    return _judged(people, SHOWN_ALERT_AT, SHOWN_STOP_AT)


def _judged(seen: int, alert_at: int, stop_at: int) -> Harvest:
    if seen > stop_at:
        return Harvest.STOPPED
    return Harvest.ALERT if seen >= alert_at else Harvest.USUAL
