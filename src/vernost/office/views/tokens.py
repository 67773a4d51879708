"""Keys of the API: only administrators come here."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vernost.accounts import tokens
from vernost.core.errors import DomainError
from vernost.core.views import words_of
from vernost.office.access import OfficeRequest, administrators
from vernost.office.forms.tokens import TokenForm
from vernost.office.secrets_shown import shown_once


@administrators
def token_list(request: OfficeRequest) -> HttpResponse:
    rows = [(row, tokens.scope_titles(row.scopes)) for row in tokens.tokens(request.actor)]
    return render(request, "office/tokens/list.html", {"rows": rows})


@administrators
def token_add(request: OfficeRequest) -> HttpResponse:
    form = TokenForm(request.POST or None, actor=request.actor, initial={"scope": "group"})
    if request.method == "POST" and form.is_valid():
        try:
            made = tokens.make_token(entry=form.entry(), actor=request.actor, now=timezone.now())
        except DomainError as error:
            form.add_error(None, words_of(error))
        else:
            return shown_once(
                request,
                title=_("New key of the API"),
                name=form.cleaned_data["name"],
                label=_("Key"),
                secret=made.secret,
                done=reverse("office:tokens"),
            )
    return render(request, "office/tokens/form.html", {"form": form}, status=422 if form.errors else 200)


@administrators
@require_POST
def token_revoke(request: OfficeRequest, token_id: int) -> HttpResponse:
    tokens.revoke_token(token_id=token_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The key is revoked: it opens nothing any more"))
    return redirect("office:tokens")
