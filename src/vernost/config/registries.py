"""Which modules fill the registries of `core`: the one list that knows all subjects."""

from collections.abc import Callable

from procrastinate import App


def register_jobs(app: App) -> None:  # noqa: ARG001 - the jobs modules import the app themselves
    """Called by Procrastinate when Django is ready."""


def initialisers() -> list[Callable[[], None]]:
    """Return what `vernost init` runs after the migrations; each is safe to run again."""
    from vernost.accounts import operations as accounts  # noqa: PLC0415 - needs Django's apps to be ready
    from vernost.invitations import operations as invitations  # noqa: PLC0415 - as above

    return [accounts.ensure_calendar, invitations.ensure_standing_programmes]
