"""Changes that can be taken back safely: a subject says how a line of its journal is undone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vernost.core.actor import Actor
from vernost.core.registry import Registry

Back = Callable[[str, Mapping[str, Any], Actor, datetime], None]
"""Given the id of the thing and the values as they were before, the actor and the moment."""


@dataclass(frozen=True, slots=True)
class Undo:
    """`code` is the subject of the journal's lines; only a line `changed` is taken back."""

    code: str
    back: Back


undos: Registry[Undo] = Registry("undos")
