"""Fields that an administrator has added: each is an attribute of its own, made of its definition.

They are not among the registered ones: what fields there are, the database knows (`queries.known`).
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from vernost.core.i18n import _
from vernost.customers.rules.fields import Definition, Kind
from vernost.segments.attributes import Attribute, Known, Option, Rows
from vernost.segments.attributes import vehicles as of_vehicles
from vernost.segments.attributes import visits as of_visits
from vernost.segments.rules.tree import Condition
from vernost.segments.rules.values import Type

if TYPE_CHECKING:
    from ibis.expr.types import Table

DIRECTORY = "directory:"
"""Before the number of a directory: the name of a list of choices."""

TYPES: Mapping[Kind, Type] = {
    Kind.TEXT: Type.TEXT,
    Kind.LONG_TEXT: Type.TEXT,
    Kind.WHOLE: Type.NUMBER,
    Kind.DECIMAL: Type.DECIMAL,
    Kind.MONEY: Type.MONEY,
    Kind.DAY: Type.DAY,
    Kind.FLAG: Type.FLAG,
    Kind.CHOICE: Type.CHOICE,
    Kind.CHOICES: Type.CHOICE,
    Kind.PHONE: Type.TEXT,
    Kind.LINK: Type.TEXT,
    # That there is one: what is in it, nobody asks.
    Kind.FILE: Type.FLAG,
}
_GROUPS: Mapping[str, str] = {"customer": "customer", "vehicle": "vehicle", "order": "visits", "deal": "deals"}
_OPTIONS: Mapping[str, Mapping[str, Option]] = {
    "order": of_visits.OPTIONS,
    "deal": {"branch": Option(_("at the branch"), "branches")},
}


def of_field(definition: Definition) -> Attribute | None:
    """Return the attribute of a field, None for records that say nothing of a customer."""
    if definition.target not in _RECORDS:
        return None
    kind = TYPES[definition.kind]
    return Attribute(
        code=definition.attribute,
        title=definition.title,
        group=_GROUPS[definition.target],
        type=kind,
        rows=_rows(definition),
        choices=f"{DIRECTORY}{definition.directory_id}" if kind is Type.CHOICE else "",
        unit=definition.unit,
        many=definition.target != "customer" or kind is Type.CHOICE,
        dated=definition.target == "order",
        options=_OPTIONS.get(definition.target, {}),
    )


def _rows(definition: Definition) -> Rows:
    def rows(known: Known, condition: Condition) -> "Table":
        found = _RECORDS[definition.target](known, condition, definition.id)
        return _with_merged(found.select("customer_id", value=_value(definition.kind, found)), definition)

    return rows


def _value(kind: Kind, found: "Table") -> object:
    import ibis  # noqa: PLC0415 - a list of attributes must not wait for Ibis

    if kind is Kind.FILE:
        return found.text.notnull() | ibis.literal(value=True)
    match TYPES[kind]:
        case Type.DAY:
            return found["field_on"]
        case Type.FLAG:
            return found.number == 1
        case Type.NUMBER | Type.MONEY | Type.DECIMAL:
            return found.number
    return found.text


def _with_merged(found: "Table", definition: Definition) -> "Table":
    """Let a rule that names a merged value find those who have the value in its place."""
    import ibis  # noqa: PLC0415 - as above

    gone = [(one.code, one.merged_into) for one in definition.choices if one.merged_into]
    if not gone:
        return found
    also = [found.filter(found.value == heir).mutate(value=ibis.literal(code)) for code, heir in gone]
    return ibis.union(found, *also)


def _of_customers(known: Known, _condition: Condition, field_id: int) -> "Table":
    return _values(known, "customer_fields", field_id)


def _of_vehicles(known: Known, _condition: Condition, field_id: int) -> "Table":
    cars = of_vehicles.own_cars(known).select("customer_id", "vehicle_id")
    return cars.join(_values(known, "vehicle_fields", field_id), "vehicle_id")


def _of_orders(known: Known, condition: Condition, field_id: int) -> "Table":
    found = _values(known, "order_fields", field_id)
    found = found.filter(found.customer_id.notnull(), found.closed_on.between(*condition.within.days(known.as_of)))
    if kinds := condition.option("order_kind"):
        found = found.filter(found.kind.isin(kinds))
    return of_visits.of_branches(known, found, condition)


def _of_deals(known: Known, condition: Condition, field_id: int) -> "Table":
    found = _values(known, "deal_fields", field_id)
    begun = found.known_on.isnull() | (found.known_on <= known.as_of)
    return of_visits.of_branches(known, found.filter(found.customer_id.notnull(), begun), condition)


def _values(known: Known, table: str, field_id: int) -> "Table":
    values = known.table(table)
    return values.filter(values.field_id == field_id).rename(field_on="on")


_RECORDS: Mapping[str, "Callable[[Known, Condition, int], Table]"] = {
    "customer": _of_customers,
    "vehicle": _of_vehicles,
    "order": _of_orders,
    "deal": _of_deals,
}
