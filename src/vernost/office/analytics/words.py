"""What a list of people is called, what its day and its amount are, and the rule of a segment like it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.i18n import _
from vernost.core.period import add_months
from vernost.customers.queries.words import titles_of
from vernost.customers.rules.words import WordList
from vernost.office.analytics.chosen import Chosen
from vernost.workshop.rules import CATEGORIES

Keys = Mapping[str, str]
FLOW_TITLES = {
    "opening": _("Active base at the beginning"),
    "new": _("First visits"),
    "returned": _("Came back"),
    "moved_in": _("Came from other branches"),
    "slept": _("Fell asleep"),
    "blocked": _("Were blocked"),
    "moved_out": _("Went to other branches"),
    "closing": _("Active base at the end"),
}
DEFINITION_TITLES = {
    "customers_12": _("Customers, 12 months"),
    "vehicles_12": _("Cars, 12 months"),
    "customers_13": _("Customers, 13 months"),
    "customers_paid_12": _("Customers, only paid visits"),
}
SOURCE_TITLES = {
    "sales": _("Bought a car first"),
    "service": _("Came to the workshop first"),
    "neither": _("Neither so far"),
}
OF_SOURCE = {
    "bought": _("bought a car"),
    "came": _("came to the workshop"),
    "active": _("in the active base"),
    "never": _("have never come to the workshop"),
}
OF_EXPECTED = {"came": _("came in the year since"), "visits": _("visits of the year since")}
TRAITS = {
    "companies": _("Companies"),
    "loyal": _("Loyal"),
    "bought": _("Bought a car from us"),
    "cars": _("Two cars and more"),
}
OUTSIDE = _("Outside the window of RFM")
BASE = _("Active base")
IN_BASE = ("new", "returned", "loyal", "active")


@dataclass(frozen=True, slots=True)
class Words:
    """`on` and `amount` head the columns of the list's day and money; empty: the list has none.

    `cut` is by what the list is cut, where it is. `of_period`: of the look's period, not only as it was on its day.
    """

    heading: str
    on: str = ""
    amount: str = ""
    cut: str = ""
    of_period: bool = False


def state_title(code: str) -> str:
    from vernost.segments.rules import lifecycle  # noqa: PLC0415 - the office must not wait for Ibis to wake

    return gettext(BASE) if code == "base" else gettext(lifecycle.TITLES.get(code, code))


def group_title(code: str | None) -> str:
    from vernost.segments.rules import rfm  # noqa: PLC0415 - as above

    return gettext(OUTSIDE) if code in {None, "outside"} else gettext(rfm.GROUPS.get(str(code), str(code)))


def risk_title(code: str) -> str:
    from vernost.segments.rules import risks  # noqa: PLC0415 - as above

    return gettext(risks.TITLES.get(code, code))


def month_title(text: str) -> str:
    return formats.month(date.fromisoformat(f"{text}-01")) if text else ""


def category_titles() -> Mapping[str, str]:
    """Return how an administrator calls categories of works."""
    return titles_of(WordList.CATEGORIES)


def category_title(key: str, named: Mapping[str, str]) -> str:
    """Write a category of works: as `category_titles` has it, ours in the reader's language, others as in the files."""
    if not key:
        return gettext("Without a category")
    if key in named:
        return named[key]
    return gettext(CATEGORIES[key]) if key in CATEGORIES else key.replace("_", " ").capitalize()


def definition_title(code: str) -> str:
    if code.startswith("cars_year_"):
        return gettext("Cars sold by us, year %(year)s of life") % {"year": code.removeprefix("cars_year_")}
    return gettext(DEFINITION_TITLES.get(code, code))


def words_of(code: str, keys: Keys, chosen: Chosen) -> Words:
    return _WORDS[code](keys, chosen)


def _state(keys: Keys, _chosen: Chosen) -> Words:
    return Words(state_title(keys.get("state", "")))


def _cascade(keys: Keys, _chosen: Chosen) -> Words:
    title = gettext(FLOW_TITLES.get(keys.get("kind", ""), ""))
    parts = [title, month_title(keys.get("month", ""))]
    return Words(", ".join(filter(None, parts)), on=gettext("Day"), of_period=True)


def _rfm(keys: Keys, _chosen: Chosen) -> Words:
    scores = " ".join(f"{axis.upper()}{keys[axis]}" for axis in ("r", "f", "m") if axis in keys)
    parts = [scores, group_title(keys["group"]) if "group" in keys else ""]
    return Words(": ".join(filter(None, ["RFM", ", ".join(filter(None, parts))])), amount=gettext("Revenue, RFM"))


def _overlay(keys: Keys, _chosen: Chosen) -> Words:
    parts = [
        state_title(keys["state"]) if "state" in keys else "",
        group_title(keys["group"]) if "group" in keys else "",
    ]
    return Words(" × ".join(filter(None, parts)), amount=gettext("Revenue, RFM"))


