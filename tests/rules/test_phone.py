import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.macros import column_of

from vernost.core import phone
from vernost.core.phone import Contact, Contacts


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+79161234567", "+79161234567"),
        ("8 (916) 123-45-67", "+79161234567"),
        ("8-916-123-45-67", "+79161234567"),
        ("7 916 123 45 67", "+79161234567"),
        ("916 123 45 67", "+79161234567"),
        ("8\u00a0916\u00a0123–45–67", "+79161234567"),
        ("+7 701 123 45 67", "+77011234567"),
        ("+375 29 123 45 67", "+375291234567"),
        ("(495) 123-45-67 доб. 123", "+74951234567"),
        ("8 800 555 35 35", "+78005553535"),
        ("123-45-67", None),
        ("+7 000 000 00 00", None),
        ("8 916 123 45", None),
        ("+999 12 345 67 89", None),
        ("нет", None),
        ("", None),
    ],
)
def test_a_number_is_made_international(written, number):
    assert phone.number_of(written) == number


def test_the_short_way_agrees_with_the_library():
    chance = random.Random(20260331)
    for _ in range(20_000):
        digits = chance.choice(["8", "7", "+7", ""]) + "".join(chance.choices("0123456789", k=10))
        written = digits if chance.random() < 0.5 else f"{digits[:-7]} ({digits[-7:-4]}) {digits[-4:-2]}-{digits[-2:]}"
        if phone.regular(written):
            assert phone.by_library(written) == phone.regular(written)


@given(st.text(alphabet="+78 9()-0123456456дн;,. \u00a0", max_size=24))
def test_whatever_is_written_the_ways_agree(written):
    [plain, many] = (column_of(phone.MACROS, macro, [written])[0] for macro in ("plain_phone(x)", "plain_phones(x)"))
    if plain:
        assert phone.by_library(written) == plain
    if many is not None:
        contacts = phone.contacts_of(written)
        assert [contact.value for contact in contacts.found] == list(dict.fromkeys(many))
        assert contacts.rest == ()


@pytest.mark.parametrize(
    ("written", "contacts"),
    [
        ("89161234567", Contacts((Contact("+79161234567"),))),
        (
            "8 (916) 123-45-67 жена; +7 495 123-45-67 доб. 123, мама",
            Contacts((Contact("+79161234567", "жена"), Contact("+74951234567", "доб. 123 мама"))),
        ),
        ("89161234567 89031234567", Contacts((Contact("+79161234567"), Contact("+79031234567")))),
        ("89161234567 | 8 916 123-45-67 Иван", Contacts((Contact("+79161234567", "Иван"),))),
        ("моб: 89161234567", Contacts((Contact("+79161234567", "моб"),))),
        ("65-43-21; 89161234567", Contacts((Contact("+79161234567"),), ("65-43-21",))),
        ("7,91612E+10", Contacts((), ("7,91612E+10",))),
        ("79161234567.0", Contacts((Contact("+79161234567"),))),
        ("нет телефона", Contacts((), ("нет телефона",))),
        (" ; , ", Contacts()),
    ],
)
def test_a_field_is_taken_apart(written, contacts):
    assert phone.contacts_of(written) == contacts


def test_a_field_of_plain_numbers_needs_no_reading():
    assert column_of(
        phone.MACROS, "plain_phones(x)", ["89161234567;+7 (495) 123-45-67;", "89161234567 жена", "12345", None]
    ) == [["+79161234567", "+74951234567"], None, None, None]


@pytest.mark.parametrize(("number", "key"), [("+79161234567", "9161234567"), ("+380441234567", "380441234567")])
def test_a_number_is_searched_by_its_digits(number, key):
    assert phone.searched(number) == key
