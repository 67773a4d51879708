"""The rules' numbers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from vernost.accounts import queries
from vernost.accounts.audit import record_change
from vernost.accounts.models import Setting
from vernost.accounts.operations.applying import plain
from vernost.accounts.rules import RuleSettings, check_setting
from vernost.accounts.rules.settings import rights_to_change
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _


class SettingNotYours(DomainError):
    code = "setting_not_yours"
    text = _("Your role does not let you change this rule: ask the administrator")


# Any number that no other advisory lock of the product uses.
_LOCK: Final = 7_240_133


def lock_settings() -> None:
    """Let nobody else change a rule until this transaction ends: one at its default has no row to be locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@transaction.atomic
def save_settings(*, values: Mapping[str, Any], actor: Actor, now: datetime) -> int:
    """Keep the rules' numbers that a manager has changed; return how many were. A default is not stored."""
    checked = {name: check_setting(name, value) for name, value in values.items()}
    lock_settings()
    before, defaults = queries.rule_settings(), RuleSettings()
    changed = {name: value for name, value in checked.items() if value != getattr(before, name)}
    for name, right in rights_to_change().items():
        if name in changed and not actor.may(right):
            raise SettingNotYours
    for name, value in changed.items():
        Setting.objects.filter(code=name).delete()
        if value != getattr(defaults, name):
            Setting.objects.create(code=name, value=value)
        fields = {name: [plain(getattr(before, name)), plain(value)]}
        record_change(subject="setting", subject_id=name, action="changed", fields=fields, actor=actor, now=now)
    return len(changed)