def _soon(_keys: Keys, _chosen: Chosen) -> Words:
    return Words(gettext("Will fall asleep within 30 days"), on=gettext("Falls asleep"), amount=gettext("Revenue, RFM"))


def _cohort(keys: Keys, _chosen: Chosen) -> Words:
    first, last = (month_title(keys.get(name, "")) for name in ("from", "to"))
    began = first if first == last else f"{first} – {last}"
    if "year" not in keys:
        return Words(gettext("Began in %(months)s") % {"months": began}, cut=keys.get("cut", ""))
    text = _("Began in %(months)s, did not come in year %(year)s")
    if keys.get("came") != "0":
        text = _("Began in %(months)s, came in year %(year)s")
    named = {"months": began, "year": keys["year"]}
    amount = gettext("Revenue of that year") if keys.get("came") != "0" else ""
    return Words(gettext(text) % named, amount=amount, cut=keys.get("cut", ""))


def _retention(keys: Keys, _chosen: Chosen) -> Words:
    came = {"1": gettext("came again"), "0": gettext("did not come again")}.get(keys.get("kept", ""), "")
    title = ", ".join(filter(None, [definition_title(keys.get("definition", "")), month_title(keys.get("month", ""))]))
    heading = ": ".join(filter(None, [title, came]))
    return Words(heading, amount=gettext("Revenue of the base year"), cut=keys.get("cut", ""))


def _abc(keys: Keys, _chosen: Chosen) -> Words:
    now = gettext("Class %(abc)s") % {"abc": keys.get("abc", "A, B, C")}
    was = gettext("a year ago %(abc)s") % {"abc": keys["before"]} if "before" in keys else ""
    amount = gettext("Margin, 12 months") if keys.get("measure") == "margin" else gettext("Revenue, 12 months")
    return Words(", ".join(filter(None, [now, was])), amount=amount)


def _trait(keys: Keys, _chosen: Chosen) -> Words:
    whose = gettext("Class A") if keys["best"] == "1" else gettext("Others with visits")
    trait = gettext(TRAITS[keys["trait"]]) if "trait" in keys else keys.get("make", "")
    return Words(": ".join(filter(None, [whose, trait])), amount=gettext("Revenue, RFM"))


def _risk(keys: Keys, _chosen: Chosen) -> Words:
    title = risk_title(keys["risk"]) if "risk" in keys else gettext("All points of risk")
    if "outcome" in keys:
        outcome = gettext("stayed with us") if keys["outcome"] == "saved" else gettext("lost")
        return Words(f"{title}: {outcome}")
    return Words(title, on=gettext("Day"), amount=gettext("Order"))


def _lost(keys: Keys, _chosen: Chosen) -> Words:
    parts = [gettext("Lost customers"), month_title(keys.get("month", ""))]
    heading, amount = ", ".join(filter(None, parts)), gettext("Revenue, all years")
    return Words(heading, on=gettext("Fell asleep"), amount=amount, of_period=True)


def _upcoming(keys: Keys, _chosen: Chosen) -> Words:
    week = formats.week(date.fromisoformat(keys["week"]))
    return Words(gettext("Maintenance due %(week)s") % {"week": week}, on=gettext("Due"))


def _source(keys: Keys, _chosen: Chosen) -> Words:
    parts = [gettext(SOURCE_TITLES[keys["source"]]) if "source" in keys else gettext("All customers")]
    parts += [gettext(OF_SOURCE[keys["of"]])] if keys.get("of") in OF_SOURCE else []
    return Words(", ".join(parts), amount=gettext("Revenue, all years"))


def _basket(keys: Keys, _chosen: Chosen) -> Words:
    titles = category_titles()
    named = {name: category_title(keys[name], titles) for name in ("bought", "then")}
    text = _("“%(bought)s” without “%(then)s” in two years")
    if keys.get("of") != "offer":
        text = _("“%(bought)s” together with “%(then)s”")
    return Words(gettext(text) % named)


def _paid(keys: Keys, _chosen: Chosen) -> Words:
    parts = [gettext("Came in the period"), month_title(keys.get("month", ""))]
    amount = gettext("Margin of the period") if keys.get("measure") == "margin" else gettext("Revenue of the period")
    return Words(", ".join(filter(None, parts)), on=gettext("Last visit"), amount=amount, of_period=True)


def _came(keys: Keys, _chosen: Chosen) -> Words:
    parts = [gettext("Visits of the period"), month_title(keys.get("month", ""))]
    return Words(", ".join(filter(None, parts)), on=gettext("Visit"), amount=gettext("Revenue"), of_period=True)


def _yield(keys: Keys, _chosen: Chosen) -> Words:
    of = {"contacted": gettext("were contacted"), "came": gettext("came")}.get(keys.get("of", ""), "")
    since, until = (formats.day(date.fromisoformat(keys[name])) for name in ("assigned", "until"))
    cell = f"R{keys['r']} × M{keys['m']}, {since} – {until}"
    return Words(": ".join(filter(None, [cell, of])), on=gettext("Last visit"), amount=gettext("Margin of the period"))


