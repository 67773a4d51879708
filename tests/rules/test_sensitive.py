"""Numbers and addresses in what people write, for who is not shown them."""

import pytest

from vernost.core import sensitive
from vernost.core.actor import Actor, Role
from vernost.core.rights import ALL_FIELDS, Rights, Sensitive

BLIND = Actor("user:1", None, Role.OPERATOR, 1, Rights())


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("звонить 8 (917) 999-00-11 вечером", "звонить +8 ··· ··11 вечером"),
        ("+7 917 999 00 11", "+7 ··· ··11"),
        ("917 999-00-11, жена 200-30-40", "··· ··11, жена •••"),
        ("тел.89179990011", "тел.+8 ··· ··11"),
        ("kazantsev@example.ru.", "k•••@example.ru."),
        ("Телеграм @kazantsev, t.me/kazantsev", "Телеграм •••, •••"),
        ("VIN XTA210930Y2766389", "VIN XTA•••"),
        ("кузов хта210930у2766389", "кузов хта•••"),
    ],
)
def test_a_number_an_address_and_a_vin_are_taken_out_of_words(written, told):
    assert sensitive.told(BLIND, written) == told
    assert sensitive.tells_more(BLIND, written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Приехал 2026-03-02 10:00, пробег 123 456 км",
        "Договор 83012/44-17 от 03.02.2026 на 1 234 567,00 ₽",
        "Сертификат № 0000123, заказ 12345678901",
        "высокопрофессионально",
        "А777АА16",
    ],
)
def test_days_amounts_and_other_numbers_stay(written):
    assert sensitive.told(BLIND, written) == written


def test_who_is_shown_a_field_reads_it():
    phones = Actor("user:1", None, Role.OPERATOR, 1, Rights(fields=frozenset({Sensitive.PHONE})))
    everything = Actor("user:1", None, Role.OPERATOR, 1, Rights(fields=ALL_FIELDS))
    written = "+79179990011 ivan@mail.ru XTA210930Y2766389"
    assert sensitive.told(phones, written) == "+79179990011 i•••@mail.ru XTA•••"
    assert sensitive.told(everything, written) == written
