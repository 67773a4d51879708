"""The numbers of the rules: one searchable page."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from vernost.accounts import operations, queries
from vernost.accounts.rules import RuleSettings
from vernost.office.access import OfficeRequest, managers
from vernost.office.forms.params import stored
from vernost.office.forms.settings import TITLES, SettingsForm
from vernost.office.journal import journal


@managers
def settings(request: OfficeRequest) -> HttpResponse:
    present = queries.rule_settings()
    form = SettingsForm(request.POST or None, present=present, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        _only_group(request)
        changed = operations.save_settings(values=form.cleaned_data, actor=request.actor, now=timezone.now())
        messages.success(
            request, ngettext("%(count)s rule is changed", "%(count)s rules are changed", changed) % {"count": changed}
        )
        return redirect("office:settings")
    values = {
        "form": form,
        "groups": list(form.groups()),
        "changes": journal(queries.changes(subject="setting"), titles=TITLES),
        "may_change": request.actor.branch_ids is None,
    }
    return render(request, "office/settings/rules.html", values, status=422 if form.errors else 200)


@managers
@require_POST
def setting_reset(request: OfficeRequest, name: str) -> HttpResponse:
    _only_group(request)
    defaults = stored(RuleSettings())
    if name in defaults:
        operations.save_settings(values={name: defaults[name]}, actor=request.actor, now=timezone.now())
    return redirect("office:settings")


def _only_group(request: OfficeRequest) -> None:
    """The rules hold for every branch, so only who sees the whole group changes them."""
    if request.actor.branch_ids is not None:
        raise PermissionDenied
