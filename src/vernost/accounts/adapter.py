"""Staff sign in; nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from vernost.accounts.models import User


class StaffAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 - as above
        """Return the home page: a new colleague comes by the change of his password to his work."""
        return reverse("home")

    def set_password(self, user: User, password: str) -> None:
        """Called when a person chooses a password himself."""
        user.password_temporary = False
        super().set_password(user, password)
