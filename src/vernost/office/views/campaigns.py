"""A one-off campaign: its audience is found, looked at, and becomes a programme of its own."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from vernost.core.errors import DomainError
from vernost.core.views import words_of
from vernost.invitations import operations
from vernost.invitations.queries import audience
from vernost.invitations.queries.audience import Audience
from vernost.office.access import OfficeRequest, managers
from vernost.office.forms.campaigns import LONGEST_LIST, CampaignForm
from vernost.segments.queries import people
from vernost.segments.queries import saved as segments


@managers
def campaign_new(request: OfficeRequest) -> HttpResponse:
    form = CampaignForm(request.POST or None, request.FILES or None, actor=request.actor, begin=_of_segment(request))
    found = None
    if request.method == "POST" and form.is_valid():
        found = _audience(request, form)
        if request.POST.get("action") == "create" and found.pairs:
            try:
                return _create(request, form, found)
            except DomainError as error:
                form.add_error(None, words_of(error))
        elif form.is_list:
            form = form.with_pasted_list()
    values = {"form": form, "audience": found, **_suggestions()}
    return render(request, "office/campaigns/new.html", values, status=422 if form.errors else 200)


def _of_segment(request: OfficeRequest) -> dict[str, str]:
    """Return what a campaign to the people of a saved segment begins with."""
    segment = segments.visible_to(request.actor).filter(code=request.GET.get("segment", "")).first()
    if segment is None:
        return {}
    refs = people.refs(segment, actor=request.actor, limit=LONGEST_LIST)
    return {"title": segment.title, "entries": "\n".join(refs)}


def _audience(request: OfficeRequest, form: CampaignForm) -> Audience:
    if form.is_list:
        return audience.listed(form.rows, actor=request.actor)
    return audience.filtered(form.wanted(), actor=request.actor, on=timezone.localdate())


def _create(request: OfficeRequest, form: CampaignForm, found: Audience) -> HttpResponse:
    programme_id = operations.create_campaign(
        title=form.cleaned_data["title"], pairs=found.pairs, actor=request.actor, now=timezone.now()
    )
    messages.success(request, _("The campaign is made: set it up and start it after a dry run"))
    return redirect("office:programme", programme_id)


def _suggestions() -> dict[str, list[str]]:
    pairs = audience.makes()
    return {
        "makes": list(dict.fromkeys(make for make, _model in pairs)),
        "models": list(dict.fromkeys(model for _make, model in pairs)),
    }
