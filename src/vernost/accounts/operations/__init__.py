"""Writes to the dealer group's own data: people who sign in, branches, the production calendar."""

from vernost.accounts.audit import record_change
from vernost.accounts.operations.branches import (
    BranchEntry,
    drop_branch_day,
    save_branch,
    set_branch_day,
)
from vernost.accounts.operations.calendar import (
    ensure_calendar,
    import_year,
    set_day,
    verify_year,
)
from vernost.accounts.operations.settings import (
    lock_settings,
    save_settings,
)
from vernost.accounts.operations.users import (
    AddedUser,
    BeyondScope,
    EmailTaken,
    LastAdministrator,
    OwnAccount,
    Preferences,
    UserEntry,
    UsernameTaken,
    activate_user,
    add_user,
    change_user,
    deactivate_user,
    ensure_administrator,
    reset_password,
    reset_totp,
    save_preferences,
    temporary_password,
)

__all__ = [
    "AddedUser",
    "BeyondScope",
    "BranchEntry",
    "EmailTaken",
    "LastAdministrator",
    "OwnAccount",
    "Preferences",
    "UserEntry",
    "UsernameTaken",
    "activate_user",
    "add_user",
    "change_user",
    "deactivate_user",
    "drop_branch_day",
    "ensure_administrator",
    "ensure_calendar",
    "import_year",
    "lock_settings",
    "record_change",
    "reset_password",
    "reset_totp",
    "save_branch",
    "save_preferences",
    "save_settings",
    "set_branch_day",
    "set_day",
    "temporary_password",
    "verify_year",
]
