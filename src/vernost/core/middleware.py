"""Turns a refusal that no view has handled into an answer for people, once for all pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from vernost.core import views
from vernost.core.errors import DomainError


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return views.refused(request, exception) if isinstance(exception, DomainError) else None
