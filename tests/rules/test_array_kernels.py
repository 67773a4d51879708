"""The compiled loops of the arrays against plain Python."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vernost.facts import array_kernels

CODES = 3
CUSTOMERS = 5


def test_starts_are_where_the_rows_of_each_number_begin():
    assert array_kernels.starts_of(np.array([2, 0, 2], np.int32), 4).tolist() == [0, 1, 1, 3, 3]


def spread(runs, old: list, fresh: list) -> list:
    into = np.zeros(int(runs[:, 1].sum()), np.int64)
    array_kernels.copy(runs, np.array(old, np.int64), np.array(fresh, np.int64), into)
    return into.tolist()


@given(
    st.lists(st.lists(st.integers(0, 99), max_size=3), min_size=CUSTOMERS, max_size=CUSTOMERS),
    st.lists(st.tuples(st.integers(-1, CUSTOMERS - 1), st.lists(st.integers(100, 199), max_size=3)), max_size=7),
)
def test_rows_of_changed_customers_take_the_place_of_the_old(old, now):
    keeps = np.array([before for before, _rows in now], np.int64)
    fresh_rows = [rows if before < 0 else [] for before, rows in now]
    runs, starts = array_kernels.runs_of_rows(ends(old), keeps, ends(fresh_rows))
    expected = [rows if before < 0 else old[before] for before, rows in now]
    assert spread(runs, sum(old, []), sum(fresh_rows, [])) == sum(expected, [])  # noqa: RUF017 - a handful of rows
    assert [end - start for start, end in pairwise(starts.tolist())] == [len(rows) for rows in expected]


def ends(rows: list[list[int]]) -> np.ndarray:
    return np.cumsum([0, *map(len, rows)])


POSTINGS = st.lists(
    st.tuples(st.integers(0, CODES - 1), st.integers(0, CUSTOMERS - 1), st.integers(0, 99)), max_size=12
)


@given(POSTINGS, POSTINGS, st.sets(st.integers(0, CUSTOMERS - 1)))
def test_postings_of_changed_customers_take_the_place_of_the_old(old, fresh, changed):
    old = sorted(old)
    fresh = sorted((code, customer, value + 100) for code, customer, value in fresh if customer in changed)
    now = np.array([-1 if customer in changed else customer for customer in range(CUSTOMERS)], np.int32)
    runs, starts = array_kernels.runs_of_postings(*postings(old), now, *postings(fresh))
    expected = sorted([row for row in old if row[1] not in changed] + fresh)
    assert spread(runs, [row[2] for row in old], [row[2] for row in fresh]) == [row[2] for row in expected]
    assert starts.tolist() == postings(expected)[0].tolist()
    into = np.zeros(len(expected), np.int32)
    array_kernels.copy_numbers(runs, postings(old)[1], now, postings(fresh)[1], into)
    assert into.tolist() == [row[1] for row in expected]


def postings(rows: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray]:
    codes = np.array([row[0] for row in rows], np.int32)
    return array_kernels.starts_of(codes, CODES), np.array([row[1] for row in rows], np.int32)
