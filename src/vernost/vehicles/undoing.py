"""How changes of a car's card are taken back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from vernost.core.actor import Actor
from vernost.core.undo import Fields, Line, Undo, undos
from vernost.vehicles import operations
from vernost.vehicles.models import Vehicle
from vernost.vehicles.operations import CarEntry

_COLUMNS: Final = frozenset(CarEntry.__slots__)


def _standing(lines: Sequence[Line]) -> Mapping[int, Mapping[str, Any]]:
    cars = Vehicle.objects.in_bulk({int(line.subject_id) for line in lines})
    return {
        line.id: {name: getattr(cars[int(line.subject_id)], name) for name in line.fields}
        for line in lines
        if int(line.subject_id) in cars and set(line.fields) <= _COLUMNS
    }


def _back(subject_id: str, fields: Fields, actor: Actor, now: datetime) -> None:
    car = operations.locked(int(subject_id), actor)
    operations.write_columns(car, {name: before for name, (before, _after) in fields.items()}, actor, now)


undos.add(
    Undo(
        "vehicle",
        _back,
        right="customers.change",
        action="change",
        lock=lambda subject_id, actor: operations.locked(int(subject_id), actor),
        standing=_standing,
    )
)
