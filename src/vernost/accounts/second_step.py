"""The second step of the sign-in: the code of the telephone."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.http import HttpResponse
from django.utils import timezone

from vernost.accounts import sign_in

_PROVED = "proved"


class SecondStep(AuthenticateStage):  # type: ignore[misc]
    """Ends with a fresh sign-in where the step or the password was reset while somebody stood before it.

    allauth itself sends him from the code to the sign-in and from the sign-in to the code, for ever, and lets in by the
    old password.
    """

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if self.login.user is not None:
            self.state[_PROVED] = self.login.user.get_session_auth_hash()
        response, goes_on = super().handle()
        return response, goes_on

    @property
    def urlname(self) -> str | None:
        return super().urlname if self._still_stands() else None

    def exit(self) -> HttpResponse:
        ended: HttpResponse = super().exit() if self._still_stands() else self.abort()
        return ended

    def _still_stands(self) -> bool:
        proved = self._should_handle(self.request) and self.login.user.get_session_auth_hash()
        return bool(proved) and self.state.get(_PROVED) == proved


class _Counted:
    """Wrong codes of one person close the door as his wrong passwords do, from however many addresses they come.

    allauth counts them by the address alone, or by a key that strangers without the password could fill.
    """

    user: Any

    def clean_code(self) -> str:
        get_adapter().let_try(context.request, login=self.user.username)
        code: str = super().clean_code()  # type: ignore[misc]
        return code

    def _emit_authentication_failed(self, authenticator: Authenticator) -> None:
        """Called by allauth for a code that is wrong."""
        super()._emit_authentication_failed(authenticator)  # type: ignore[misc]
        address = get_adapter().get_client_ip(context.request)
        sign_in.note_wrong_code(user=self.user, address=address, now=timezone.now())


class CodeForm(_Counted, AuthenticateForm):  # type: ignore[misc]
    """The code at the sign-in."""


class CodeAgainForm(_Counted, ReauthenticateForm):  # type: ignore[misc]
    """The code before something that asks for it once more."""
