"""Conditions as masks over dense customer numbers: values of all customers once, then a comparison for each edit.

The same answers as `rules.members`, which a test holds it to.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vernost.facts.array_kernels import NO_DAY
from vernost.segments.attributes import Attribute
from vernost.segments.kernels import day_number
from vernost.segments.rules import values
from vernost.segments.rules.members import absent_matches, positive
from vernost.segments.rules.tree import Condition
from vernost.segments.rules.values import Span, Type

Mask = NDArray[np.bool_]
Bits = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Column:
    """Values of an attribute: a value for each customer, or, with `customers`, any number of rows.

    `present`: who has a value; None: everybody. Texts and choices are places in `words`.
    """

    type: Type
    values: NDArray[Any]
    present: Mask | None = None
    customers: NDArray[np.int32] | None = None
    words: tuple[str, ...] | None = None

    @property
    def bytes(self) -> int:
        return sum(part.nbytes for part in (self.values, self.present, self.customers) if part is not None)


def of_loop(attribute: Attribute, found: NDArray[Any]) -> Column:
    """Take the values that a compiled loop gives."""
    if attribute.type is Type.DAY:
        return Column(attribute.type, found.astype(np.int32), found != NO_DAY)
    return Column(attribute.type, found)


def of_rows(attribute: Attribute, rows: pa.Table, numbers: NDArray[np.int64], count: int) -> Column:
    """Take the rows (customer_id, value) that an expression gives; `numbers` are their customers' dense ones."""
    value = rows["value"].combine_chunks()
    words: tuple[str, ...] | None = None
    if attribute.type in {Type.CHOICE, Type.TEXT}:
        coded = value.cast(pa.string()).dictionary_encode()
        words = tuple(values.compared(attribute.type, word) for word in coded.dictionary.to_pylist())
        value = coded.indices
    elif attribute.type is Type.DAY:
        value = value.cast(pa.date32()).cast(pa.int32())
    elif attribute.type is Type.FLAG:
        value = value.cast(pa.bool_())
    else:
        value = value.cast(pa.int64())
    keeps = (numbers >= 0) & value.is_valid().to_numpy(zero_copy_only=False)
    if not keeps.all():
        value, numbers = value.filter(pa.array(keeps)), numbers[keeps]
    plain = value.to_numpy(zero_copy_only=False)
    if attribute.many:
        return Column(attribute.type, plain, None, numbers.astype(np.int32), words)
    dense = np.full(count, attribute.absent or 0, plain.dtype)
    dense[numbers] = plain
    if attribute.absent is not None:
        return Column(attribute.type, dense, None, None, words)
    present = np.zeros(count, np.bool_)
    present[numbers] = True
    return Column(attribute.type, dense, present, None, words)


def mask(condition: Condition, attribute: Attribute, column: Column, count: int, as_of: date) -> Mask:
    """Return for whom the condition holds."""
    operator = values.operator(attribute.type, condition.operator)
    assert operator is not None  # noqa: S101 - the rule was read
    plain, negated = positive(attribute.type, operator)
    hits = _hits(column, plain.code, values.compared(attribute.type, condition.value), as_of)
    if column.customers is not None:
        found = np.zeros(count, np.bool_)
        found[column.customers[hits]] = True
        if absent_matches(attribute.absent, attribute.type, plain, condition.value):
            found[np.bincount(column.customers, minlength=count) == 0] = True
    else:
        found = hits if column.present is None else hits & column.present
    return ~found if negated else found


def _hits(column: Column, operator: str, value: Any, as_of: date) -> Mask:  # noqa: ANN401 - of the attribute's type
    if operator == "known":
        return np.ones(len(column.values), np.bool_)
    if column.words is not None:
        fits = np.array([_OF_WORDS[operator](word, value) for word in column.words] or [False], np.bool_)
        hits: Mask = fits[column.values]
        return hits
    if operator == "yes":
        return column.values.astype(np.bool_, copy=False)
    found: Mask = _OF_NUMBERS[operator](column.values, _number(value), day_number(as_of), value, as_of)
    return found


_OF_WORDS: Mapping[str, Callable[[str, Any], bool]] = {
    "in": lambda word, value: word in value,
    "is": lambda word, value: word == value,
    "contains": lambda word, value: value in word,
    "begins": lambda word, value: word.startswith(value),
    "ends": lambda word, value: word.endswith(value),
}


def _number(value: Any) -> Any:  # noqa: ANN401 - as above
    if isinstance(value, tuple):
        return tuple(map(_number, value))
    return day_number(value) if isinstance(value, date) else value


_OF_NUMBERS: Mapping[str, Callable[[NDArray[Any], Any, int, Any, date], Any]] = {
    "is": lambda column, value, _day, _span, _as_of: column == value,
    "at_least": lambda column, value, _day, _span, _as_of: column >= value,
    "from": lambda column, value, _day, _span, _as_of: column >= value,
    "at_most": lambda column, value, _day, _span, _as_of: column <= value,
    "until": lambda column, value, _day, _span, _as_of: column <= value,
    "between": lambda column, value, _day, _span, _as_of: (column >= value[0]) & (column <= value[1]),
    "within_last": lambda column, _value, day, span, as_of: (column >= _back(span, as_of)) & (column <= day),
    "before_last": lambda column, _value, _day, span, as_of: column < _back(span, as_of),
    "within_next": lambda column, _value, day, span, as_of: (column >= day) & (column <= day_number(span.after(as_of))),
}


def _back(span: Span, as_of: date) -> int:
    return day_number(span.before(as_of))


def packed(found: Mask) -> Bits:
    return np.packbits(found)


def count_of(bits: Bits) -> int:
    return int(np.bitwise_count(bits).sum(dtype=np.int64))


def joined(logic: str, parts: Sequence[Bits], everybody: Bits) -> Bits:
    """Join masks as a group does; nobody outside `everybody` is ever in."""
    found = parts[0].copy()
    for part in parts[1:]:
        if logic == "all":
            np.bitwise_and(found, part, out=found)
        else:
            np.bitwise_or(found, part, out=found)
    if logic == "not":
        np.bitwise_not(found, out=found)
    return np.bitwise_and(found, everybody, out=found)
