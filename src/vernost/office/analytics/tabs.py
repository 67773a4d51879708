"""The tabs of the analytics pages: what addresses and pages both know of them."""

from typing import NamedTuple

from vernost.core.i18n import _

HOME = "home"


class Tab(NamedTuple):
    title: str
    icon: str


# By the code of the address.
TABS = {
    HOME: Tab(_("Overview"), "layout-dashboard"),
    "cascade": Tab(_("Cascade"), "stairs"),
    "rfm": Tab(_("RFM"), "grid-dots"),
    "states": Tab(_("States"), "dna-2"),
    "cohorts": Tab(_("Cohorts"), "chart-grid-dots"),
    "retention": Tab(_("Retention"), "anchor"),
    "abc": Tab(_("ABC analysis"), "award"),
    "risks": Tab(_("Risks"), "alert-triangle"),
    "lost": Tab(_("Lost"), "zzz"),
    "upcoming": Tab(_("Coming up"), "calendar-due"),
    "sources": Tab(_("Sources"), "arrows-split-2"),
    "basket": Tab(_("Together"), "basket"),
    "value": Tab(_("Forecast of visits"), "target-arrow"),
    "load": Tab(_("Load ahead"), "tool"),
}
