"""The second step of the sign-in: the code of the telephone."""

from allauth.mfa.stages import AuthenticateStage


class SecondStep(AuthenticateStage):  # type: ignore[misc]
    """Ends with a fresh sign-in where the step was reset while somebody stood before it.

    allauth itself sends him from the code to the sign-in and from the sign-in to the code, for ever.
    """

    @property
    def urlname(self) -> str | None:
        return super().urlname if self._should_handle(self.request) else None
