"""Settings of the customer's card: which fields people of each role see on it, in which order."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from vernost.accounts import queries as accounts
from vernost.core.actor import ROLE_TITLES, Role
from vernost.customers.operations import layouts as operations
from vernost.customers.queries import fields as queries
from vernost.customers.rules import layouts
from vernost.office.access import OfficeRequest, administrators, whole_group
from vernost.office.journal import journal

TARGET = "customer"


@administrators
@whole_group
def card_layout(request: OfficeRequest, role: str = Role.MANAGER.value) -> HttpResponse:
    if role not in ROLE_TITLES:
        raise Http404
    if request.method == "POST":
        _save(request, role)
        return redirect("office:card-layout", role)
    saved = queries.layout(TARGET, role)
    fields = {one.code: one for one in queries.definitions(TARGET, role=role)}
    values = {
        "role": role,
        "roles": ROLE_TITLES,
        "fields": [
            (fields[code], is_shown) for code, is_shown in layouts.arranged(list(fields), saved.fields if saved else ())
        ],
        "saved": saved,
        "changes": journal(
            accounts.changes(subject="layout", subject_id=f"{TARGET}/{role}"),
            titles={"fields": _("Fields")},
        ),
    }
    return render(request, "office/fields/layout.html", values)


def _save(request: OfficeRequest, role: str) -> None:
    now = timezone.now()
    if "reset" in request.POST:
        operations.reset_layout(target=TARGET, role=role, actor=request.actor, now=now)
        messages.success(request, _("The card shows everything again"))
        return
    shown = set(request.POST.getlist("fields-shown"))
    fields = [code if code in shown else f"{layouts.HIDDEN}{code}" for code in request.POST.getlist("fields")]
    operations.save_layout(target=TARGET, role=role, fields=fields, actor=request.actor, now=now)
    messages.success(request, _("The card is arranged"))
