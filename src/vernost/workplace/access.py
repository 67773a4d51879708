"""Who may open a workplace page, and how a refusal of an operation reaches the reader."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django_htmx.middleware import HtmxDetails

from vernost.accounts.models import User
from vernost.core.actor import Actor
from vernost.core.errors import DomainError, TooMuch
from vernost.core.views import refused


class WorkplaceRequest(HttpRequest):
    """A request of a signed-in person."""

    user: User
    actor: Actor
    htmx: HtmxDetails


P = ParamSpec("P")
View = Callable[Concatenate[WorkplaceRequest, P], HttpResponseBase]


def page(view: View[P]) -> View[P]:
    """Guard a view: what the actor cannot see is not found, a refusal of an operation goes back with its words.

    Who may open it at all is its row in `access_rows`.
    """

    @wraps(view)
    @login_required
    def guarded(request: WorkplaceRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except ObjectDoesNotExist as error:
            raise Http404(str(error)) from error
        except DomainError as error:
            if request.htmx or isinstance(error, TooMuch):
                return refused(request, error)
            messages.error(request, words_of(error))
            return back(request)

    return guarded


# The names say for whom a page is meant at first; an administrator changes that in the matrix of roles.
callers = receivers = everybody = page


def words_of(error: DomainError) -> str:
    words = gettext(error.text)
    return words % error.values if error.values else words


def back(request: HttpRequest) -> HttpResponseRedirect:
    """Return to the page that the form was on."""
    page = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return redirect(page)
    return redirect("workplace:home")