def _expected(keys: Keys, _chosen: Chosen) -> Words:
    from vernost.segments.rules.value.base import HORIZON_DAYS  # noqa: PLC0415 - as above

    known_on = date.fromisoformat(keys["fitted"]) - timedelta(days=HORIZON_DAYS)
    parts = [gettext("Had visits up to %(day)s") % {"day": formats.day(known_on)}]
    if "before" in keys:
        parts.append(gettext("visits without the first: %(number)s") % {"number": times_title(keys["before"])})
    parts += [gettext(OF_EXPECTED[keys["of"]])] if keys.get("of") in OF_EXPECTED else []
    return Words(", ".join(parts), on=gettext("Visit") if "of" in keys else "")


def times_title(times: str) -> str:
    """Write a number of visits: the last group is so many and more."""
    from vernost.segments.rules.value.holdout import LAST_GROUP  # noqa: PLC0415 - as above

    return gettext("%(number)s and more") % {"number": times} if times == str(LAST_GROUP) else times


def _made(keys: Keys, _chosen: Chosen) -> Words:
    key = keys.get("key", "")
    title = category_title(key, category_titles()) if keys.get("by") == "category" else key.title()
    return Words(title, amount=gettext("Revenue, 12 months"))


_WORDS = {
    "state": _state,
    "cascade": _cascade,
    "rfm": _rfm,
    "overlay": _overlay,
    "soon": _soon,
    "cohort": _cohort,
    "retention": _retention,
    "abc": _abc,
    "trait": _trait,
    "risk": _risk,
    "lost": _lost,
    "upcoming": _upcoming,
    "source": _source,
    "basket": _basket,
    "paid": _paid,
    "came": _came,
    "yield": _yield,
    "expected": _expected,
    "made": _made,
}


def rule_of(code: str, keys: Keys, chosen: Chosen, *, sleep_after: int) -> dict[str, Any] | None:
    """Return the rule of a segment of the same people, None where no rule says it.

    A segment is of today and of all that its owner sees, so a look at another day or branch has none.
    """
    if chosen.look.as_of != chosen.today or chosen.look.branch_id is not None:
        return None
    found = _conditions(code, keys, chosen, sleep_after)
    if not found:
        return None
    if chosen.look.segment is not None:
        found = [*found, _in("segment", [chosen.look.segment])]
    return {"all": list(found)}


def _conditions(  # noqa: PLR0911 - a rule a list
    code: str, keys: Keys, chosen: Chosen, sleep_after: int
) -> Sequence[dict[str, Any]]:
    match code:
        case "state":
            return [_in("state", list(IN_BASE) if keys.get("state") == "base" else [keys.get("state", "")])]
        case "cascade" if keys.get("kind") == "closing" and not keys.keys() & {"month", "place", "known"}:
            return [_in("state", list(IN_BASE))]
        case "rfm" if "group" not in keys:
            return [
                {"attribute": axis, "operator": "is", "value": int(keys[axis])}
                for axis in ("r", "f", "m")
                if axis in keys
            ]
        case "overlay" if "state" in keys and keys.get("group", "outside") == "outside":
            outside = [{"attribute": "r", "operator": "unknown"}] if "group" in keys else []
            return [_in("state", [keys["state"]]), *outside]
        case "soon":
            soon = {"attribute": "last_visit_on", "operator": "before_last", "value": {"days": sleep_after - 30}}
            return [_in("state", list(IN_BASE)), soon]
        case "abc" if keys.get("by") != "vehicle" and keys.get("measure") != "margin" and "before" not in keys:
            return [_in("abc", [keys.get("abc", "A")])]
        case "risk" if "outcome" not in keys:
            return [_in("risk", [keys.get("risk", "")])]
        case "lost" if "place" not in keys:
            last = [(day - timedelta(days=sleep_after + 1)).isoformat() for day in _days_of(chosen, keys.get("month"))]
            return [_in("state", ["sleeping"]), {"attribute": "last_visit_on", "operator": "between", "value": last}]
        case "basket" if keys.get("of") == "offer":
            first, then = ([_bought(keys[name])] for name in ("bought", "then"))
            return [*first, {"not": then}]
        case _:
            return []


def _days_of(chosen: Chosen, month: str | None) -> tuple[date, date]:
    """Return the first and the last day of the look's period, or of a month as far as it is in it."""
    first, last = chosen.look.start, chosen.look.as_of
    if month:
        begins = date.fromisoformat(f"{month}-01")
        first, last = max(first, begins), min(last, add_months(begins, 1) - timedelta(days=1))
    return first, last


def _in(attribute: str, values: list[str]) -> dict[str, Any]:
    return {"attribute": attribute, "operator": "in", "value": values}


def _bought(category: str) -> dict[str, Any]:
    return {"attribute": "bought", "operator": "yes", "within": {"days": 730}, "category": [category]}
