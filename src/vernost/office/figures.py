"""State, scores, money and risks of one customer in words: each with why it is so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from vernost.core import formats
from vernost.core.actor import Actor
from vernost.customers.queries import Identity
from vernost.office.analytics.words import group_title, risk_title, state_title
from vernost.segments.one_customer import CustomerFigures, Risk, Score

_KOPECKS = 100
_STATE_LEVELS = {
    "loyal": "ok",
    "active": "ok",
    "new": "info",
    "returned": "info",
    "sleeping": "warn",
    "blocked": "bad",
    "prospect": "",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, and why it is so; `level` colours it."""

    title: str
    value: str
    why: str
    level: str = ""


@dataclass(frozen=True, slots=True)
class ShownFigures:
    as_of: str
    state: Figure
    money: Sequence[Figure]
    scores: Sequence[Figure]


def shown_figures(found: CustomerFigures, who: Identity, *, sees_margin: bool) -> ShownFigures:
    return ShownFigures(
        as_of=formats.day(found.as_of),
        state=Figure(
            gettext("State"), state_title(found.state), _why_state(found, who), _STATE_LEVELS.get(found.state, "")
        ),
        money=_money(found, sees_margin=sees_margin),
        scores=list(_scores(found, sees_margin=sees_margin)),
    )


def _why_state(found: CustomerFigures, who: Identity) -> str:
    days = (found.as_of - found.last_visit_on).days if found.last_visit_on else 0
    last = formats.day(found.last_visit_on)
    loyal = ngettext("%(number)d visit in two years", "%(number)d visits in two years", found.recent)
    return {
        "blocked": who.blocked_reason or gettext("Marked as blocked"),
        "prospect": gettext("There has been no visit yet"),
        "new": gettext("The first visit was on %(day)s") % {"day": formats.day(found.first_visit_on)},
        "returned": gettext("Came back on %(day)s after a long break") % {"day": formats.day(found.returned_on)},
        "loyal": loyal % {"number": found.recent},
        "sleeping": gettext("The last visit was on %(day)s, %(days)s days ago") % {"day": last, "days": days},
    }.get(found.state, gettext("The last visit was on %(day)s") % {"day": last})


def _money(found: CustomerFigures, *, sees_margin: bool) -> list[Figure]:
    orders = ngettext("%(number)d order", "%(number)d orders", found.orders) % {"number": found.orders}
    shown = [
        Figure(gettext("Visits"), formats.number(found.visits), orders),
        Figure(gettext("Revenue"), _roubles(found.revenue), gettext("orders, with VAT")),
    ]
    if sees_margin:
        shown += [
            Figure(gettext("Margin"), _roubles(found.margin), gettext("orders, without VAT and cost")),
            Figure(gettext("Cumulative margin"), _roubles(found.cumulative_margin), gettext("with the cars sold")),
        ]
    return shown


def _scores(found: CustomerFigures, *, sees_margin: bool) -> "list[Figure]":
    letters = gettext("a letter for each half-year, oldest first")
    shown = [Figure(gettext("DNA code"), found.dna_code, letters)]
    if found.rfm is not None:
        rfm = found.rfm
        code = f"{rfm.r}-{rfm.f}-{rfm.m}"
        shown.append(Figure("RFM", code, f"{group_title(rfm.group)}: {_why_rfm(rfm, sees_margin=sees_margin)}"))
    else:
        shown.append(Figure("RFM", formats.DASH, gettext("no visit in three years, or the night has not scored yet")))
    revenue = gettext("%(sum)s in a year") % {"sum": _roubles(found.abc_revenue)}
    shown.append(Figure("ABC", found.abc or formats.DASH, revenue if sees_margin else gettext("by revenue of a year")))
    if found.p_alive is not None:
        visits = formats.number(found.expected_visits or 0, 1)
        why = gettext("%(visits)s visits expected in a year") % {"visits": visits}
        if sees_margin and found.expected_margin is not None:
            why += ", " + gettext("margin %(sum)s") % {"sum": _roubles(found.expected_margin)}
        shown.append(Figure(gettext("Still ours"), formats.percent(found.p_alive, 0), why))
    return shown


def _why_rfm(rfm: Score, *, sees_margin: bool) -> str:
    days = ngettext("%(number)d day ago", "%(number)d days ago", rfm.recency_days) % {"number": rfm.recency_days}
    visits = ngettext("%(number)d visit", "%(number)d visits", rfm.frequency) % {"number": rfm.frequency}
    return ", ".join(filter(None, [days, visits, _roubles(rfm.monetary) if sees_margin else ""]))


@dataclass(frozen=True, slots=True)
class ShownRisk:
    title: str
    on: str
    evidence: str


def shown_risks(found: Sequence[Risk], cars: Mapping[int, tuple[str, str]], *, actor: Actor) -> list[ShownRisk]:
    return [
        ShownRisk(risk_title(risk.code), formats.day(risk.on), " · ".join(filter(None, _evidence(risk, cars, actor))))
        for risk in found
    ]


def _evidence(risk: Risk, cars: Mapping[int, tuple[str, str]], actor: Actor) -> list[str]:
    title, plate = cars.get(risk.vehicle_id or 0, ("", ""))
    parts = [f"{title} {formats.plate(plate) if plate else ''}".strip()]
    if risk.order_ref:
        parts.append(gettext("order %(number)s") % {"number": risk.order_ref})
    if risk.before_ref:
        parts.append(gettext("after order %(number)s") % {"number": risk.before_ref})
    if risk.amount is not None and actor.branch_ids is None:
        parts.append(_roubles(risk.amount))
    if risk.number is not None:
        parts.append(_number(risk))
    return parts


def _number(risk: Risk) -> str:
    number = risk.number or 0
    match risk.code:
        case "low_satisfaction":
            return gettext("score %(score)s of 10") % {"score": number}
        case "car_age":
            return ngettext("%(number)d year old", "%(number)d years old", number) % {"number": number}
        case "warranty_cases":
            return ngettext("%(number)d case in a year", "%(number)d cases in a year", number) % {"number": number}
        case "warranty_end":
            return gettext("until %(km)s") % {"km": formats.kilometres(number)}
    return str(number)


def _roubles(kopecks: int) -> str:
    return formats.roubles(kopecks / _KOPECKS)
