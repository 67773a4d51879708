"""Which tables belong to a customer or a car: lower code moves, erases and copies their rows without knowing them.

Every foreign key to a customer or a vehicle has an entry here, declared by the subject that owns the table
(`<subject>/references.py`) without a database. So have tables that belong to one of those rows (`Part`), and those
in which a person may be named without being referred to (`Mention`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from vernost.core.registry import Registry

OnErase: TypeAlias = Literal["delete", "keep"]


# Columns by which a row is a source's.
SOURCE_KEY: Final = ("source_id", "external_id", "import_hash")


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

    `on_erase`: what becomes of the rows when the person is erased. `delete` is the safe answer and the default;
    `keep` is for what sums and counts are made of: those rows stay, of nobody, with the columns `blank` emptied.
    `harmless` are the other columns of text, which never have words about a person. `file` is the kind of file whose
    records the rows are, where other systems make their ids of whatever they like, a telephone too: those ids go with
    the person (`blank` names them), and are known from then on by their hashes. `title` is what the subject's
    own copy calls the table; a table without one is no part of it, because another one has the same.

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
    on_erase: OnErase = "delete"
    blank: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    file: str = ""
    title: str = ""

    @property
    def code(self) -> str:
        return f"{self.table}.{self.column}"


references: Registry[Reference] = Registry("references to customers and vehicles")


def moving() -> Iterator[Reference]:
    """Return the references whose rows move when a customer is merged into another."""
    return (one for one in references if one.to == "customer" and one.on_merge == "moves")


def of_vehicle(table: str, column: str = "vehicle_id", *, title: str = "") -> Reference:
    """Return the entry of a table that has nothing to hide about a car but what it says of its owner."""
    return Reference(table, to="vehicle", column=column, on_merge="stays", on_erase="keep", title=title)


@dataclass(frozen=True, slots=True)
class Part:
    """A table that belongs to a row of another one of these: `column` refers to `of`, a table with an entry here."""

    table: str
    column: str
    of: str
    on_erase: OnErase = "delete"
    blank: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    title: str = ""

    @property
    def code(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(frozen=True, slots=True)
class Mention:
    """A table that does not refer to a customer and may name him: in `columns`, SQL that gives text.

    `his` is SQL of the rows that are about him: by the ids `%(ids)s` of his cards, or by the sources' keys of his
    cards and cars, `%(card_keys)s` and `%(car_keys)s`, each as the source's id, a colon and the key, or by the ways
    `%(answered)s` in which answers of the API name them. The rows found are deleted, or the columns `blank` emptied;
    `instead` is SQL of what stands there then, where nothing is wrong.

    `told` are columns of JSON as it was told to others, with the API's ids in it. They give way to those that the API
    has of him from now on, and the row stays what it was.
    """

    table: str
    columns: tuple[str, ...]
    his: str = "false"
    on_erase: OnErase = "delete"
    blank: tuple[str, ...] = ()
    instead: str = ""
    told: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        return self.table


parts: Registry[Part] = Registry("parts of what belongs to customers and vehicles")
mentions: Registry[Mention] = Registry("mentions of customers and vehicles")
