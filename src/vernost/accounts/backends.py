"""Who has signed in, read with his branches in one statement: every request begins with it."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, OuterRef, QuerySet

from vernost.accounts.models import User
from vernost.core.prepared import Given, Prepared


def _with_branches() -> QuerySet[User]:
    own = User.branches.through.objects.filter(user_id=OuterRef("pk")).values("branch_id")
    return User.objects.filter(pk=Given("user", BigIntegerField())).annotate(own_branch_ids=ArraySubquery(own))


_USER = Prepared(_with_branches)


class StaffBackend(AuthenticationBackend):  # type: ignore[misc]
    def get_user(self, user_id: int) -> User | None:
        user = _USER.first(user=user_id)
        if user is None or not self.user_can_authenticate(user):
            return None
        user.seen_branch_ids = user.own_branch_ids
        signed_in: User = user
        return signed_in
