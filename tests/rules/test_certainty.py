"""Which two cards are merged without a person's look."""

from dataclasses import replace
from datetime import date

import pytest

from vernost.customers.rules.certainty import AUTOMATIC, LEAST_PRECISION, Identity, are_one, measured

IVANOV = Identity(
    is_person=True,
    given="Пётр",
    middle="Ильич",
    born=date(1980, 5, 1),
    gender="m",
    inn="",
    phones=frozenset({"+79171234567", "+79033334455"}),
)


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"given": "ПЕТР", "middle": "", "gender": ""},
        {"phones": frozenset({"+79033334455"})},
        {"inn": "500100732259"},
    ],
)
def test_one_telephone_one_name_and_one_birthday_are_one_person(other):
    assert are_one(IVANOV, replace(IVANOV, **other))


@pytest.mark.parametrize(
    "other",
    [
        {"born": None},
        {"born": date(1980, 5, 2)},
        {"given": "Павел"},
        {"given": ""},
        {"middle": "Иванович"},
        {"gender": "f"},
        {"phones": frozenset({"+79990001122"})},
        {"phones": frozenset()},
        {"is_person": False},
    ],
)
def test_a_son_a_twin_and_a_stranger_are_others(other):
    assert not are_one(IVANOV, replace(IVANOV, **other))
    assert not are_one(replace(IVANOV, **other), IVANOV)


def test_an_inn_stands_in_for_a_birthday_and_another_one_contradicts():
    one = replace(IVANOV, born=None, inn="500100732259")
    assert are_one(one, replace(one, born=date(1980, 5, 1)))
    assert not are_one(replace(IVANOV, inn="500100732259"), replace(IVANOV, inn="7707083893"))


def test_pairs_are_counted_by_threshold_with_the_least_that_is_sure():
    pairs = [(0.95, False)] * 2 + [(0.95, True)] * 8 + [(0.995, True)] * 990
    rows = measured(pairs)
    assert [(row.score, row.pairs, row.wrong) for row in rows] == [
        (0.5, 1000, 2),
        (0.9, 1000, 2),
        (0.99, 990, 0),
        (0.999, 0, 0),
        (0.9999, 0, 0),
    ]
    assert [round(row.at_least, 4) for row in rows] == [0.994, 0.994, 0.9973, 0.0, 0.0]


def test_what_is_merged_by_itself_has_been_measured_as_precise_enough():
    assert AUTOMATIC.at_least >= LEAST_PRECISION
