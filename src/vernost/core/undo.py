"""Changes that can be taken back safely: a subject says how a line of its journal is undone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vernost.core.actor import Actor
from vernost.core.registry import Registry

Fields = Mapping[str, Sequence[Any]]
"""What a line of the journal says: `[before, after]` by the names of fields."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the journal that somebody may want to take back."""

    id: int
    subject_id: str
    fields: Fields


Back = Callable[[str, Fields, Actor, datetime], None]
"""Given the id of the thing and the line's fields, the actor and the moment: write what stood there before."""
Standing = Callable[[Sequence[Line]], Mapping[int, Mapping[str, Any]]]
"""Given lines: what stands now in each of their fields, as the journal would say it, by the id of the line.

A line that is not taken back by itself (its thing is gone, a merge made it) is left out.
"""


def of_itself(name: str, both: Sequence[Any]) -> str:  # noqa: ARG001 - a field has one value
    return name


@dataclass(frozen=True, slots=True)
class Undo:
    """`code` is the subject of the journal's lines; only lines of `action` are taken back, by who has the `right`.

    `lock` raises where the actor does not see the thing, and lets nobody else change it meanwhile. Without `standing`
    a field has what its latest line says. `key` tells apart values of which a field may have many.
    """

    code: str
    back: Back
    right: str
    action: str = "changed"
    lock: Callable[[str, Actor], object] | None = None
    standing: Standing | None = None
    key: Callable[[str, Sequence[Any]], str] = of_itself


undos: Registry[Undo] = Registry("undos")
