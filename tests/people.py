"""Invented staff of an invented dealer group."""

from vernost.accounts.models import Branch, Setting, User
from vernost.accounts.roles import SECOND_STEP
from vernost.core.actor import Role


def branch(name="Kazan", **more):
    return Branch.objects.create(name=name, **more)


def user(role=Role.MANAGER, *branches, username=None, second_step=False, **more):
    """Make a user of these branches; without any, of the whole group.

    `second_step`: the product asks whoever exports for it, as it does unless an administrator says no.
    """
    if second_step:
        Setting.objects.filter(code=SECOND_STEP).delete()
    else:
        Setting.objects.get_or_create(code=SECOND_STEP, defaults={"value": False})
    made = User.objects.create_user(
        username or f"{role}-{User.objects.count()}", "", "secret-word", role=role, all_branches=not branches, **more
    )
    made.branches.set(branches)
    return made


def signed_in(client, role=Role.MANAGER, *branches, **more):
    """Let a new user of this role use the client; return him."""
    made = user(role, *branches, **more)
    client.force_login(made)
    return made
