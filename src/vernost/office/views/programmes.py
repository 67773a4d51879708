"""Programmes: the list with today's numbers, the page of one, its dry run, its switch."""

from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from vernost.accounts.queries import branches, changes
from vernost.automation.queries.work import last_night
from vernost.calls.queries import own_facts
from vernost.calls.rules import script
from vernost.core.errors import DomainError
from vernost.core.formats import number
from vernost.core.views import words_of
from vernost.invitations import operations
from vernost.invitations.models import Programme
from vernost.invitations.queries import lists
from vernost.invitations.queries import programmes as queries
from vernost.invitations.queries.lists import InvitationFilter
from vernost.invitations.rules import InvitationState
from vernost.office import dry_runs, list_segments, preview
from vernost.office.access import OfficeRequest, managers
from vernost.office.forms.programmes import ProgrammeForm
from vernost.office.journal import JournalLine, journal
from vernost.office.pages import SIZE, page_of
from vernost.office.words import INVITATION_LISTS, PROGRAMME_FIELDS, PROGRAMME_VALUES
from vernost.segments.models import Segment

if TYPE_CHECKING:
    from vernost.invitations.kinds import InvitationKind

STATES_OF = {"work": lists.IN_WORK, "booked": (InvitationState.BOOKED,)}


@managers
def programme_list(request: OfficeRequest) -> HttpResponse:
    night = last_night()
    on = night.as_of if night else timezone.localdate()
    values = {
        "programmes": queries.programmes(request.actor, on=on),
        "night": night,
        "on": on,
        "candidates": {each.code: each.candidates for each in night.programmes} if night else {},
    }
    return render(request, "office/programmes/list.html", values)


@managers
def programme_edit(request: OfficeRequest, programme_id: int) -> HttpResponse:
    programme = queries.programme_page(request.actor, programme_id)
    form = _form(request, programme)
    if request.method == "POST" and form.is_valid():
        _only_changers(programme)
        try:
            operations.save_programme(
                programme_id=programme_id, entry=form.entry(), actor=request.actor, now=timezone.now()
            )
        except DomainError as error:
            form.add_error(None, words_of(error))
        else:
            messages.success(request, _("Saved"))
            return redirect("office:programme", programme_id)
    return _page(request, programme, form)


@managers
def programme_dry_run(request: OfficeRequest, programme_id: int) -> HttpResponse:
    """Count a day for the page as it stands, saved or not. A fragment for htmx, else the whole page."""
    saved = queries.programme_of(request.actor, programme_id)
    programme = queries.page_of(saved, request.actor)
    form = _form(request, programme)
    on = _day(request.POST.get("on", "") or request.GET.get("on", ""))
    result: dict[str, object] = {"on": on}
    if not form.is_bound or form.is_valid():
        try:
            result |= _count(request, saved, programme, form, on)
        except DomainError as error:
            result["problem"] = words_of(error)
    elif request.htmx:
        result["problem"] = _("Correct the page first: a field is wrong")
    if request.htmx:
        values = {"programme": programme, "may_change": programme.may_change, **result}
        return render(request, "office/programmes/_dry_run.html", values)
    return _page(request, programme, form, **result)


