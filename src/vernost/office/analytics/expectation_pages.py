"""Pages of what is expected: visits foretold beside those that came, the load of the workshops ahead."""

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.i18n import _
from vernost.office.analytics.page import Asked, Chart, Page
from vernost.office.analytics.tables import Cell, Row, Table, count, decimal, share
from vernost.office.analytics.words import times_title
from vernost.reports import expectations
from vernost.reports.exports import Column
from vernost.reports.queries.analytics import expected

# Names of models are the same in every language.
MODELS = {"mbg_nbd": "MBG/NBD", "bg_nbd": "BG/NBD", "simple_rate": _("Simple rate")}
METHODS = {
    "booked_due_walk_in": _("Booked, due and walk-ins"),
    "mean_of_8_weekdays": _("Mean of eight equal weekdays"),
    "not_enough_data": _("Not enough data"),
}
REASONS = {
    "too_few_customers": _("too few customers who came again"),
    "nobody_came_twice": _("nobody has come twice"),
    "no_time": _("no time has passed"),
    "at_a_wall": _("the likelihood grows without end"),
    "flat": _("the data tell no parameters"),
    "no_maximum": _("no maximum was found"),
}
ALL = "all"
WEEK = 7
BY_NIGHT = _("It is counted in the background: some minutes after the first import, then every night.")


def value(asked: Asked) -> Page:
    kept = expectations.kept()
    rows = expected.rows(asked.base, kept) if kept else []
    models = list(dict.fromkeys(row["model"] for row in rows))
    people = functools.partial(asked.chosen.people, "expected", fitted=kept.as_of if kept else None)
    intro = gettext(
        "Fitted on what was known a year before, each model foretold the visits of that year. The first of them "
        "speaks: it tells of every customer whether he is still ours, and what the next year will bring."
    )
    if kept:
        of = {"day": formats.day(kept.as_of)}
        intro += " " + gettext("The models are the whole group's, of %(day)s; the figures, of whom you choose.") % of
    if kept and kept.every > 1:
        intro += " " + gettext("They are tested on one customer of %(every)s.") % {"every": kept.every}
    return Page(
        title=gettext("Expected visits put to the test"),
        tables=[
            _models(rows, people),
            *(
                _groups(model, rows, people)
                for model in models
                if any(row["frequency"] != ALL for row in _of(model, rows))
            ),
        ],
        intro=intro,
        with_day=False,
    )


def _of(model: str, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in rows if row["model"] == model]


def _models(rows: Sequence[Mapping[str, Any]], people: Callable[..., str]) -> Table:
    head = [
        Column(gettext("Model")),
        Column(gettext("Customers"), "count"),
        Column(gettext("Visits that came"), "count"),
        Column(gettext("Visits foretold"), "count"),
        Column(gettext("Came at all"), "count"),
        Column(gettext("Foretold to come"), "count"),
        Column(gettext("Brier score"), "decimal"),
    ]
    shown = []
    opened = {"customers": people(), "actual": people(of="visits"), "came": people(of="came")}
    for row in rows:
        if row["frequency"] == ALL:
            title = gettext(MODELS[row["model"]])
            note = gettext("Cannot be estimated: %(why)s") % {"why": gettext(REASONS.get(row["reason"], ""))}
            cells = [
                Cell(None) if row[name] is None else count(round(row[name]), opened.get(name, ""))
                for name in ("customers", "actual", "expected", "came", "expected_to_come")
            ]
            shown.append(Row(title, [*cells, decimal(row["brier"], 3)], note=note if row["reason"] else ""))
    return Table("models", gettext("Foretold and come"), head, shown, empty=gettext(BY_NIGHT))


def _groups(model: str, rows: Sequence[Mapping[str, Any]], people: Callable[..., str]) -> Table:
    head = [
        Column(gettext("Visits before, without the first")),
        Column(gettext("Customers"), "count"),
        Column(gettext("Visits of a customer"), "decimal"),
        Column(gettext("Foretold"), "decimal"),
        Column(gettext("Came at all"), "share"),
        Column(gettext("Foretold to come"), "share"),
    ]
    shown = [
        Row(
            times_title(row["frequency"]),
            [
                count(row["customers"], people(before=row["frequency"])),
                decimal(row["actual"], 2, people(before=row["frequency"], of="visits")),
                decimal(row["expected"], 2),
                share(row["came"], people(before=row["frequency"], of="came") if row["came"] else ""),
                share(row["expected_to_come"]),
            ],
        )
        for row in _of(model, rows)
        if row["frequency"] != ALL
    ]
    return Table(f"groups-{model}", gettext(MODELS[model]), head, shown)


