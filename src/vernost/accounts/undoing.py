"""How changes of settings and roles are taken back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vernost.accounts import operations
from vernost.accounts.models import AccessRole
from vernost.accounts.roles import save_role
from vernost.accounts.rules import Grants, rights_of
from vernost.core.actor import Actor, Role
from vernost.core.rights import Sensitive
from vernost.core.undo import Undo, undos

_FIELD = "field "


def _setting(_name: str, before: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    operations.save_settings(values=before, actor=actor, now=now)


def _role(code: str, before: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    role = AccessRole.objects.get(pk=code)
    grants = Grants.read(role.grants)
    reaches = {name: reach or "" for name, reach in before.items() if "." in name}
    shown = {name.removeprefix(_FIELD): value for name, value in before.items() if name.startswith(_FIELD)}
    fields = set(rights_of(Role(role.kind), grants).fields)
    for name, value in shown.items():
        (fields.add if value else fields.discard)(Sensitive(name))
    changed = Grants({**grants.reaches, **reaches}, frozenset(fields) if shown else grants.fields)
    save_role(code=code, grants=changed, title=str(before.get("title", "")), actor=actor, now=now)


undos.add(Undo("setting", _setting))
undos.add(Undo("role", _role))
