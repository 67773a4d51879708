"""What is to be done with the customers of each cell of revenue × recency: a manager's words, or ours to begin with."""

from collections.abc import Mapping
from dataclasses import dataclass

from vernost.core.i18n import _
from vernost.reports.models import CellStrategy

SCORES = range(1, 6)
# Advice for the named groups of RFM.
ADVICE: Mapping[str, str] = {
    "cream": _("Keep by care: a manager of their own, the best hour, a word from the director."),
    "fresh": _("Appetising offers while the visit is fresh: an invitation to the next maintenance."),
    "constant": _("Sell what goes together with what they buy: a set, a season, accessories."),
    "big": _("Show special value: a compliment, a short survey, a personal adviser."),
    "between": _("Invite by the programme that is due; no special offer is needed."),
    "long_ago": _("Call and ask why they do not come; offer an inspection."),
    "rare": _("Give a reason to come more often: seasonal checks, bonuses for the second visit."),
    "small": _("Offer what they have put off, with the price and the hour."),
    "write_off": _("Write cheaply, once a season; no calls of operators."),
}


@dataclass(frozen=True, slots=True)
class Strategy:
    """`own`: written by a manager; else the title and words are marked texts of ours."""

    r: int
    m: int
    title: str
    words: str
    own: bool


def strategies() -> dict[tuple[int, int], Strategy]:
    """Return the strategy of every cell, by recency and revenue."""
    found = {(r, m): _ours(r, m) for r in SCORES for m in SCORES}
    for row in CellStrategy.objects.all():
        found[row.r, row.m] = Strategy(row.r, row.m, row.title, row.words, own=True)
    return found


def _ours(r: int, m: int) -> Strategy:
    lately, paid = r <= 2, m <= 2  # noqa: PLR2004 - the better two fifths
    if r == max(SCORES):
        title, words = _LOST_BIG if paid else _LOST
    elif lately:
        title, words = _BEST if paid else (_GROW if m < max(SCORES) else _SMALL)
    else:
        title, words = _SAVE if paid and r > 3 else (_KEEP if paid else _WAKE)  # noqa: PLR2004 - not seen for long
    return Strategy(r, m, title, words, own=False)


_BEST = (_("Treasure"), _("Care and no discounts: the best hour, a known adviser, thanks from the director."))
_GROW = (_("Grow"), _("Offer what goes together with the last visit, and the works that were put off."))
_SMALL = (_("First steps"), _("Explain the maintenance plan and invite to the next one in good time."))
_KEEP = (_("Keep warm"), _("Call before the due date, not after it; offer an hour at once."))
_SAVE = (_("Rescue"), _("A call of the best operator: ask why, offer an inspection and a personal price."))
_WAKE = (_("Wake"), _("A letter with a season's offer; call those who open it."))
_LOST_BIG = (_("Win back"), _("A personal call of the manager; find out whether the car is still theirs."))
_LOST = (_("Lost"), _("A cheap letter once a season; no calls."))
