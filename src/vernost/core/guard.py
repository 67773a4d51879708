"""How the pages of every surface answer what an operation refuses and what a reader does not see."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from vernost.core.errors import DomainError, TooMuch
from vernost.core.views import refused, words_of

Asked = TypeVar("Asked", bound=HttpRequest)
Answered = TypeVar("Answered", bound=HttpResponseBase)
P = ParamSpec("P")


def guarded(
    view: Callable[Concatenate[Asked, P], Answered], *, home: str
) -> Callable[Concatenate[Asked, P], HttpResponseBase]:
    """Guard a view: what the actor cannot see is not found, a refusal of an operation goes back with its words.

    `home` is the address of the surface for whom no page has sent. Who may open it at all is its row in `access_rows`.
    """

    @wraps(view)
    @login_required
    def answer(request: Asked, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except ObjectDoesNotExist as error:
            raise Http404(str(error)) from error
        except DomainError as error:
            if request.headers.get("HX-Request") or isinstance(error, TooMuch):
                return refused(request, error)
            messages.error(request, words_of(error))
            return back(request, home=home)

    return answer


def back(request: HttpRequest, *, home: str) -> HttpResponseRedirect:
    """Return to the page that the form was on."""
    page = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return redirect(page)
    return redirect(home)
