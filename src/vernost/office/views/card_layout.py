"""Settings of cards: which blocks and fields people of each role see on them, in which order."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from vernost.accounts import queries as accounts
from vernost.core.actor import ROLE_TITLES, Role
from vernost.customers.operations import layouts as operations
from vernost.customers.queries import fields as queries
from vernost.customers.rules import layouts
from vernost.office.access import OfficeRequest, administrators, whole_group
from vernost.office.card_blocks import CARDS, placed
from vernost.office.journal import journal


@administrators
@whole_group
def card_layout(request: OfficeRequest, role: str = Role.MANAGER.value) -> HttpResponse:
    """Arrange the card of `?card=`; a change without saving is answered with its preview."""
    target = request.GET.get("card", next(iter(CARDS)))
    if role not in ROLE_TITLES or target not in CARDS:
        raise Http404
    if request.method == "POST" and request.htmx:
        return render(request, "office/fields/_preview.html", {"columns": placed(target, _said(request, "blocks"))})
    if request.method == "POST":
        _save(request, target, role)
        return redirect(f"{reverse('office:card-layout', args=[role])}?card={target}")
    saved = queries.layout(target, role)
    fields = {one.code: one for one in queries.definitions(target, role=role)}
    values = {
        "role": role,
        "roles": ROLE_TITLES,
        "target": target,
        "cards": CARDS,
        "columns": placed(target, saved.blocks if saved else ()),
        "fields": [
            (fields[code], is_shown) for code, is_shown in layouts.arranged(list(fields), saved.fields if saved else ())
        ],
        "saved": saved,
        "changes": journal(
            accounts.changes(subject="layout", subject_id=f"{target}/{role}"),
            titles={"fields": _("Fields"), "blocks": _("Blocks")},
        ),
    }
    return render(request, "office/fields/layout.html", values)


def _said(request: OfficeRequest, name: str) -> list[str]:
    """Return the codes in the order of the page, those that are not ticked as hidden."""
    shown = set(request.POST.getlist(f"{name}-shown"))
    return [code if code in shown else f"{layouts.HIDDEN}{code}" for code in request.POST.getlist(name)]


def _save(request: OfficeRequest, target: str, role: str) -> None:
    now = timezone.now()
    if "reset" in request.POST:
        operations.reset_layout(target=target, role=role, actor=request.actor, now=now)
        messages.success(request, _("The card is as it came"))
        return
    fields, blocks = _said(request, "fields"), _said(request, "blocks")
    operations.save_layout(target=target, role=role, fields=fields, blocks=blocks, actor=request.actor, now=now)
    messages.success(request, _("The card is arranged"))
