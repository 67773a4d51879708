"""Who may open a workplace page."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_htmx.middleware import HtmxDetails

from vernost.accounts.models import User
from vernost.core.actor import Actor
from vernost.core.guard import guarded


class WorkplaceRequest(HttpRequest):
    """A request of a signed-in person."""

    user: User
    actor: Actor
    htmx: HtmxDetails


P = ParamSpec("P")
View = Callable[Concatenate[WorkplaceRequest, P], HttpResponseBase]


def page(view: View[P]) -> View[P]:
    """Guard a view of this surface; who may open it at all is its row in `access_rows`."""
    return guarded(view, home="workplace:home")


# The names say for whom a page is meant at first; an administrator changes that in the matrix of roles.
callers = receivers = everybody = page
