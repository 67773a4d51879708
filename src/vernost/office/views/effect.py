"""What programmes brought against their control groups, and the people of each arm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.i18n import _
from vernost.facts.mirror import MirrorMissing
from vernost.office import list_segments
from vernost.office.access import OfficeRequest, managers
from vernost.office.downloads import download, wanted
from vernost.office.pages import SIZE, page_of
from vernost.office.periods import day_in, number_in
from vernost.office.views.funnel import STAGE_TITLES, export_query, people_sheet, save_people
from vernost.reports.exports import Column, Sheet, Value
from vernost.reports.queries.effect import ArmFilter, ArmRow, EffectPage, ProgrammeEffect, effect_page, effect_people
from vernost.reports.rules import Interval

ARMS = {"invited": _("Invited"), "held_out": _("Control group")}
VERDICTS = {
    "works": _("The programme works: more of the invited come, and it is no chance."),
    "no_proof": _("No difference is proved yet: the interval holds zero."),
    "harms": _("Fewer of the invited come than of the control group: look at the script and the offer."),
    "not_enough_data": _("Not enough data"),
}
LEVELS = {"works": "ok", "no_proof": "", "harms": "bad", "not_enough_data": "warn"}


@dataclass(frozen=True, slots=True)
class ShownArm:
    """An arm with the addresses of its pairs and of those who came."""

    title: str
    arm: ArmRow
    url: str
    came_url: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """Where the interval lies on a scale with zero in its middle, as shares of the width."""

    low: float
    width: float
    value: float


@dataclass(frozen=True, slots=True)
class ShownEffect:
    effect: ProgrammeEffect
    arms: Sequence[ShownArm]
    drawn: Drawn | None
    verdict: str
    level: str


@managers
def effect(request: OfficeRequest) -> HttpResponse:
    as_of = day_in(request.GET, "as_of") or timezone.localdate()
    try:
        page = effect_page(request.actor, as_of=as_of)
    except MirrorMissing:
        return render(request, "office/reports/none.html", {"tab": "effect"})
    if wanted(request.GET):
        return download(request, effect_sheet(page, as_of))
    scale = max(
        (max(abs(each.uplift.low), abs(each.uplift.high)) for each in page.programmes if each.uplift), default=0
    )
    values = {
        "page": page,
        "effects": [_shown(each, as_of, scale) for each in page.programmes],
        "as_of": as_of,
        "scale": scale,
        "export": export_query(request),
    }
    return render(request, "office/reports/effect.html", values)


@managers
def effect_list(request: OfficeRequest) -> HttpResponse:
    as_of = day_in(request.GET, "as_of") or timezone.localdate()
    programme, came = request.GET.get("programme", ""), request.GET.get("came") == "1"
    arm = "held_out" if request.GET.get("arm") == "held_out" else "invited"
    whole = wanted(request.GET) or request.method == "POST"
    found = effect_people(
        request.actor,
        ArmFilter(as_of, programme, held_out=arm == "held_out", came=came),
        after=None if whole else number_in(request.GET, "after"),
        limit=None if whole else SIZE + 1,
    )
    if request.method == "POST":
        titles = [row.programme for row in found.rows[:1]]
        name = ": ".join([gettext("Effect of programmes"), ", ".join([*titles, gettext(ARMS[arm])])])
        return save_people(request, found, name, gettext("who came within 60 days") if came else "", as_of)
    if whole:
        return download(request, people_sheet(found, gettext(ARMS[arm]), [formats.day(as_of)]), people=True)
    values = {
        "found": found,
        "page": page_of(found.rows, key=lambda row: row.id),
        "heading": ARMS[arm],
        "about": gettext("who came within 60 days") if came else "",
        "money": True,
        "stages": STAGE_TITLES,
        "back": f"{reverse('office:effect')}?{urlencode({'as_of': as_of.isoformat()})}",
        "back_title": _("Effect of programmes"),
        "export": export_query(request),
        "savable": list_segments.may_save(request),
    }
    return render(request, "office/reports/people.html", values)


def _shown(found: ProgrammeEffect, as_of: date, scale: float) -> ShownEffect:
    arms = [_arm(found, name, getattr(found, name), as_of) for name in ARMS]
    return ShownEffect(
        found, arms, _drawn(found.uplift, scale), gettext(VERDICTS[found.verdict]), LEVELS[found.verdict]
    )


def _arm(found: ProgrammeEffect, name: str, arm: ArmRow, as_of: date) -> ShownArm:
    query = {"programme": found.code, "arm": name, "as_of": as_of.isoformat()}
    address = reverse("office:effect-people")
    return ShownArm(
        gettext(ARMS[name]), arm, f"{address}?{urlencode(query)}", f"{address}?{urlencode({**query, 'came': '1'})}"
    )


def _drawn(interval: Interval | None, scale: float) -> Drawn | None:
    if interval is None or not scale:
        return None
    low, high, value = ((end / scale + 1) / 2 for end in (interval.low, interval.high, interval.value))
    return Drawn(low, high - low, value)


def effect_sheet(page: EffectPage, as_of: date) -> Sheet:
    columns = [Column(gettext("Programme"))]
    for title in ARMS.values():
        arm = gettext(title)
        columns += [
            Column(gettext("%(arm)s, pairs") % {"arm": arm}, "count"),
            Column(gettext("%(arm)s, came") % {"arm": arm}, "count"),
            Column(gettext("%(arm)s, share") % {"arm": arm}, "share"),
            Column(gettext("%(arm)s, revenue") % {"arm": arm}, "money"),
            Column(gettext("%(arm)s, margin") % {"arm": arm}, "money"),
        ]
    for title, kind in (
        (gettext("Uplift of visits"), "share"),
        (gettext("Revenue uplift a pair"), "money"),
        (gettext("Margin uplift a pair"), "money"),
        (gettext("Revenue uplift in total"), "money"),
        (gettext("Margin uplift in total"), "money"),
    ):
        columns.append(Column(title, "share" if kind == "share" else "money"))
        columns += [
            Column(gettext("%(figure)s, from") % {"figure": title}, "share" if kind == "share" else "money"),
            Column(gettext("%(figure)s, to") % {"figure": title}, "share" if kind == "share" else "money"),
        ]
    columns.append(Column(gettext("Conclusion")))
    rows = [_sheet_row(each) for each in page.programmes]
    return Sheet(gettext("Effect of programmes"), columns, rows, [formats.day(as_of)])


def _sheet_row(found: ProgrammeEffect) -> list[Value]:
    values: list[Value] = [found.title]
    for arm in (found.invited, found.held_out):
        values += [arm.pairs, arm.visits, arm.share, arm.revenue, arm.margin]
    for interval in (found.uplift, found.revenue, found.margin, found.revenue_total, found.margin_total):
        values += [interval.value, interval.low, interval.high] if interval else [None, None, None]
    return [*values, gettext(VERDICTS[found.verdict])]
