"""Invented staff of an invented dealer group."""

from vernost.accounts.models import Branch, User
from vernost.core.actor import Role


def branch(name="Kazan", **more):
    return Branch.objects.create(name=name, **more)


def user(role=Role.MANAGER, *branches, username=None, **more):
    """Make a user of these branches; without any, of the whole group."""
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
