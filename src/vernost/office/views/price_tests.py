"""The norm-hour price laboratory: tests, their arms, what the price did, who and which orders are behind it."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from vernost.accounts import queries as accounts
from vernost.core import formats
from vernost.core.errors import DomainError
from vernost.core.views import words_of
from vernost.facts.mirror import MirrorMissing
from vernost.invitations.queries import audience
from vernost.office import list_segments
from vernost.office import price_tables as tables
from vernost.office.access import OfficeRequest, managers
from vernost.office.downloads import download, wanted
from vernost.office.forms.price_tests import DRAWS, PriceTestForm
from vernost.office.journal import journal
from vernost.office.pages import SIZE, page_of
from vernost.office.periods import day_in, number_in
from vernost.reports import operations
from vernost.reports.exports import Column, Sheet
from vernost.reports.models import PriceTest
from vernost.reports.queries import price_tests as queries
from vernost.reports.queries.price_tests import ArmLook, Listed, Result
from vernost.reports.rules.price_test import CONTROL, TEST
from vernost.segments.queries import saved as segments
from vernost.workshop.rules import ORDER_KINDS


@managers
def price_test_list(request: OfficeRequest) -> HttpResponse:
    titles = _segments(request)
    rows = [
        {
            "test": test,
            "cars": tables.segment_words(test, titles),
            "change": tables.price_change(test),
            "draw": tables.draw_words(test, queries.arm_names(test, request.actor)),
        }
        for test in queries.every(request.actor)
    ]
    values = {"rows": rows, "states": tables.STATE_TITLES, "levels": tables.STATE_LEVELS}
    return render(request, "office/price/list.html", values)


@managers
def price_test_new(request: OfficeRequest) -> HttpResponse:
    tomorrow = timezone.localdate() + timedelta(days=1)
    return _edited(request, None, {"starts_on": tomorrow, "ends_on": tomorrow + timedelta(days=90)})


@managers
def price_test_edit(request: OfficeRequest, test_id: int) -> HttpResponse:
    test = queries.one(request.actor, test_id)
    if test.state != PriceTest.State.DRAFT:
        raise operations.NotOfThisState
    return _edited(request, test, PriceTestForm.initial_of(test))


def _edited(request: OfficeRequest, test: PriceTest | None, initial: dict[str, Any]) -> HttpResponse:
    form = PriceTestForm(request.POST or None, actor=request.actor, initial=initial)
    if request.method == "POST" and form.is_valid():
        test_id = test.pk if test else None
        try:
            saved = operations.save_price_test(
                test_id=test_id, entry=form.entry(), actor=request.actor, now=timezone.now()
            )
        except DomainError as error:
            form.add_error(None, words_of(error))
        else:
            messages.success(request, gettext("Saved"))
            return redirect("office:price-test", saved.pk)
    pairs = audience.makes()
    values = {
        "form": form,
        "test": test,
        "makes": list(dict.fromkeys(make for make, _model in pairs)),
        "models": list(dict.fromkeys(model for _make, model in pairs)),
    }
    return render(request, "office/price/form.html", values, status=422 if form.errors else 200)


@managers
def price_test(request: OfficeRequest, test_id: int) -> HttpResponse:
    test, as_of = queries.one(request.actor, test_id), _as_of(request)
    try:
        result = queries.result(request.actor, test, as_of=as_of)
    except MirrorMissing:
        return render(request, "office/analytics/none.html", {"tab": ""})
    shown = [tables.effects(test, result), tables.arms(test, result)]
    about = _about(request, test, result)
    if wanted(request.GET):
        chosen = {table.code: table for table in shown}.get(request.GET.get("table", ""), shown[0])
        return download(request, chosen.sheet([test.title, *about]))
    values = {
        "test": test,
        "result": result,
        "tables": shown,
        "about": about,
        "as_of": as_of,
        "today": timezone.localdate(),
        "verdict": tables.verdict_words(test, result),
        "level": tables.VERDICT_LEVELS[result.judged.verdict],
        "elasticity": tables.elasticity_words(result),
        "margin": tables.margin_words(result),
        "drawn": _drawn(result),
        "state": tables.STATE_TITLES[test.state],
        "state_level": tables.STATE_LEVELS[test.state],
        "change": tables.price_change(test),
        "goes_on": test.state == PriceTest.State.RUNNING and as_of < test.ends_on,
        "changes": journal(
            accounts.changes(subject="price-test", subject_id=test.pk),
            titles={name: str(field.label) for name, field in PriceTestForm.base_fields.items()},
            values={"draw": {code: str(title) for code, title in DRAWS.items()}},
        ),
        "export": _query(request, "format", "table"),
    }
    return render(request, "office/price/result.html", values)


def _drawn(result: Result) -> dict[str, float] | None:
    """Return where the margin's interval lies on a scale with zero in its middle, as shares of its width."""
    margin = result.judged.effects.get("margin")
    if margin is None:
        return None
    ends = margin.a_car
    scale = 2 * max(abs(ends.low), abs(ends.high)) or 1.0
    return {
        "low": 0.5 + ends.low / scale,
        "width": (ends.high - ends.low) / scale,
        "value": 0.5 + ends.value / scale,
    }


def _about(request: OfficeRequest, test: PriceTest, result: Result) -> list[str]:
    prices = gettext("%(trial)s an hour in place of %(before)s (%(change)s)") % {
        "trial": formats.roubles(test.price_trial),
        "before": formats.roubles(test.price_before),
        "change": tables.price_change(test),
    }
    lines = [
        tables.segment_words(test, _segments(request)),
        tables.draw_words(test, queries.arm_names(test, request.actor)),
        prices,
        _days(test.starts_on, test.ends_on),
    ]
    if result.has_begun and result.period[1] < test.ends_on:
        lines.append(gettext("counted up to %(day)s") % {"day": formats.day(result.period[1])})
    if result.has_begun and result.compares_with_before:
        lines.append(gettext("compared with %(days)s") % {"days": _days(*result.period_before)})
    return lines


