"""Staff sign in; nobody signs up."""

import math
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from vernost.accounts import sign_in
from vernost.accounts.models import User
from vernost.core.views import too_many

# An IPv6 address with its zone.
_LONGEST: Final = 60
# Steps of allauth that are ours.
_STAGES: Final = {"allauth.mfa.stages.AuthenticateStage": "vernost.accounts.second_step.SecondStep"}


class StaffAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        return False

    def get_login_stages(self) -> list[str]:
        return [_STAGES.get(stage, stage) for stage in super().get_login_stages()]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 - as above
        """Return the home page: a new colleague comes by the change of his password to his work."""
        return reverse("home")

    def set_password(self, user: User, password: str) -> None:
        """Called when a person chooses a password himself."""
        user.password_temporary = False
        super().set_password(user, password)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that asks; behind our own proxy the last one that the proxy has seen."""
        own = str(request.META.get("REMOTE_ADDR", ""))
        seen = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
        return seen.rpartition(",")[2].strip()[:_LONGEST] or own

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ANN401 - allauth's
        self.let_try(request, login=_login(credentials))
        super().pre_authenticate(request, **credentials)

    def let_try(self, request: HttpRequest, *, login: str) -> None:
        """Answer 429 instead while the door is closed to this login from where it is asked."""
        wait = sign_in.wait(login=login, address=self.get_client_ip(request), now=timezone.now())
        if wait is not None:
            raise ImmediateHttpResponse(too_many(request, seconds=math.ceil(wait.total_seconds())))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ANN401 - as above
        address = self.get_client_ip(request)
        sign_in.note_failure(login=_login(credentials), address=address, now=timezone.now())

    def login(self, request: HttpRequest, user: User) -> None:
        """Called when the last step of the sign-in is done."""
        super().login(request, user)
        address = self.get_client_ip(request)
        sign_in.note_success(user=user, login=user.username, address=address, now=timezone.now())

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        if isinstance(user, User):
            sign_in.note_end(user=user, now=timezone.now())


def _login(credentials: dict[str, Any]) -> str:
    return str(credentials.get("username") or credentials.get("email") or "")
