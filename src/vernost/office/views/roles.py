"""Roles: what each may do, as a matrix; only administrators come here."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from vernost.accounts import queries
from vernost.accounts import roles as operations
from vernost.accounts.rules import Grants
from vernost.core.errors import DomainError
from vernost.core.things import FIELD_TITLES, REACH_TITLES, things
from vernost.core.views import words_of
from vernost.office.access import OfficeRequest, administrators
from vernost.office.forms.roles import RoleForm
from vernost.office.journal import journal
from vernost.office.role_words import reaches, right_title


@administrators
def role_list(request: OfficeRequest) -> HttpResponse:
    rows = operations.roles()
    groups = [
        (
            thing,
            [
                (action, [REACH_TITLES[role.rights.reach(right) or ""] for role in rows])
                for right, action in thing.by_right.items()
            ],
        )
        for thing in sorted(things, key=lambda each: (each.order, each.code))
    ]
    values = {
        "rows": rows,
        "groups": groups,
        "no": REACH_TITLES[""],
        "fields": [(title, [field in role.rights.fields for role in rows]) for field, title in FIELD_TITLES.items()],
        "second_step": operations.second_step_required(),
        "may_change": request.actor.branch_ids is None and request.actor.may("users.change"),
    }
    return render(request, "office/roles/list.html", values)


@administrators
def role_edit(request: OfficeRequest, code: str) -> HttpResponse:
    row = operations.role(code)
    form = RoleForm(request.POST or None, role=row)
    if request.method == "POST" and form.is_valid():
        title = form.cleaned_data.get("title", "")
        try:
            operations.save_role(code=code, grants=form.grants(), title=title, actor=request.actor, now=timezone.now())
        except DomainError as error:
            form.add_error(None, words_of(error))
        else:
            messages.success(request, gettext("Saved: it holds from the next page that each of them opens"))
            return redirect("office:roles")
    changes = queries.changes(subject="role", subject_id=code)
    titles = {name: right_title(name) for change in changes for name in change.fields}
    values = {
        "row": row,
        "form": form,
        "matrix": list(form.rows()),
        "changes": journal(changes, titles=titles, values=reaches()),
        "may_change": request.actor.branch_ids is None and request.actor.may("users.change"),
    }
    return render(request, "office/roles/form.html", values, status=422 if form.errors else 200)


@administrators
@require_POST
def role_copy(request: OfficeRequest, code: str) -> HttpResponse:
    model = operations.role(code)
    usual = gettext("%(role)s, copy") % {"role": gettext(model.title)}
    title = request.POST.get("title", "").strip()[:120] or usual
    fresh = operations.copy_role(code=code, title=title, actor=request.actor, now=timezone.now())
    messages.success(request, gettext("The copy is made: change what it may do"))
    return redirect("office:role", fresh)


@administrators
@require_POST
def role_reset(request: OfficeRequest, code: str) -> HttpResponse:
    operations.save_role(code=code, grants=Grants(), actor=request.actor, now=timezone.now())
    messages.success(request, gettext("The role may again what it could at first"))
    return redirect("office:role", code)


@administrators
@require_POST
def role_drop(request: OfficeRequest, code: str) -> HttpResponse:
    operations.drop_role(code=code, actor=request.actor, now=timezone.now())
    messages.success(request, gettext("The role is removed"))
    return redirect("office:roles")


@administrators
@require_POST
def second_step(request: OfficeRequest) -> HttpResponse:
    required = request.POST.get("required") == "on"
    operations.require_second_step(required=required, actor=request.actor, now=timezone.now())
    messages.success(request, gettext("Saved"))
    return redirect("office:roles")
