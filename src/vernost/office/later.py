"""Views that are imported when somebody first asks for them: their engines would hold up each start of the pages."""

import importlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def later(name: str) -> Callable[..., HttpResponse]:
    """Return the view `module.function` of the office's views."""
    module, _dot, function = name.partition(".")

    def view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        found = getattr(importlib.import_module(f"vernost.office.views.{module}"), function)
        answer: HttpResponse = found(request, *args, **kwargs)
        return answer

    view.__name__ = function
    return view
