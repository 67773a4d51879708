"""Puts the actor on the request: who asks, which branches he may see, in which language he reads."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from vernost.accounts.models import User


class ActorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            request.actor = SimpleLazyObject(request.user.as_actor)  # type: ignore[attr-defined]
            if request.user.language:
                translation.activate(request.user.language)
            if request.user.password_temporary and not request.path.startswith("/account/"):
                return redirect("account_change_password")
        return self.get_response(request)
