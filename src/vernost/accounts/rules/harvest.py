"""How many cards one person may open: who reads the base through is noticed and stopped."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

WINDOW: Final = timedelta(hours=1)
ALERT_AT: Final = 300
STOP_AT: Final = 600
PEOPLE_AT_ONCE: Final = 1000
"""As many people may be taken out at once by who may take out people at all."""


class Harvest(StrEnum):
    USUAL = "usual"
    ALERT = "alert"
    STOPPED = "stopped"


def judged(cards: int) -> Harvest:
    """Judge the cards of the window, the one being opened counted in."""
    if cards > STOP_AT:
        return Harvest.STOPPED
    return Harvest.ALERT if cards >= ALERT_AT else Harvest.USUAL
