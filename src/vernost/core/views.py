"""Pages of the frame itself: what is shown when something went wrong, and the living page /ui/."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext

from vernost.core import gallery as samples
from vernost.core.context import theme_of
from vernost.core.errors import DomainError, TooMuch
from vernost.core.formats import day, moment
from vernost.core.htmx import with_toast
from vernost.core.unkeepable import UnkeepableText


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's signature
    return _failure(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - as above
    return _failure(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - as above
    return _failure(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - as above
    return _failure(request, 403, "403_csrf.html")


def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Tell a person why an operation was refused: a toast over the page he is on, or a page of its own.

    The answer is 409 (429 where he asked for too much, 400 for a text that nothing can keep) either way; a form that
    can show the reason beside its fields does so itself.
    """
    sentence = words_of(error)
    status = 429 if isinstance(error, TooMuch) else 400 if isinstance(error, UnkeepableText) else 409
    if request.headers.get("HX-Request"):
        return with_toast(HttpResponse(status=status), sentence, level="bad")
    return _failure(request, status, sentence=sentence)


def words_of(error: DomainError) -> str:
    """Say in the reader's language why an operation was refused."""
    return error.told(gettext, day)


def too_many(request: HttpRequest, *, seconds: int) -> HttpResponse:
    """Say that attempts are paused, and until when."""
    until = moment(timezone.localtime(timezone.now() + timedelta(seconds=seconds)))
    sentence = gettext("To keep accounts safe we have paused attempts from here until %(moment)s.") % {"moment": until}
    response = _failure(request, 429, sentence=sentence)
    response["Retry-After"] = str(seconds)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer without the database and without context processors: either may be what broke."""
    content = render_to_string("500.html", {"display": {"theme": theme_of(request)}})
    return HttpResponse(content, status=500)


def _failure(request: HttpRequest, status: int, template: str = "", **more: str) -> HttpResponse:
    inside = hasattr(request, "user") and request.user.is_authenticated
    context = {"frame": "base.html" if inside else "frame.html", **more}
    return render(request, template or f"{status}.html", context, status=status)


@login_required
def gallery(request: HttpRequest) -> HttpResponse:
    form = samples.SampleForm(samples.WRONG_INPUT)
    return render(request, "ui/gallery.html", {"form": form, **samples.context()})
