"""Who is in a segment on a day: the reference, in expressions that every engine runs.

A condition is the set of customers for whom it holds; groups are what sets do.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
from ibis.expr.types import BooleanValue, Table, Value

from vernost.segments.rules import values
from vernost.segments.rules.tree import Condition, Node
from vernost.segments.rules.values import Operator, Type

if TYPE_CHECKING:
    from vernost.segments.attributes import Attribute, Known


_NO = ibis.literal(value=False)


def of(node: Node, known: "Known", attributes: "Mapping[str, Attribute]") -> Table:
    """Return `customer_id` of everybody for whom the rule holds."""
    everybody = known.table("customers").select("customer_id")
    return everybody.semi_join(_set(node, known, attributes, everybody), "customer_id")


def _set(node: Node, known: "Known", attributes: "Mapping[str, Attribute]", everybody: Table) -> Table:
    if isinstance(node, Condition):
        return _holds(node, known, attributes[node.attribute], everybody)
    sets = [_set(item, known, attributes, everybody) for item in node.items]
    if node.logic == "all":
        found = everybody
        for one in sets:
            found = found.semi_join(one, "customer_id")
        return found
    either = ibis.union(*sets, distinct=True) if len(sets) > 1 else sets[0]
    return everybody.anti_join(either, "customer_id") if node.logic == "not" else either


def _holds(condition: Condition, known: "Known", attribute: "Attribute", everybody: Table) -> Table:
    operator = values.operator(attribute.type, condition.operator)
    assert operator is not None  # noqa: S101 - the rule was read
    plain, negated = positive(attribute.type, operator)
    rows = attribute.rows(known, condition)
    # A column of Ibis takes the same words as a text of Python.
    column = values.compared(attribute.type, rows["value"])
    matching = matches(column, plain, values.compared(attribute.type, condition.value), known.as_of)
    if absent_matches(attribute.absent, attribute.type, plain, condition.value):
        # Who has no row counts too: the set is everybody but those whose row does not match.
        found = everybody.anti_join(rows.filter(~matching), "customer_id")
    else:
        found = rows.filter(matching).select("customer_id").distinct()
    return everybody.anti_join(found, "customer_id") if negated else found


def positive(kind: Type, operator: Operator) -> tuple[Operator, bool]:
    """Return the operator that is asked of rows, and whether the set is everybody but those."""
    opposite = values.operator(kind, operator.opposite)
    return (opposite, True) if opposite is not None else (operator, False)


def absent_matches(absent: Any, kind: Type, operator: Operator, value: Any) -> bool:  # noqa: ANN401 - of the attribute's type
    """Tell whether the condition holds for a customer who has no row."""
    if absent is None:
        return False
    if kind is Type.FLAG:
        return bool(absent)
    return bool(_OF_ABSENT[operator.code](absent, value))


_OF_ABSENT: Mapping[str, Callable[[Any, Any], bool]] = {
    "known": lambda _absent, _value: True,
    "at_least": lambda absent, value: absent >= value,
    "at_most": lambda absent, value: absent <= value,
    "is": lambda absent, value: absent == value,
    "between": lambda absent, value: value[0] <= absent <= value[1],
}


def matches(column: Value, operator: Operator, value: Any, as_of: date) -> BooleanValue:  # noqa: ANN401 - as above
    """Return whether a row's value is what the condition asks; never null."""
    if operator.code == "known":
        return column.notnull()
    asked: BooleanValue = _OF_ROWS[operator.code](column, value, as_of)
    return asked.fill_null(_NO)


_OF_ROWS: Mapping[str, Callable[[Any, Any, date], Any]] = {
    "yes": lambda column, _value, _day: column.cast("boolean"),
    "in": lambda column, value, _day: column.isin(value),
    "is": lambda column, value, _day: column == value,
    "at_least": lambda column, value, _day: column >= value,
    "from": lambda column, value, _day: column >= value,
    "at_most": lambda column, value, _day: column <= value,
    "until": lambda column, value, _day: column <= value,
    "between": lambda column, value, _day: column.between(*value),
    "within_last": lambda column, value, day: column.between(value.before(day), day),
    "before_last": lambda column, value, day: column < value.before(day),
    "within_next": lambda column, value, day: column.between(day, value.after(day)),
    "contains": lambda column, value, _day: column.contains(value),
    "begins": lambda column, value, _day: column.startswith(value),
    "ends": lambda column, value, _day: column.endswith(value),
}
