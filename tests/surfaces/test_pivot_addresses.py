"""The addresses of a pivot's cells, written from parts, mean what the state of each cell means."""

from datetime import date

import pytest
from django.http import QueryDict

from vernost.core.rights import Sensitive
from vernost.office.pivot_state import NOTHING, CellQueries, state_of

TODAY = date(2026, 11, 20)
STATE = (
    "rows=branch&rows=make&columns=quarter&measures=revenue&period=custom&from=2026-01-01&to=2026-06-30&sort=-revenue"
)


@pytest.mark.parametrize(
    "filters",
    [
        "",
        "&filter=branch&f.branch=B1&not=branch",
        "&filter=make&f.make=kia&f.make=~",
        "&filter=age&f.age=0-2&segment=vip",
    ],
)
@pytest.mark.parametrize(
    "keys",
    [{}, {"branch": "Б&1"}, {"branch": NOTHING, "make": "kia"}, {"branch": "B2", "make": "ж", "quarter": "2026-Q1"}],
)
def test_a_cell_s_address_is_that_of_its_state(filters, keys):
    state = state_of(QueryDict(STATE + filters), TODAY, set(Sensitive))
    found = state_of(QueryDict(CellQueries(state).query(keys)), TODAY, set(Sensitive))
    expected = state.cell(keys)
    # A filter of a dimension that the pivot is cut by, and the cell is not, goes on.
    assert {one.code: one for one in found.filters} == {one.code: one for one in expected.filters}
    assert found.document() | {"filters": []} == expected.document() | {"filters": []}


def test_who_is_in_none_of_the_segments_is_told_by_which_they_are():
    query = "rows=segment&measures=visits&filter=segment&f.segment=vip&f.segment=~"
    state = state_of(QueryDict(query), TODAY, set(Sensitive))
    keys = {"segment": NOTHING}
    assert CellQueries(state).query(keys) == state.cell(keys).query()
