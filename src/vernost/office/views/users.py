"""People who sign in: only administrators come here."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vernost.accounts import operations, queries
from vernost.core.actor import ROLE_TITLES
from vernost.core.errors import DomainError
from vernost.core.views import words_of
from vernost.office.access import OfficeRequest, administrators
from vernost.office.forms.users import UserForm
from vernost.office.journal import journal
from vernost.office.pages import page_of


@administrators
def user_list(request: OfficeRequest) -> HttpResponse:
    chosen = request.GET
    state = {"": True, "off": False}.get(chosen.get("state", ""))
    rows = queries.users(
        request.actor,
        text=chosen.get("q", ""),
        role=chosen.get("role", ""),
        active=state,
        totp={"on": True, "off": False}.get(chosen.get("totp", "")),
        after=chosen.get("after", ""),
        limit=51,
    )
    values = {"page": page_of(rows, key=queries.user_key), "roles": ROLE_TITLES.items(), "chosen": chosen}
    return render(request, "office/users/list.html", values)


@administrators
def user_add(request: OfficeRequest) -> HttpResponse:
    form = UserForm(request.POST or None, actor=request.actor, initial={"role": "operator", "scope": "some"})
    if request.method == "POST" and form.is_valid():
        try:
            added = operations.add_user(entry=form.entry(), actor=request.actor, now=timezone.now())
        except DomainError as error:
            form.add_error(None, words_of(error))
        else:
            return _password_page(request, added.user_id, added.password)
    status = 422 if form.errors else 200
    return render(request, "office/users/form.html", {"form": form}, status=status)


@administrators
def user_edit(request: OfficeRequest, user_id: int) -> HttpResponse:
    row = queries.user(request.actor, user_id)
    initial = UserForm.initial_of(queries.user_entry(request.actor, user_id))
    form = UserForm(request.POST or None, actor=request.actor, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_user(user_id=user_id, entry=form.entry(), actor=request.actor, now=timezone.now())
        except DomainError as error:
            form.add_error(None, words_of(error))
        else:
            messages.success(request, _("Saved"))
            return redirect("office:user-edit", user_id)
    changes = journal(queries.changes(subject="user", subject_id=user_id))
    values = {"form": form, "row": row, "changes": changes}
    return render(request, "office/users/form.html", values, status=422 if form.errors else 200)


@administrators
@require_POST
def user_deactivate(request: OfficeRequest, user_id: int) -> HttpResponse:
    operations.deactivate_user(user_id=user_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The user is switched off; all of his sessions have ended"))
    return redirect("office:user-edit", user_id)


@administrators
@require_POST
def user_activate(request: OfficeRequest, user_id: int) -> HttpResponse:
    operations.activate_user(user_id=user_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The user can sign in again"))
    return redirect("office:user-edit", user_id)


@administrators
@require_POST
def user_reset_password(request: OfficeRequest, user_id: int) -> HttpResponse:
    password = operations.reset_password(user_id=user_id, actor=request.actor, now=timezone.now())
    return _password_page(request, user_id, password)


@administrators
@require_POST
def user_reset_totp(request: OfficeRequest, user_id: int) -> HttpResponse:
    operations.reset_totp(user_id=user_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The second step of the sign-in is off until the user sets it up again"))
    return redirect("office:user-edit", user_id)


def _password_page(request: OfficeRequest, user_id: int, password: str) -> HttpResponse:
    """Show a temporary password in the answer itself, so that it is stored nowhere."""
    values = {"row": queries.user(request.actor, user_id), "password": password}
    response = render(request, "office/users/password.html", values)
    response["Cache-Control"] = "no-store"
    return response
