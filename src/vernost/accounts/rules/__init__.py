"""Decisions of the dealer group's own data: the numbers of the rules, and who may do what."""

from vernost.accounts.rules.roles import (
    Grants,
    RoleRefused,
    checked,
    exporting,
    rights_of,
    standard_rights,
)
from vernost.accounts.rules.settings import RuleSettings, SettingRefused, check_setting, settings_of

__all__ = [
    "Grants",
    "RoleRefused",
    "RuleSettings",
    "SettingRefused",
    "check_setting",
    "checked",
    "exporting",
    "rights_of",
    "settings_of",
    "standard_rights",
]
