"""Programmes: the list with today's numbers, the page of one, its dry run, its switch."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from vernost.accounts.queries import branches, changes
from vernost.automation.queries import last_night
from vernost.calls.rules import script
from vernost.core.errors import DomainError
from vernost.core.formats import number
from vernost.invitations import operations
from vernost.invitations.queries import programmes as queries
from vernost.office import preview
from vernost.office.access import OfficeRequest, managers, words_of
from vernost.office.forms.programmes import ProgrammeForm
from vernost.office.journal import JournalLine, journal
from vernost.office.words import PROGRAMME_FIELDS, PROGRAMME_VALUES

if TYPE_CHECKING:
    from vernost.invitations.kinds import InvitationKind


@managers
def programme_list(request: OfficeRequest) -> HttpResponse:
    night = last_night()
    on = night.as_of if night else timezone.localdate()
    values = {
        "programmes": queries.programmes(request.actor, on=on),
        "night": night,
        "candidates": {each.code: each.candidates for each in night.programmes} if night else {},
    }
    return render(request, "office/programmes/list.html", values)


@managers
def programme_edit(request: OfficeRequest, programme_id: int) -> HttpResponse:
    programme = queries.programme_page(request.actor, programme_id)
    kind = _kind(programme)
    form = ProgrammeForm(request.POST or None, kind=kind, actor=request.actor, values=programme.values)
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
    values = {
        "programme": programme,
        "kind": kind,
        "form": form,
        "may_change": programme.may_change,
        "variables": script.FACTS.items(),
        "changes": _history(request, programme_id),
    }
    return render(request, "office/programmes/edit.html", values, status=422 if form.errors else 200)


@managers
@require_POST
def programme_preview(request: OfficeRequest, programme_id: int) -> HttpResponse:
    programme = queries.programme_page(request.actor, programme_id)
    sample = queries.sample_invitation(request.actor, programme.id)
    operator, offer = request.user.first_name or request.user.display_name, request.POST.get("offer", "")
    facts = (
        preview.facts_of(sample, operator=operator, offer=offer) if sample else preview.invented_facts(operator, offer)
    )
    values: dict[str, object] = {"customer": sample.customer.full_name if sample else ""}
    try:
        values["script"] = script.render(request.POST.get("script", ""), facts)
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


def _history(request: OfficeRequest, programme_id: int) -> list[JournalLine]:
    names = {str(branch.id): branch.name for branch in branches(request.actor)}
    found = changes(subject="programme", subject_id=programme_id)
    return journal(found, titles=PROGRAMME_FIELDS, values={**PROGRAMME_VALUES, "branches": names})


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
