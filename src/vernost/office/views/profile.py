"""What everybody decides for himself; open to every role."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from vernost.accounts import operations, queries
from vernost.core.context import display_of
from vernost.office.access import OfficeRequest, office_page
from vernost.office.forms.users import ProfileForm

YEAR = 365 * 24 * 3600


@office_page
def profile(request: OfficeRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        operations.save_preferences(
            user_id=request.user.pk,
            preferences=form.preferences(),
            actor=request.actor,
            now=timezone.now(),
        )
        with translation.override(form.cleaned_data["language"]):
            messages.success(request, _("Saved"))
        return _with_display(redirect("office:profile"), form, secure=request.is_secure())
    values = {"form": form, "row": queries.profile(request.user.pk)}
    return render(request, "office/profile.html", values, status=422 if form.errors else 200)


def _initial(request: OfficeRequest) -> dict[str, object]:
    display = display_of(request)
    return {
        "first_name": request.user.first_name,
        "last_name": request.user.last_name,
        "language": request.user.language or translation.get_language(),
        "theme": display.theme,
        "density": display.density,
        "single_key_shortcuts": display.single_keys,
    }


def _with_display(response: HttpResponse, form: ProfileForm, *, secure: bool) -> HttpResponse:
    """Let this browser show it so from the next page on: its cookies go before the profile."""
    data = form.cleaned_data
    chosen = {
        "theme": data["theme"],
        "density": data["density"],
        "keys": "on" if data["single_key_shortcuts"] else "off",
    }
    for name, value in chosen.items():
        response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=secure)
    return response