def load(asked: Asked) -> Page:
    kept = expectations.kept()
    branches = [row for row in (kept.load if kept else []) if row["branch_id"] in asked.branches]
    chosen = asked.chosen.look.branch_id
    branches = [row for row in branches if chosen in {None, row["branch_id"]}]
    tables, chart = [_weeks(asked, branches)], None
    if chosen is not None and branches:
        tables.append(_days(branches[0]))
        chart = _curve(branches[0])
    return Page(
        title=gettext("Load of the workshops ahead"),
        with_day=False,
        with_segment=False,
        tables=tables,
        intro=gettext(
            "Labour hours of the next eight weeks: booked, expected of cars that are due, and everybody else. Where "
            "the mean of the last eight equal weekdays has been nearer to the truth, that is shown, and said."
        ),
        chart=chart,
    )


def _weeks(asked: Asked, branches: Sequence[Mapping[str, Any]]) -> Table:
    starts = [date.fromisoformat(day["on"]) for day in branches[0]["days"][::WEEK]] if branches else []
    head = [
        Column(gettext("Branch")),
        *(Column(formats.week(day), "count") for day in starts),
        Column(gettext("By what")),
        Column(gettext("Error of a day, h"), "decimal"),
        Column(gettext("Error of the mean, h"), "decimal"),
    ]
    rows = []
    for branch in branches:
        days = branch["days"]
        sums = [sum(day["hours"] for day in days[start : start + WEEK]) for start in range(0, len(days), WEEK)]
        url = f"{asked.chosen.page('analytics-load', branch=str(branch['branch_id']))}#t-days"
        rows.append(
            Row(
                asked.branches[branch["branch_id"]],
                [
                    *(Cell(round(hours), "count", url) for hours in sums),
                    Cell(gettext(METHODS[branch["method"]]), "text"),
                    *(decimal(branch[error], 1) for error in ("model_error", "simple_error")),
                ],
            )
        )
    return Table("load", gettext("Labour hours by week"), head, rows, empty=gettext(BY_NIGHT))


def _curve(branch: Mapping[str, Any]) -> Chart:
    """Draw the days that are open: a closed one is no fall of the load."""
    days = [day for day in branch["days"] if day["is_open"]]
    names = [formats.day_short(date.fromisoformat(day["on"])) for day in days]
    lines = {"hours": gettext("Labour hours"), "low": gettext("Four days of five: from"), "high": gettext("to")}
    series = [
        {"name": title, "values": [round(day[name], 1) for day in days]} | ({"kind": "bar"} if name == "hours" else {})
        for name, title in lines.items()
    ]
    label = ", ".join(f"{name} {formats.number(day['hours'], 1)}" for name, day in zip(names, days, strict=True))
    return Chart(gettext("Labour hours by day"), "series", {"names": names, "series": series}, label)


def _days(branch: Mapping[str, Any]) -> Table:
    head = [
        Column(gettext("Day")),
        Column(gettext("Labour hours"), "decimal"),
        Column(gettext("Four days of five: from"), "decimal"),
        Column(gettext("to"), "decimal"),
        Column(gettext("Booked, h"), "decimal"),
        Column(gettext("Due, h"), "decimal"),
        Column(gettext("Others, h"), "decimal"),
    ]

    def booked(day: Mapping[str, Any]) -> Cell:
        book = reverse("workplace:reception")
        return decimal(day["booked"], 1, f"{book}?{urlencode({'branch': branch['branch_id'], 'day': day['on']})}")

    rows = [
        Row(
            formats.weekday(date.fromisoformat(day["on"])),
            [
                *(decimal(day[name], 1) for name in ("hours", "low", "high")),
                booked(day),
                *(decimal(day[name], 1) for name in ("due", "walk_ins")),
            ],
            note="" if day["is_open"] else gettext("Closed"),
        )
        for day in branch["days"]
    ]
    return Table("days", gettext("Labour hours by day"), head, rows)
