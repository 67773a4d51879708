"""The pivot: shelves, a table that opens in place, the orders behind each figure, saved views."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from vernost.core import formats
from vernost.core.errors import DomainError
from vernost.core.views import words_of
from vernost.facts.mirror import MirrorMissing
from vernost.office import list_segments
from vernost.office import pivot_shelves as shelves
from vernost.office.access import OfficeRequest, managers
from vernost.office.downloads import download, wanted
from vernost.office.pages import SIZE, Page, page_of
from vernost.office.pivot_state import PERIODS, State, state_of
from vernost.office.pivot_table import Pivot, all_closed, all_open
from vernost.reports import operations
from vernost.reports.exports import Column, Sheet
from vernost.reports.queries import pivot as queries
from vernost.reports.queries.pivot import OrderRow, OrdersOfCell
from vernost.reports.queries.pivot_views import saved_pivots
from vernost.segments.queries import saved as segments
from vernost.workshop.rules import ORDER_KINDS


@managers
def pivot(request: OfficeRequest) -> HttpResponse:
    state = state_of(request.GET, timezone.localdate(), request.actor.fields)
    values = {
        "state": state,
        "shelves": shelves.shelves(request.actor, state),
        "periods": PERIODS.items(),
        "segments": segments.visible_to(request.actor).order_by("title").values_list("code", "title"),
        "saved": saved_pivots(request.actor),
        "query": state.query(),
        "hidden": shelves.hidden(state, without=("period", "from", "to", "segment")),
        "refused": "",
    }
    try:
        found = queries.answer(request.actor, state.request(), shown=state.opened_rows())
    except MirrorMissing:
        return render(request, "office/reports/none.html", {"tab": "pivot"})
    except DomainError as error:
        return render(request, "office/pivot/page.html", {**values, "refused": words_of(error)})
    laid = Pivot(found, state)
    if wanted(request.GET):
        return download(request, laid.sheet(gettext("Pivot"), _about(state)))
    values |= {
        "found": found,
        "table": laid.shown(),
        "levels": [one.title for one in found.request.rows],
        "opened": all_open(laid).query() if len(state.rows) > 1 else "",
        "closed": all_closed(state).query() if state.open else "",
        "export": state.query(),
    }
    return render(request, "office/pivot/page.html", values)


@managers
def pivot_orders(request: OfficeRequest) -> HttpResponse:
    state, whole = state_of(request.GET, timezone.localdate(), request.actor.fields), wanted(request.GET)
    after = request.GET.get("after", "")
    if request.method == "POST":
        return _save_people(request, state)
    found = queries.orders_of_cell(
        request.actor,
        state.request(),
        after=int(after) if after.isdecimal() and len(after) < _LONGEST else None,
        limit=None if whole else SIZE + 1,
    )
    about = [*_about(state), *shelves.filter_lines(found.names, state)]
    if whole:
        return download(request, _orders_sheet(found, about), people=True)
    page: Page[OrderRow] = page_of(found.rows, key=lambda row: row.place)
    query = request.GET.copy()
    for name in ("after", "format"):
        query.pop(name, None)
    values = {
        "found": found,
        "page": page,
        "about": about,
        "kinds": ORDER_KINDS,
        "of_lines": found.request.of_lines,
        "back": f"{reverse('office:pivot')}?{request.GET.get('origin', '')}",
        "export": query.urlencode(),
        "most": queries.MOST_EXPORTED,
        "savable": found.customers > 0 and list_segments.may_save(request),
    }
    return render(request, "office/pivot/orders.html", values)


def _save_people(request: OfficeRequest, state: State) -> HttpResponse:
    """Save the customers of a cell's orders as a segment."""
    called, ids = queries.customers_of_cell(request.actor, state.request())
    lines = shelves.filter_lines(called, state)
    about = ", ".join([*_about(state), *lines])
    return list_segments.save(
        request,
        name=": ".join(filter(None, [gettext("Pivot"), ", ".join(lines)])),
        about=gettext("Customers of a cell of the pivot: %(about)s") % {"about": about},
        on=min(state.end, timezone.localdate()),
        customer_ids=ids,
    )


# Digits of the place of an order in the list.
_LONGEST = 20


@managers
@require_POST
def pivot_save(request: OfficeRequest) -> HttpResponse:
    state = state_of(_query(request), timezone.localdate(), request.actor.fields)
    view = operations.save_pivot_view(
        title=request.POST.get("title", ""),
        address=state.query(),
        shared="shared" in request.POST,
        actor=request.actor,
        now=timezone.now(),
    )
    messages.success(request, gettext("The view “%(title)s” is saved") % {"title": view.title})
    return redirect(f"{reverse('office:pivot')}?{view.address}")


@managers
@require_POST
def pivot_share(request: OfficeRequest, view_id: int) -> HttpResponse:
    shared = request.POST.get("shared") == "1"
    operations.share_pivot_view(view_id=view_id, shared=shared, actor=request.actor, now=timezone.now())
    words = gettext("Everybody sees the view now") if shared else gettext("Only you see the view now")
    messages.success(request, words)
    return _back(request)


@managers
@require_POST
def pivot_drop(request: OfficeRequest, view_id: int) -> HttpResponse:
    operations.drop_pivot_view(view_id=view_id, actor=request.actor, now=timezone.now())
    messages.success(request, gettext("The view is removed"))
    return _back(request)


def _back(request: OfficeRequest) -> HttpResponse:
    state = state_of(_query(request), timezone.localdate(), request.actor.fields)
    return redirect(f"{reverse('office:pivot')}?{state.query()}")


def _query(request: OfficeRequest) -> QueryDict:
    return QueryDict(request.POST.get("query", ""))


def _about(state: State) -> list[str]:
    return [f"{formats.day(state.start)} – {formats.day(state.end)}"]


def _orders_sheet(found: OrdersOfCell, about: Sequence[str]) -> Sheet:
    columns = [
        Column(gettext("Order")),
        Column(gettext("Closed"), "day"),
        Column(gettext("Customer")),
        Column(gettext("Car")),
        Column(gettext("Plate")),
        Column(gettext("Branch")),
        Column(gettext("Service advisor")),
        Column(gettext("Kind of order")),
        Column(gettext("Revenue"), "money"),
        Column(gettext("Margin"), "money"),
        Column(gettext("Labour hours"), "money"),
    ]
    rows = [
        (
            row.order,
            row.on,
            row.customer,
            row.car,
            row.plate,
            row.branch,
            row.advisor,
            gettext(ORDER_KINDS.get(row.kind, row.kind)),
            row.revenue,
            row.margin,
            row.labour_hours,
        )
        for row in found.rows
    ]
    return Sheet(gettext("Orders"), columns, rows, about)
