"""Which tables belong to a customer or a car: lower code moves their rows without knowing their subjects.

Every foreign key to a customer or a vehicle has an entry here, declared by the subject that owns the table
(`<subject>/references.py`) without a database.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from vernost.core.registry import Registry


@dataclass(frozen=True, slots=True)
class Reference:
    """A column by which the rows of a table belong to a customer or a vehicle.

    `on_merge`: what becomes of the rows of a customer who is merged into another. `moves`: they are the other's
    from then on; `stays`: they are part of the card itself, or made anew from it. Only customers are merged.

    `key` tells a row of the table, without the column. `once` are columns that must differ between rows of one
    customer, among those for which `once_where` (SQL over the alias `{t}`) holds: a row whose twin the other has
    already is not moved.

    `vehicle` is the column of the car, by which a row that was made after the merge goes back with the car when
    the merge is undone; `imported`: the table has `source_id`, and a row of a source goes by the source's key
    instead. `owns`: the row says whose the car is.

    `busy` is SQL that locks the rows of the customers `%(customers)s` that stand in the way of a merge at
    `%(now)s`, and selects one column.
    """

    table: str
    to: Literal["customer", "vehicle"] = "customer"
    column: str = "customer_id"
    on_merge: Literal["moves", "stays"] = "moves"
    key: tuple[str, ...] = ("id",)
    once: tuple[str, ...] = ()
    once_where: str = "true"
    vehicle: str = ""
    imported: bool = False
    owns: bool = False
    busy: str = ""

    @property
    def code(self) -> str:
        return f"{self.table}.{self.column}"


references: Registry[Reference] = Registry("references to customers and vehicles")


def moving() -> Iterator[Reference]:
    """Return the references whose rows move when a customer is merged into another."""
    return (one for one in references if one.to == "customer" and one.on_merge == "moves")


def of_vehicle(table: str, column: str = "vehicle_id") -> Reference:
    return Reference(table, to="vehicle", column=column, on_merge="stays")
