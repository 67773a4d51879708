"""What our own exports escape, an import reads as it was."""

from hypothesis import given
from hypothesis import strategies as st
from tests.macros import column_of

from vernost.core import spreadsheets
from vernost.intake.rules import escapes, moments

TEXTS = st.lists(st.text(alphabet="'=+-@＝1a \t\n", max_size=6), max_size=20)


@given(TEXTS)
def test_the_quote_of_our_exports_is_taken_away_as_they_would(texts):
    assert column_of((escapes.MACRO,), "unescaped_text(x)", texts) == [spreadsheets.unescaped(one) for one in texts]
    escaped = [spreadsheets.escaped(one) for one in texts]
    assert column_of((escapes.MACRO,), "unescaped_text(x)", escaped) == texts


def test_a_cell_loses_it_among_blanks():
    written = [" '=SUM(A1)", "'+7 916", "'-", "'a'", "'", "=1"]
    assert column_of(moments.MACROS, "clean_text(x)", written) == ["=SUM(A1)", "+7 916", "-", "'a'", "'", "=1"]
