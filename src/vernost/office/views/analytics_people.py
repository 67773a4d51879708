"""The people behind a figure of the analytics pages: by name, as a file, as a segment, as a campaign."""

import json
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from vernost.accounts.queries import rule_settings
from vernost.core import formats
from vernost.core.endpoints import may_open
from vernost.facts.mirror import MirrorMissing
from vernost.invitations import operations as invitations
from vernost.office import list_segments
from vernost.office.access import OfficeRequest, managers
from vernost.office.analytics import words
from vernost.office.analytics.chosen import KEPT, Chosen, chosen_of
from vernost.office.analytics.cut_words import CUT_TITLES, value_title
from vernost.office.analytics.words import Words
from vernost.office.downloads import download, wanted
from vernost.office.pages import SIZE
from vernost.office.periods import number_in
from vernost.reports.exports import Column, Sheet
from vernost.reports.queries.analytics import people as queries
from vernost.reports.queries.analytics.look import Base, UnknownList
from vernost.reports.queries.analytics.people import People
from vernost.reports.queries.source import branch_names

# As many as a list that is pasted into the campaign's form may have.
MOST_CALLED = 20_000
_NO_KEYS = {*KEPT, "list", "after", "format", "back", "csrfmiddlewaretoken", "title"}


@managers
def analytics_people(request: OfficeRequest) -> HttpResponse:
    chosen = chosen_of(request.GET, timezone.localdate())
    code, keys, told = _asked(request, chosen)
    if request.method == "POST":
        return _save(request, chosen, code, keys, told)
    whole = wanted(request.GET)
    skip = 0 if whole else number_in(request.GET, "after") or 0
    try:
        found = queries.people(request.actor, chosen.look, code, keys, skip=skip, limit=None if whole else SIZE)
    except MirrorMissing:
        return render(request, "office/analytics/none.html", {"tab": ""})
    except UnknownList as error:
        raise Http404(code) from error
    if whole:
        return download(request, _sheet(found, told, _about(request, chosen, keys, told)), people=True)
    shown = skip + len(found.rows)
    values = {
        "found": found,
        "words": told,
        "about": _about(request, chosen, keys, told),
        "cursor": str(shown) if len(found.rows) == SIZE and shown < found.count else "",
        "shown": shown,
        "export": _query(request, drop=("format", "after")),
        **_ways_on(request, chosen, code, keys, found.customers),
        "state_titles": _state_titles(found),
        "back": chosen.page("analytics"),
    }
    return render(request, "office/analytics/people.html", values)


def _ways_on(
    request: OfficeRequest, chosen: Chosen, code: str, keys: dict[str, str], customers: int
) -> dict[str, object]:
    """Return what may be made of the list: a campaign, a segment of its rule, or of its people where it has none."""
    rule = words.rule_of(code, keys, chosen, sleep_after=rule_settings().sleep_after_days)
    may_build = rule is not None and may_open(request.actor, "office:segment-new")
    may_call = may_open(request.actor, "office:analytics-campaign", "POST")
    return {
        "callable": may_call and 0 < customers <= MOST_CALLED,
        "segment_url": f"{reverse('office:segment-new')}?{urlencode({'rule': json.dumps(rule)})}" if may_build else "",
        "savable": rule is None and customers > 0 and list_segments.may_save(request),
    }


def _save(request: OfficeRequest, chosen: Chosen, code: str, keys: dict[str, str], told: Words) -> HttpResponse:
    """Save the list as a segment of exactly these people."""
    try:
        ids = queries.customers(request.actor, chosen.look, code, keys)
    except UnknownList as error:
        raise Http404(code) from error
    when, *narrowed = _about(request, chosen, keys, told)
    about = gettext("From the list “%(list)s” of analytics: %(about)s")
    return list_segments.save(
        request,
        name=", ".join([told.heading, *narrowed]),
        about=about % {"list": told.heading, "about": ", ".join([when, *narrowed])},
        on=chosen.look.as_of,
        customer_ids=ids,
    )


@managers
@require_POST
def analytics_campaign(request: OfficeRequest) -> HttpResponse:
    """Make a campaign of calls of a list, switched off: its page has the dry run and the start."""
    chosen = chosen_of(request.GET, timezone.localdate())
    code, keys, told = _asked(request, chosen)
    try:
        pairs = queries.pairs(request.actor, chosen.look, code, keys, most=MOST_CALLED)
    except UnknownList as error:
        raise Http404(code) from error
    if len(pairs) > MOST_CALLED:
        raise Http404(code)
    _when, *narrowed = _about(request, chosen, keys, told)
    title = list_segments.title_of(", ".join([told.heading, *narrowed]), chosen.look.as_of)
    programme_id = invitations.create_campaign(title=title, pairs=pairs, actor=request.actor, now=timezone.now())
    messages.success(request, gettext("The campaign is made: set it up and start it after a dry run"))
    return redirect("office:programme", programme_id)


def _asked(request: OfficeRequest, chosen: Chosen) -> tuple[str, dict[str, str], Words]:
    """Return the code of the list, its keys, and what it is called."""
    code = request.GET.get("list", "")
    keys = {name: str(value) for name, value in request.GET.items() if name not in _NO_KEYS and value}
    try:
        return code, keys, words.words_of(code, keys, chosen)
    except (KeyError, ValueError) as error:
        raise Http404(code) from error


def _about(request: OfficeRequest, chosen: Chosen, keys: dict[str, str], told: Words) -> list[str]:
    look = chosen.look
    day = formats.day(look.as_of)
    about = [f"{formats.day(look.start)} – {day}" if told.of_period else gettext("as of %(day)s") % {"day": day}]
    branches = branch_names(request.actor)
    if look.branch_id is not None:
        about.append(branches.get(look.branch_id, ""))
    if "place" in keys:
        about.append(branches.get(int(keys["place"])) or gettext("Without a branch"))
    if keys.get("cut") in CUT_TITLES:
        about.append(value_title(Base(request.actor, look), keys["cut"], keys.get("value")))
    return about


def _state_titles(found: People) -> dict[str, str]:
    return {state: words.state_title(state) for state in {row.state for row in found.rows}}


def _query(request: OfficeRequest, *, drop: tuple[str, ...]) -> str:
    query = request.GET.copy()
    for name in drop:
        query.pop(name, None)
    return query.urlencode()


def _sheet(found: People, told: Words, about: list[str]) -> Sheet:
    columns = [
        Column(gettext("Customer")),
        Column(gettext("Car")),
        Column(gettext("Plate")),
        Column(gettext("State")),
        Column(gettext("Branch of the last visit")),
        Column(gettext("Last visit"), "day"),
        Column(gettext("Visits"), "count"),
        Column(gettext("Revenue, all years"), "money"),
    ]
    columns += [Column(told.on, "day")] if told.on else []
    columns += [Column(told.amount, "money")] if told.amount else []
    titles = _state_titles(found)
    rows = [
        [
            row.customer,
            row.car,
            row.plate,
            titles[row.state],
            row.branch,
            row.last_visit_on,
            row.visits,
            row.revenue,
            *([row.on] if told.on else []),
            *([row.amount] if told.amount else []),
        ]
        for row in found.rows
    ]
    return Sheet(told.heading, columns, rows, about)
