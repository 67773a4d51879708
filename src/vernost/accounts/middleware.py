"""Puts the actor on the request, behind the wall, and opens each page to who has the right that its row names."""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from vernost.accounts import sessions
from vernost.accounts.models import User
from vernost.accounts.rules import exporting
from vernost.core import reader, wall
from vernost.core.endpoints import endpoints, is_keyed, may_open
from vernost.core.origin import coming_from


class ActorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with wall.behind(), reader.reading(), coming_from(get_adapter().get_client_ip(request)):
            if isinstance(request.user, User):
                request.actor = SimpleLazyObject(request.user.as_actor)  # type: ignore[attr-defined]
                if request.user.language:
                    translation.activate(request.user.language)
                if page := self._first_of_all(request, request.user):
                    return page
                wall.see(request.actor.branch_ids)  # type: ignore[attr-defined]
                if request.method in reader.METHODS:
                    reader.reads(request.actor)  # type: ignore[attr-defined]
            return self.get_response(request)

    def _first_of_all(self, request: HttpRequest, user: User) -> HttpResponse | None:
        """Return where the person has to go before anything else."""
        now = timezone.now()
        if not sessions.is_alive(request.session, now):
            logout(request)
            return redirect_to_login(request.get_full_path())
        if request.path.startswith("/account/"):
            return None
        if user.password_temporary:
            return redirect("account_change_password")
        if user.needs_second_step and exporting(request.actor.rights):  # type: ignore[attr-defined]
            return redirect("mfa_activate_totp")
        return None

    def process_view(
        self,
        request: HttpRequest,
        _view: Callable[..., HttpResponse],
        _arguments: tuple[Any, ...],
        _named: dict[str, Any],
    ) -> HttpResponse | None:
        """Let nobody in where `core.endpoints` has no row for him; the actor reaches as far as his right does."""
        match = request.resolver_match
        if match is None or is_keyed(match.namespaces[0] if match.namespaces else ""):
            return None
        name = match.view_name
        if name in endpoints and endpoints[name].public:
            return None
        if not isinstance(request.user, User):
            return redirect_to_login(request.get_full_path())
        if not may_open(request.actor, name, request.method or ""):  # type: ignore[attr-defined]
            raise PermissionDenied
        if right := endpoints[name].opens.right(request.method):
            request.actor = request.actor.within(right)  # type: ignore[attr-defined]
            wall.see(request.actor.branch_ids)  # type: ignore[attr-defined]
        return None
