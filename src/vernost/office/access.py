"""Who may open an office page."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_htmx.middleware import HtmxDetails

from vernost.accounts.models import User
from vernost.core.actor import Actor
from vernost.core.guard import guarded


class OfficeRequest(HttpRequest):
    """A request of a signed-in manager or administrator."""

    user: User
    actor: Actor
    htmx: HtmxDetails


P = ParamSpec("P")
View = Callable[Concatenate[OfficeRequest, P], HttpResponseBase]


def office_page(view: View[P]) -> View[P]:
    """Guard a view of this surface; who may open it at all is its row in `access_rows`."""
    return guarded(view, home="office:home")


def whole_group(view: View[P]) -> View[P]:
    """Open a view, under `managers`, only to who sees the whole group: what it shows has no branch."""

    @wraps(view)
    def guarded(request: OfficeRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.actor.branch_ids is not None:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


# The names say for whom a page is meant at first; an administrator changes that in the matrix of roles.
managers = administrators = everybody = office_page
