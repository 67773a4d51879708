import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.macros import column_of

from vernost.core import plate


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("А123ВС77", "А123ВС77"),
        ("a123bc77", "А123ВС77"),
        ("A 123 BC 777 RUS", "А123ВС777"),
        ("а123вс-77", "А123ВС77"),
        ("АН 1234 77", "АН123477"),
        ("RUS", "RUS"),
        ("", ""),
    ],
)
def test_latin_and_cyrillic_letters_make_one_plate(written, folded):
    assert plate.fold(written) == folded


@given(st.lists(st.text(alphabet="АВabcxу 123RUS-./", max_size=14), max_size=20))
def test_columns_are_folded_alike(written):
    assert column_of([plate.MACRO], "plate_of(x)", written) == [plate.fold(one) for one in written]
