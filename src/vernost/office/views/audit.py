"""The journal: who saw and changed what."""

from datetime import date, datetime, time, timedelta

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from vernost.accounts import audit as journal
from vernost.accounts import queries, undoing
from vernost.accounts.audit import AuditFilter
from vernost.office.access import OfficeRequest, administrators
from vernost.office.audit_lines import sheet, shown
from vernost.office.audit_words import ACTIONS, SUBJECTS
from vernost.office.downloads import download, wanted
from vernost.office.pages import SIZE, page_of

_LONGEST = 18
MOST = 100_000


@administrators
def audit(request: OfficeRequest) -> HttpResponse:
    rows = journal.found(_asked(request.GET), request.actor)
    if wanted(request.GET):
        lines = shown(rows[:MOST], request.actor)
        return download(request, sheet(lines), right="audit.export")
    after = request.GET.get("after", "")
    if after.isdecimal() and len(after) < _LONGEST:
        rows = rows.filter(pk__lt=int(after))
    page = page_of(shown(rows.order_by("-pk")[: SIZE + 1], request.actor), key=lambda line: line.id)
    query = request.GET.copy()
    for name in ("after", "format"):
        query.pop(name, None)
    values = {
        "page": page,
        "chosen": request.GET,
        "people": queries.users(request.actor, active=None),
        "subjects": SUBJECTS.items(),
        "actions": ACTIONS.items(),
        "alarms": shown(journal.alarms(now=timezone.now()), request.actor),
        "export": query.urlencode(),
        "may_undo": request.actor.may("audit.undo"),
    }
    return render(request, "office/audit/list.html", values)


@administrators
@require_POST
def audit_undo(request: OfficeRequest, record_id: int) -> HttpResponse:
    undoing.undo(record_id=record_id, actor=request.actor, now=timezone.now())
    messages.success(request, gettext("Taken back"))
    return redirect("office:audit")


def _asked(query: QueryDict) -> AuditFilter:
    who = query.get("who", "")
    until = _day(query.get("until", ""))
    return AuditFilter(
        who=int(who) if who.isdecimal() and len(who) < _LONGEST else None,
        subject=query.get("subject", ""),
        subject_id=query.get("id", "").strip(),
        action=query.get("action", ""),
        since=_start(_day(query.get("since", ""))),
        until=_start(until + timedelta(days=1) if until else None),
    )


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


def _start(on: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(on, time.min)) if on else None
