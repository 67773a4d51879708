"""What is done once for all pages: refusals in words, the language, files of the browser."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]

from vernost.core import views
from vernost.core.unkeepable import refusal_of


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        refusal = refusal_of(request, exception)
        return views.refused(request, refusal) if refusal else None


class LanguageMiddleware:
    """Begins every request in the installation's language: a browser of Windows in English is no choice of a person.

    Who has chosen a language in his profile gets it from `accounts.middleware`, which knows him.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(settings.LANGUAGE_CODE):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        return response


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise answers with a file, of which Django warns under ASGI: ours are small, so they are read here."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:  # noqa: ANN401 - WhiteNoise has no types
        answer = static_file.get_response(request.method, request.META)
        content = b""
        if answer.file is not None:
            with closing(answer.file) as file:
                content = file.read()
        response = HttpResponse(content, status=int(answer.status))
        # Headers of HTML by default; WhiteNoise knows the file's own.
        del response["Content-Type"]
        for name, value in answer.headers:
            response[name] = value
        return response
