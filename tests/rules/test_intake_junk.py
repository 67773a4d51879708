import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.macros import column_of

from vernost.core import numbers
from vernost.intake.rules import junk, moments


@pytest.mark.parametrize(
    ("lead", "others", "answer"),
    [
        ([""], ["", " "], True),
        (["Итого"], ["", "15 234,50"], True),
        ([""], ["Итого:", "x"], True),
        (["Всего клиентов: 2"], [""], True),
        (["Итоговая"], ["x"], False),
        (["Филиал Казань"], ["", "15 234,50"], True),
        (["Цех 2"], ["", ""], True),
        (["ЗН 1"], ["", "100"], False),
        (["ЗН-1"], ["", ""], False),
        (["Филиал Казань"], ["слесарный"], False),
        ([""], ["Казань"], False),
        (["msk"], [""], False),
        (["C-9"], [""], False),
    ],
)
def test_what_is_no_record_is_told_from_what_is_broken(lead, others, answer):
    assert junk.is_junk(lead, others) is answer


CELLS = st.sampled_from(["", " ", "Итого", "Филиал Казань", "Цех 2", "ЗН-1", "15 234,50", "1", "слесарный", "x"])


@given(CELLS, CELLS, CELLS)
def test_rows_of_a_column_are_told_alike(first, second, third):
    macros = (*numbers.MACROS, *moments.MACROS, *junk.MACROS)
    cells = f"is_junk([x], ['{second}', '{third}'])"
    assert column_of(macros, cells, [first]) == [junk.is_junk([first], [second, third])]
