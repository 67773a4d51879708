"""Staff sign in; nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from vernost.accounts.models import User


class StaffAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        return False

    def set_password(self, user: User, password: str) -> None:
        """Called when a person chooses a password himself."""
        user.password_temporary = False
        super().set_password(user, password)
