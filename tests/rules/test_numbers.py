from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.macros import column_of

from vernost.core import numbers


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("15 234,50", Decimal("15234.50")),
        ("15\u00a0234,50 руб.", Decimal("15234.50")),
        ("1\u202f000 ₽", Decimal("1000.00")),
        ("1,234.5", Decimal("1234.50")),
        ("1.234,5", Decimal("1234.50")),
        ("-0,005", Decimal("-0.01")),
        ("12.345", Decimal("12.35")),
        (".5", Decimal("0.50")),
        ("5.", Decimal("5.00")),
        ("999999999999.99", Decimal("999999999999.99")),
        ("1000000000000", None),
        ("12,3,4", None),
        ("NaN", None),
        ("много", None),
        ("", None),
        ("-", None),
    ],
)
def test_a_number_is_read(written, number):
    assert numbers.decimal_of(written) == number


@pytest.mark.parametrize(
    ("written", "whole"), [("15 000", 15000), ("12,7", 12), ("-12,7", -12), ("1e3", None), ("0x10", None), ("", None)]
)
def test_a_whole_number_is_cut(written, whole):
    assert numbers.whole_of(written) == whole


@given(st.lists(st.text(alphabet="0123456789 .,-+руб\u00a0₽", max_size=18), max_size=20))
def test_columns_are_read_alike(written):
    assert column_of(numbers.MACROS, "money_of(x)", written) == [numbers.decimal_of(one) for one in written]
    assert column_of(numbers.MACROS, "quantity_of(x)", written) == [
        numbers.decimal_of(one, digits=12, places=3) for one in written
    ]
    assert column_of(numbers.MACROS, "whole_of(x)", written) == [numbers.whole_of(one) for one in written]