@managers
@require_POST
def programme_start(request: OfficeRequest, programme_id: int) -> HttpResponse:
    programme = queries.programme_page(request.actor, programme_id)
    _only_changers(programme)
    if not dry_runs.admits(request.POST.get("ticket", ""), queries.programme_of(request.actor, programme_id)):
        messages.error(request, _("Count a dry run of the saved page first"))
        return redirect("office:programme", programme_id)
    operations.activate_programme(programme_id=programme_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The programme works: the next night invites by it"))
    return redirect("office:programme", programme_id)


@managers
def programme_people(request: OfficeRequest, programme_id: int) -> HttpResponse:
    """The people behind a number of a dry run or of a night; sent, all of them become a segment."""
    programme = queries.programme_of(request.actor, programme_id)
    on, reason = _day(request.GET.get("on", "")), request.GET.get("reason", "")
    skip = int(request.GET["after"]) if request.GET.get("after", "").isdecimal() else 0
    values: dict[str, object] = {"programme": programme, "on": on, "reason": dry_runs.title_of(reason)}
    if request.method == "POST":
        name = f"{programme.title}: {dry_runs.title_of(reason)}"
        ids = dry_runs.customer_ids(programme, as_of=on, reason=reason, actor=request.actor)
        return list_segments.save(request, name=name, about=name, on=on, customer_ids=ids)
    try:
        rows = dry_runs.people(programme, as_of=on, reason=reason, actor=request.actor, skip=skip, limit=SIZE + 1)
    except DomainError as error:
        return render(request, "office/programmes/people.html", {**values, "problem": words_of(error)})
    values |= {
        "rows": rows[:SIZE],
        "shown": skip + len(rows[:SIZE]),
        "cursor": str(skip + SIZE) if len(rows) > SIZE else "",
        "export": urlencode({"on": on.isoformat(), "reason": reason}),
        "savable": list_segments.may_save(request),
    }
    return render(request, "office/programmes/people.html", values)


@managers
def programme_invitations(request: OfficeRequest, programme_id: int) -> HttpResponse:
    """The invitations behind a number of the list: made for a day, in work, booked."""
    programme = queries.programme_of(request.actor, programme_id)
    chosen = request.GET.get("of", "work")
    created_for = _day(request.GET.get("on", "")) if chosen == "day" else None
    wanted = InvitationFilter(programme_id, created_for, STATES_OF.get(chosen, ()))
    after = int(request.GET["after"]) if request.GET.get("after", "").isdecimal() else 0
    rows = lists.invitations(wanted, actor=request.actor, after=after, limit=SIZE + 1)
    values = {
        "programme": programme,
        "heading": INVITATION_LISTS.get(chosen, INVITATION_LISTS["work"]),
        "on": created_for,
        "page": page_of(rows, key=lambda row: row.id),
        "total": lists.number_of_invitations(wanted, actor=request.actor),
    }
    return render(request, "office/programmes/invitations.html", values)


@managers
@require_POST
def programme_preview(request: OfficeRequest, programme_id: int) -> HttpResponse:
    programme = queries.programme_page(request.actor, programme_id)
    sample = queries.sample_invitation(request.actor, programme.id)
    operator, offer = request.user.first_name or request.user.display_name, request.POST.get("offer", "")
    facts = (
        preview.facts_of(sample, operator=operator, offer=offer) if sample else preview.invented_facts(operator, offer)
    )
    source = request.POST.get("script", "")
    facts |= preview.own_facts_of(source, sample, request.actor)
    values: dict[str, object] = {"customer": sample.customer.full_name if sample else ""}
    try:
        values["script"] = script.render(source, facts)
    except script.ScriptBroken as error:
        values["problem"] = words_of(error)
    return render(request, "office/programmes/_script.html", values)


@managers
@require_POST
def programme_stop(request: OfficeRequest, programme_id: int) -> HttpResponse:
    programme = queries.programme_page(request.actor, programme_id)
    _only_changers(programme)
    operations.deactivate_programme(programme_id=programme_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The programme is stopped; those in the queue stay in it"))
    return redirect("office:programme", programme_id)


def _form(request: OfficeRequest, programme: queries.ProgrammePage) -> ProgrammeForm:
    return ProgrammeForm(request.POST or None, kind=_kind(programme), actor=request.actor, values=programme.values)


def _page(
    request: OfficeRequest, programme: queries.ProgrammePage, form: ProgrammeForm, **result: object
) -> HttpResponse:
    values = {
        "programme": programme,
        "kind": _kind(programme),
        "form": form,
        "may_change": programme.may_change,
        "variables": [*script.FACTS.items(), *own_facts.names_of(request.actor).items()],
        "changes": _history(request, programme.id),
        "on": timezone.localdate(),
        **result,
    }
    return render(request, "office/programmes/edit.html", values, status=422 if form.errors else 200)


def _count(
    request: OfficeRequest, saved: Programme, page: queries.ProgrammePage, form: ProgrammeForm, on: date
) -> dict[str, object]:
    """Count the page as it stands; what is saved as it stands may start."""
    if not form.is_bound:
        return {
            "run": dry_runs.run(saved, as_of=on, branch_ids=None, actor=request.actor),
            "ticket": dry_runs.ticket(saved),
        }
    entry = form.entry()
    draft = operations.drafted(programme_id=page.id, entry=entry)
    same = set(page.values["branches"]) == entry.branch_ids and dry_runs.is_same(draft, saved)
    run = dry_runs.run(draft, as_of=on, branch_ids=entry.branch_ids, actor=request.actor)
    return {"run": run, "ticket": dry_runs.ticket(saved) if same else "", "unsaved": not same}


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return timezone.localdate()


def _history(request: OfficeRequest, programme_id: int) -> list[JournalLine]:
    found = changes(subject="programme", subject_id=programme_id)
    speaks_of_branches = any("branches" in line.fields for line in found)
    chose_segments = any("segment_id" in line.fields for line in found)
    names = {str(branch.id): branch.name for branch in branches(request.actor)} if speaks_of_branches else {}
    segments = {str(key): title for key, title in Segment.objects.values_list("pk", "title")} if chose_segments else {}
    return journal(
        found, titles=PROGRAMME_FIELDS, values={**PROGRAMME_VALUES, "branches": names, "segment_id": segments}
    )


def _kind(programme: queries.ProgrammePage) -> "InvitationKind":
    from vernost.invitations import kinds  # noqa: PLC0415 - Ibis is half a second that a web process spends when asked

    return kinds.discover()[programme.kind]


@managers
@require_POST
def programme_withdraw(request: OfficeRequest, programme_id: int) -> HttpResponse:
    programme = queries.programme_page(request.actor, programme_id)
    _only_changers(programme)
    count = operations.withdraw_queue(programme_id=programme_id, actor=request.actor, now=timezone.now())
    words = ngettext(
        "%(count)s invitation is taken out of the queue", "%(count)s invitations are taken out of the queue", count
    )
    messages.success(request, words % {"count": number(count)})
    return redirect("office:programme", programme_id)


def _only_changers(programme: queries.ProgrammePage) -> None:
    if not programme.may_change:
        raise PermissionDenied
