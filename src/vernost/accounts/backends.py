"""Who has signed in, read with his branches and his role in one statement: every request begins with it."""

from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.models import Authenticator
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from vernost.accounts.models import AccessRole, Setting, User
from vernost.accounts.roles import SECOND_STEP
from vernost.core.prepared import Given, Prepared


def _with_rights() -> QuerySet[User]:
    own = User.branches.through.objects.filter(user_id=OuterRef("pk")).values("branch_id")
    role = AccessRole.objects.filter(pk=Coalesce(OuterRef("access_role_id"), OuterRef("role"))).values("grants")
    found = User.objects.filter(pk=Given("user", BigIntegerField()))
    return found.annotate(own_branch_ids=ArraySubquery(own), own_grants=Subquery(role), **_of_second_step())


def _of_second_step() -> dict[str, Exists]:
    own = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    return {
        "has_second_step": Exists(own),
        "second_step_is_optional": Exists(Setting.objects.filter(code=SECOND_STEP, value=False)),
    }


_USER = Prepared(_with_rights)


class StaffBackend(AuthenticationBackend):  # type: ignore[misc]
    def get_user(self, user_id: int) -> User | None:
        user = _USER.first(user=user_id)
        if user is None or not self.user_can_authenticate(user):
            return None
        user.seen_branch_ids = user.own_branch_ids
        user.seen_grants = user.own_grants or {}
        user.needs_second_step = not (user.has_second_step or user.second_step_is_optional)
        signed_in: User = user
        return signed_in
