"""The quarantine: rows that an import could not take, mended in place."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from vernost.core.formats import number
from vernost.core.htmx import with_toast
from vernost.intake import operations, queries
from vernost.intake.models import QuarantineState
from vernost.intake.queries import QuarantineFilter
from vernost.office.access import OfficeRequest, managers, whole_group
from vernost.office.pages import SIZE, page_of
from vernost.office.quarantined import reason_text, shown, typed

# As many rows are tried again in one request.
AT_ONCE = 20_000


@managers
@whole_group
def quarantine_list(request: OfficeRequest) -> HttpResponse:
    wanted = _wanted(request.GET)
    after = request.GET.get("after", "")
    rows = queries.quarantine(wanted=wanted, after=int(after) if after.isdecimal() else 0, limit=SIZE + 1)
    by_reason, by_kind = queries.quarantine_counts(wanted)
    page = page_of([shown(row) for row in rows], key=lambda row: row.id)
    values = {
        "page": page,
        "chosen": request.GET,
        "total": by_reason[wanted.reason] if wanted.reason else by_reason.total(),
        "reasons": _chips(request, "reason", by_reason, {code: reason_text(code) for code in by_reason}),
        "kinds": _chips(request, "kind", by_kind, queries.kind_titles()),
        "open_rows": queries.open_rows(),
    }
    return render(request, "office/quarantine/list.html", values)


@managers
@whole_group
def quarantine_row(request: OfficeRequest, row_id: int) -> HttpResponse:
    """Show a row alone; take it mended, or drop it. For htmx the answer replaces the row in the list."""
    row = queries.quarantined_row(row_id)
    if request.method != "POST":
        values = {"row": shown(row), "open_rows": queries.open_rows()}
        return render(request, "office/quarantine/detail.html", values)
    if "drop" in request.POST:
        operations.drop_row(row_id=row_id, actor=request.actor, now=timezone.now())
        return _settled(request, _("The row is dropped"))
    mended = operations.mend_row(row_id=row_id, values=typed(request.POST), actor=request.actor, now=timezone.now())
    if mended.state != QuarantineState.OPEN:
        return _settled(request, _("The row is taken"))
    values = {"row": shown(queries.quarantined_row(row_id)), "open": True, "open_rows": queries.open_rows()}
    template = "office/quarantine/_row.html" if request.htmx else "office/quarantine/detail.html"
    return render(request, template, values, status=422)


@managers
@whole_group
@require_POST
def quarantine_retry(request: OfficeRequest) -> HttpResponse:
    wanted = _wanted(request.POST)
    row_ids = queries.quarantine_ids(wanted, limit=AT_ONCE)
    taken = operations.retry_rows(row_ids=row_ids, actor=request.actor, now=timezone.now())
    words = ngettext("%(count)s row is taken", "%(count)s rows are taken", taken) % {"count": number(taken)}
    messages.success(request, words)
    chosen = {name: request.POST[name] for name in ("reason", "kind", "run") if request.POST.get(name)}
    return redirect(f"{reverse('office:quarantine')}?{urlencode(chosen)}")


def _settled(request: OfficeRequest, words: str) -> HttpResponse:
    if request.htmx:
        return with_toast(HttpResponse(""), words)
    messages.success(request, words)
    return redirect("office:quarantine")


def _wanted(chosen: Mapping[str, str]) -> QuarantineFilter:
    run = chosen.get("run", "")
    return QuarantineFilter(
        reason=chosen.get("reason", ""),
        kind=chosen.get("kind", ""),
        run_id=int(run) if run.isdecimal() else None,
    )


@dataclass(frozen=True, slots=True)
class Chip:
    """A choice of a filter with its count; a press on the chosen one lets it go."""

    title: str
    count: int
    url: str
    on: bool


def _chips(request: OfficeRequest, name: str, counts: Counter[str], titles: Mapping[str, str]) -> list[Chip]:
    others = {key: value for key, value in request.GET.items() if key not in (name, "after") and value}
    chosen = request.GET.get(name, "")
    return [
        Chip(
            title=titles.get(code, code),
            count=count,
            url=f"?{urlencode(others if code == chosen else {**others, name: code})}",
            on=code == chosen,
        )
        for code, count in counts.most_common()
    ]
