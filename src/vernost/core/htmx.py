"""Answers to htmx beyond the fragment itself."""

import json

from django.http import HttpResponse


def with_toast(response: HttpResponse, words: str, *, level: str = "ok") -> HttpResponse:
    """Show a sentence over the page; level is ok, info, warn or bad."""
    return _trigger(response, "toast", {"text": words, "level": level})


def closing_dialog(response: HttpResponse) -> HttpResponse:
    """Close the page's common dialog, where the fragment's form was."""
    return _trigger(response, "dialog:close", {})


def _trigger(response: HttpResponse, event: str, detail: dict[str, str]) -> HttpResponse:
    events = json.loads(response.get("HX-Trigger", "{}"))
    response["HX-Trigger"] = json.dumps({**events, event: detail})
    return response
