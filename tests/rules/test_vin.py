import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.macros import column_of
from vininfo import Vin

from vernost.core import vin

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("XTA210990Y1234567", "XTA210990Y1234567"),
        ("xta 210990-y1234567", "XTA210990Y1234567"),
        ("ХТА210990У1234567", "XTA210990Y1234567"),
        ("XTA21O99OY1234567", "XTA210990Y1234567"),
        ("NZE141-3001234", "NZE1413001234"),
        ("", ""),
    ],
)
def test_a_vin_has_one_way_of_writing(written, folded):
    assert vin.fold(written) == folded


@pytest.mark.parametrize(
    ("folded", "well_formed"), [("XTA210990Y1234567", True), ("NZE1413001234", False), ("XTA21099ЙY1234567", False)]
)
def test_seventeen_letters_make_a_vin(folded, well_formed):
    assert vin.is_well_formed(folded) is well_formed


@given(st.lists(st.text(alphabet="ХТАxta 210990oiq-Y1ЖR*", max_size=20), max_size=20))
def test_columns_are_folded_alike(written):
    assert column_of(vin.MACROS, "vin_of(x)", written) == [vin.fold(one) for one in written]


def test_the_check_digit_is_that_of_the_library():
    chance = random.Random(7)
    # General Motors of the United States uses the rule; makers that do not are always "wrong" to the library.
    numbers = ["1G1" + "".join(chance.choices(LETTERS, k=14)) for _ in range(2000)]
    assert column_of(vin.MACROS, "has_check_digit(x)", numbers) == [
        Vin(number).verify_checksum(check_year=False) for number in numbers
    ]


def test_the_check_digit_binds_only_in_north_america_and_china():
    given = ["1M8GDM9AXKP042788", "LVVTY3800PG002768", "XTA210990Y1234567", "WVWZZZ1KZ8W000001", "1234"]
    assert column_of(vin.MACROS, "needs_check_digit(x)", given) == [True, True, False, False, False]
