import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.macros import column_of

from vernost.core import names
from vernost.core.names import Name


@pytest.mark.parametrize(
    ("full_name", "name"),
    [
        ("Иванов Иван Петрович", Name("Иванов", "Иван", "Петрович")),
        ("Иван Петрович Иванов", Name("Иванов", "Иван", "Петрович")),
        ("Иванов  Иван", Name("Иванов", "Иван", "")),
        ("Иванов", Name("Иванов", "", "")),
        ("Алиев Али Вели оглы", Name("Алиев", "Али", "Вели оглы")),
        ("Римская-Корсакова Анна Ильинична", Name("Римская-Корсакова", "Анна", "Ильинична")),
        ("ИП Ковальчук Пётр Ильич", Name("Ковальчук", "Пётр", "Ильич")),
        ("Ковалевич Анна Ильинична", Name("Ковалевич", "Анна", "Ильинична")),
        ("", Name("", "", "")),
    ],
)
def test_a_full_name_is_split(full_name, name):
    assert names.split(full_name) == name


def test_names_are_sorted_without_case_and_yo():
    assert names.sort_key("  Ёлкина\u00a0 Анна ") == "елкина анна"


@pytest.mark.parametrize(
    ("text", "is_company"),
    [("ООО «Ромашка»", True), ("Ромашка ООО", True), ("АО Завод", True), ("Паола Аоки", False), ("ИП Иванов", False)],
)
def test_a_company_is_told_by_its_legal_form(text, is_company):
    assert names.is_company(text) is is_company


WORDS = st.sampled_from(["Иванов", "Ёлкина", "Иван", "Петрович", "Ильинична", "оглы", "ИП", "ООО", "  ", "\u00a0"])


@given(st.lists(st.lists(WORDS, max_size=5).map(" ".join), max_size=20))
def test_columns_are_read_alike(full_names):
    assert column_of(names.MACROS, "name_key(x)", full_names) == [names.sort_key(one) for one in full_names]
    assert column_of(names.MACROS, "is_company_name(x)", full_names) == [names.is_company(one) for one in full_names]
    parts = "last_name_of(x) || '|' || first_name_of(x) || '|' || middle_name_of(x)"
    assert column_of(names.MACROS, parts, full_names) == [
        f"{name.last}|{name.first}|{name.middle}" for name in map(names.split, full_names)
    ]
