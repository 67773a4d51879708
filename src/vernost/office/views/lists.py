"""Lists of customers, cars and orders: columns, order and filters as each person likes them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vernost.accounts import list_views
from vernost.accounts.audit import record_list, record_search, record_search_file
from vernost.customers.rules.fields import Definition
from vernost.office import lists
from vernost.office.access import OfficeRequest, managers
from vernost.office.downloads import download, wanted
from vernost.reports.queries.lists import pages
from vernost.reports.queries.lists.definition import Look, RecordList
from vernost.reports.queries.lists.pages import LISTS, ListRow


@managers
def customer_list(request: OfficeRequest) -> HttpResponse:
    return _list(request, LISTS["customers"])


@managers
def vehicle_list(request: OfficeRequest) -> HttpResponse:
    return _list(request, LISTS["vehicles"])


@managers
def order_list(request: OfficeRequest) -> HttpResponse:
    return _list(request, LISTS["orders"])


def _list(request: OfficeRequest, kind: RecordList) -> HttpResponse:
    known = pages.fields_of(kind, request.actor)
    views = lists.views_of(kind, request.actor)
    look = lists.look_of(kind, request.GET, views, known)
    if wanted(request.GET):
        return _file(request, kind, look, known)
    found = pages.page(kind, look, actor=request.actor, after=request.GET.get("after", ""))
    heads = lists.heads(kind, look, known, request.actor)
    ids = [row.id for row in found.rows]
    if look.text and kind.search is not None:
        record_search(text=look.text, customer_ids=ids, actor=request.actor, now=timezone.now())
    elif tells := lists.numbers_told(kind, heads):
        record_list(what=kind.code, kind=kind.code, ids=ids, tells=tells, actor=request.actor, now=timezone.now())
    shown_filters = lists.filters(kind, look, known, request.actor)
    values: dict[str, Any] = {
        "kind": kind,
        "tabs": LISTS,
        "addresses": lists.ADDRESSES,
        "look": look,
        "heads": heads,
        "rows": lists.shown(kind, found.rows, heads, request.actor),
        "cursor": found.cursor,
        "columns": lists.choices_of_columns(kind, look, known),
        "filters": shown_filters,
        "set_filters": sum(one.is_set for one in shown_filters),
        "views": views,
        "view": request.GET.get("view", ""),
        "removable": lists.removable(request.GET.get("view", ""), views, request.actor),
        "xlsx": lists.address(kind, look, format="xlsx"),
        "csv": lists.address(kind, look, format="csv"),
    }
    return render(request, "office/lists/page.html", values)


def _file(request: OfficeRequest, kind: RecordList, look: Look, known: Sequence[Definition]) -> HttpResponse:
    """The journal has the words of a search beside those whom it found, with whom they go: not in the address."""
    rows: Iterable[ListRow] = pages.everything(kind, look, actor=request.actor, most=lists.MOST_IN_A_FILE)
    if look.text and kind.search is not None:
        rows = list(rows)
        ids = [row.id for row in rows]
        record_search_file(text=look.text, customer_ids=ids, actor=request.actor, now=timezone.now())
    sheet = lists.sheet(kind, look, known, rows, request.actor)
    return download(
        request,
        sheet,
        people=kind.code == "customers",
        right="customers.export",
        question=lists.question(kind, look, known, request.GET["format"]),
    )


@managers
@require_POST
def view_save(request: OfficeRequest, list_code: str) -> HttpResponse:
    """Keep the present look under a name: the columns, the order and the filters of the address it came from."""
    kind = _kind(list_code)
    known = pages.fields_of(kind, request.actor)
    look = lists.look_of(kind, request.POST, (), known)
    view = list_views.save_list_view(
        list_code=list_code,
        title=request.POST.get("title", ""),
        columns=look.columns,
        sort=look.sort,
        filters=look.filters,
        shared="shared" in request.POST,
        actor=request.actor,
    )
    messages.success(request, _("The view “%(title)s” is saved") % {"title": view.title})
    response = redirect(lists.ADDRESSES[list_code])
    response["Location"] += f"?view={view.pk}"
    return response


@managers
@require_POST
def view_drop(request: OfficeRequest, list_code: str, view_id: int) -> HttpResponse:
    _kind(list_code)
    list_views.drop_list_view(view_id=view_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The view is removed"))
    return redirect(lists.ADDRESSES[list_code])


def _kind(code: str) -> RecordList:
    if code not in LISTS:
        raise Http404
    return LISTS[code]
