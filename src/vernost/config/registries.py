"""Which modules fill the registries of `core`: the one list that knows all subjects."""

import importlib
from collections.abc import Callable

from procrastinate import App

# Who contributes tables to the columnar mirror; the order is that of building it.
FACT_MODULES = (
    "vernost.accounts.facts",
    "vernost.customers.facts",
    "vernost.vehicles.facts",
    "vernost.workshop.facts",
    "vernost.facts.facts",
    "vernost.sales.facts",
    "vernost.contacts.facts",
    "vernost.care.facts",
    "vernost.invitations.facts",
)

# Who has tables that belong to a customer or a vehicle.
REFERENCE_MODULES = (
    "vernost.customers.references",
    "vernost.vehicles.references",
    "vernost.workshop.references",
    "vernost.facts.references",
    "vernost.sales.references",
    "vernost.segments.references",
    "vernost.contacts.references",
    "vernost.care.references",
    "vernost.invitations.references",
    "vernost.calls.references",
    "vernost.automation.references",
    "vernost.intake.references",
)

# Whose records may have fields of an administrator's own, in the order in which he meets them.
FIELD_TARGET_MODULES = (
    "vernost.customers.field_target",
    "vernost.vehicles.field_target",
    "vernost.workshop.field_target",
    "vernost.sales.field_target",
)


def load_field_targets() -> None:
    """Let every subject declare its records that may have fields; safe to call again."""
    for module in FIELD_TARGET_MODULES:
        importlib.import_module(module)


# Who has objects that rights are about.
RIGHTS_MODULES = (
    "vernost.accounts.rights",
    "vernost.customers.rights",
    "vernost.workshop.rights",
    "vernost.calls.rights",
    "vernost.invitations.rights",
    "vernost.segments.rights",
    "vernost.reports.rights",
    "vernost.intake.rights",
)


def load_rights() -> None:
    """Let every subject declare what may be done to its objects; safe to call again."""
    for module in RIGHTS_MODULES:
        importlib.import_module(module)


# Who knows how to take back what its journal says; they need Django's apps to be ready.
UNDO_MODULES = ("vernost.accounts.undoing", "vernost.customers.undoing", "vernost.vehicles.undoing")


def load_undos() -> None:
    """Let every subject declare which of its changes can be taken back; safe to call again."""
    for module in UNDO_MODULES:
        importlib.import_module(module)


# Who puts items on the timeline of a customer or a car.
TIMELINE_MODULES = (
    "vernost.customers.timeline",
    "vernost.vehicles.timeline",
    "vernost.workshop.timeline",
    "vernost.sales.timeline",
    "vernost.contacts.timeline",
    "vernost.care.timeline",
    "vernost.invitations.timeline",
)


def load_timeline_kinds() -> None:
    """Let every subject declare what it puts on the timeline; safe to call again."""
    for module in TIMELINE_MODULES:
        importlib.import_module(module)


def load_references() -> None:
    """Let every subject declare what of it belongs to a customer or a vehicle; safe to call again."""
    for module in REFERENCE_MODULES:
        importlib.import_module(module)


def load_fact_tables() -> None:
    """Let every subject declare its tables of the mirror; safe to call again."""
    for module in FACT_MODULES:
        importlib.import_module(module)


def register_jobs(app: App) -> None:
    """Called by Procrastinate when Django is ready."""


def initialisers() -> list[Callable[[], None]]:
    """Return what `vernost init` runs after the migrations; each is safe to run again."""
    from vernost.accounts import operations as accounts  # noqa: PLC0415 - needs Django's apps to be ready
    from vernost.calls import operations as calls  # noqa: PLC0415 - as above
    from vernost.invitations import operations as invitations  # noqa: PLC0415 - as above

    return [accounts.ensure_calendar, invitations.ensure_standing_programmes, calls.ensure_decline_reasons]
