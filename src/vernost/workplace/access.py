"""Who may open a workplace page, and how a refusal of an operation reaches the reader."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django_htmx.middleware import HtmxDetails

from vernost.accounts.models import User
from vernost.core.actor import Actor, Role
from vernost.core.errors import DomainError
from vernost.core.views import refused


class WorkplaceRequest(HttpRequest):
    """A request of a signed-in person."""

    user: User
    actor: Actor
    htmx: HtmxDetails


P = ParamSpec("P")
View = Callable[Concatenate[WorkplaceRequest, P], HttpResponseBase]


def page_for(*roles: Role) -> Callable[[View[P]], View[P]]:
    """Open a view to these roles; what the actor cannot see is not found, a refusal goes back with its words."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        @login_required
        def guarded(request: WorkplaceRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.actor.role not in roles:
                raise PermissionDenied
            try:
                return view(request, *args, **kwargs)
            except ObjectDoesNotExist as error:
                raise Http404(str(error)) from error
            except DomainError as error:
                if request.htmx:
                    return refused(request, error)
                messages.error(request, words_of(error))
                return back(request)

        return guarded

    return decorate


# Who calls, who receives, and who does either.
CALLERS = (Role.OPERATOR, Role.MANAGER, Role.ADMINISTRATOR)
RECEIVERS = (Role.ADVISOR, Role.MANAGER, Role.ADMINISTRATOR)
callers = page_for(*CALLERS)
receivers = page_for(*RECEIVERS)
everybody = page_for(*Role)


def words_of(error: DomainError) -> str:
    words = gettext(error.text)
    return words % error.values if error.values else words


def back(request: HttpRequest) -> HttpResponseRedirect:
    """Return to the page that the form was on."""
    page = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return redirect(page)
    return redirect("workplace:home")
