"""A secret that is shown once and then never again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def shown_once(request: HttpRequest, *, title: str, name: str, label: str, secret: str, done: str) -> HttpResponse:
    """Answer with the page itself, so that the secret is stored nowhere: no redirect, no cache."""
    values = {"title": title, "name": name, "label": label, "secret": secret, "done": done}
    response = render(request, "office/settings/secret.html", values)
    response["Cache-Control"] = "no-store"
    return response