def _days(start: date, end: date) -> str:
    return f"{formats.day(start)} – {formats.day(end)}"


@managers
@require_POST
def price_test_start(request: OfficeRequest, test_id: int) -> HttpResponse:
    operations.start_price_test(test_id=test_id, actor=request.actor, now=timezone.now())
    messages.success(request, gettext("The test runs: its arms, prices and days stand"))
    return redirect("office:price-test", test_id)


@managers
@require_POST
def price_test_end(request: OfficeRequest, test_id: int) -> HttpResponse:
    operations.end_price_test(test_id=test_id, on=timezone.localdate(), actor=request.actor, now=timezone.now())
    messages.success(request, gettext("The test is ended: bring the usual price back or make the trial one usual"))
    return redirect("office:price-test", test_id)


@managers
@require_POST
def price_test_drop(request: OfficeRequest, test_id: int) -> HttpResponse:
    operations.drop_price_test(test_id=test_id, actor=request.actor, now=timezone.now())
    messages.success(request, gettext("The draft is removed"))
    return redirect("office:price-tests")


@managers
def price_test_people(request: OfficeRequest, test_id: int) -> HttpResponse:
    test, look = queries.one(request.actor, test_id), _look(request)
    whole = wanted(request.GET) or request.method == "POST"
    after = None if whole else _after(request)
    found = queries.people(request.actor, test, look, after=after, limit=None if whole else SIZE + 1)
    if request.method == "POST":
        arm, *days = _arm_words(test, look)
        return list_segments.save(
            request,
            name=f"{test.title}: {arm}",
            about=", ".join([f"{gettext('Price of the norm-hour')}: {test.title}", arm, *days]),
            on=look.as_of,
            customer_ids=[row.place for row in found.rows],
        )
    if whole:
        return download(request, _people_sheet(test, look, found), people=True)
    return _list(request, test, look, found, "office/price/people.html", savable=list_segments.may_save(request))


@managers
def price_test_orders(request: OfficeRequest, test_id: int) -> HttpResponse:
    test, look = queries.one(request.actor, test_id), _look(request)
    whole = wanted(request.GET)
    found = queries.orders(request.actor, test, look, after=_after(request), limit=None if whole else SIZE + 1)
    if whole:
        return download(request, _orders_sheet(test, look, found), people=True)
    return _list(request, test, look, found, "office/price/orders.html")


def _list(
    request: OfficeRequest, test: PriceTest, look: ArmLook, found: Listed, template: str, **more: object
) -> HttpResponse:
    values = {
        "test": test,
        "found": found,
        "page": page_of(found.rows, key=lambda row: row.place),
        "about": _arm_words(test, look),
        "kinds": ORDER_KINDS,
        "export": _query(request, "format", "after"),
        "on": look.as_of,
        **more,
    }
    return render(request, template, values)


def _arm_words(test: PriceTest, look: ArmLook) -> list[str]:
    trial = queries.trial_of(test)
    days = trial.period_before(look.as_of) if look.before else trial.period(look.as_of)
    words = [gettext(tables.ARM_TITLES[look.arm]), _days(*days)]
    return [*words, gettext("who came")] if look.came else words


def _people_sheet(test: PriceTest, look: ArmLook, found: Listed) -> Sheet:
    # Whom the trial price is for is told to the accounting system by its own ids.
    columns = [
        Column(gettext("Customer")),
        Column(gettext("Id in the accounting system")),
        Column(gettext("Cars"), "count"),
        Column(gettext("Visits"), "count"),
        Column(gettext("Labour hours"), "money"),
        Column(gettext("Revenue"), "money"),
        Column(gettext("Margin"), "money"),
    ]
    rows = [
        (row.customer, row.ref, row.cars, row.visits, row.labour_hours, row.revenue, row.margin) for row in found.rows
    ]
    return Sheet(test.title, columns, rows, _arm_words(test, look))


def _orders_sheet(test: PriceTest, look: ArmLook, found: Listed) -> Sheet:
    columns = [
        Column(gettext("Order")),
        Column(gettext("Closed"), "day"),
        Column(gettext("Customer")),
        Column(gettext("Car")),
        Column(gettext("Plate")),
        Column(gettext("Branch")),
        Column(gettext("Labour hours"), "money"),
        Column(gettext("Revenue"), "money"),
        Column(gettext("Margin"), "money"),
    ]
    names = ("order", "on", "customer", "car", "plate", "branch", "labour_hours", "revenue", "margin")
    rows = [[getattr(row, name) for name in names] for row in found.rows]
    return Sheet(test.title, columns, rows, _arm_words(test, look))


def _look(request: OfficeRequest) -> ArmLook:
    query = request.GET
    arm = CONTROL if query.get("arm") == CONTROL else TEST
    return ArmLook(arm, _as_of(request), before=query.get("before") == "1", came=query.get("came") == "1")


def _as_of(request: OfficeRequest) -> date:
    today = timezone.localdate()
    return min(day_in(request.GET, "on") or today, today)


def _after(request: OfficeRequest) -> int | None:
    return number_in(request.GET, "after")


def _segments(request: OfficeRequest) -> dict[str, str]:
    return dict(segments.visible_to(request.actor).values_list("code", "title"))


def _query(request: OfficeRequest, *without: str) -> str:
    query = request.GET.copy()
    for name in without:
        query.pop(name, None)
    return query.urlencode()
