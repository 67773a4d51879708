"""The second step of the sign-in: the code of the telephone."""

from allauth.mfa.stages import AuthenticateStage
from django.http import HttpResponse

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
