"""The list of people that a page has opened, saved as a frozen segment: a form sent to the page's own address."""

from collections.abc import Collection
from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.endpoints import may_open
from vernost.office.access import OfficeRequest
from vernost.segments import operations
from vernost.segments.models import Segment

_TITLE = Segment._meta.get_field("title").max_length or 0  # noqa: SLF001 - Django's public name for it


def title_of(name: str, on: date) -> str:
    """Return what a list as it was on the day is called, cut to what fits."""
    day = f" · {formats.day(on)}"
    return f"{name[: _TITLE - len(day)]}{day}"


def may_save(request: OfficeRequest) -> bool:
    return may_open(request.actor, _page(request), "POST")


def save(request: OfficeRequest, *, name: str, about: str, on: date, customer_ids: Collection[int]) -> HttpResponse:
    """Save the people and go to their segment; who may not see the list may not save it either."""
    if not may_open(request.actor, _page(request)):
        raise PermissionDenied
    segment = operations.save_people(
        title=title_of(name, on),
        about=about,
        customer_ids=customer_ids,
        on=on,
        actor=request.actor,
        now=timezone.now(),
    )
    messages.success(request, gettext("The segment is saved: it keeps exactly these people"))
    return redirect("office:segment", segment.pk)


def _page(request: OfficeRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""
