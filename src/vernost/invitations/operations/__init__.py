"""Writes to invitations: one function per thing that a person does; the night's own are in `night`."""

from vernost.invitations.operations.anchors import name_source_of_orders
from vernost.invitations.operations.attribution import attribute_orders
from vernost.invitations.operations.campaigns import NoMembers, create_campaign, withdraw_queue
from vernost.invitations.operations.programmes import (
    AttemptsDoNotFit,
    DaysDoNotFit,
    HoursDoNotFit,
    NoChannel,
    NoTitle,
    ProgrammeEntry,
    ShareDoesNotFit,
    activate_programme,
    deactivate_programme,
    drafted,
    ensure_standing_programmes,
    save_programme,
)
from vernost.invitations.operations.states import StateMayNotFollow, transition

__all__ = [
    "AttemptsDoNotFit",
    "DaysDoNotFit",
    "HoursDoNotFit",
    "NoChannel",
    "NoMembers",
    "NoTitle",
    "ProgrammeEntry",
    "ShareDoesNotFit",
    "StateMayNotFollow",
    "activate_programme",
    "attribute_orders",
    "create_campaign",
    "deactivate_programme",
    "drafted",
    "ensure_standing_programmes",
    "name_source_of_orders",
    "save_programme",
    "transition",
    "withdraw_queue",
]
