"""What a value of an administrator's field may be, its code, the order of a card, the names of files."""

import pytest

from vernost.customers.rules import layouts
from vernost.customers.rules.fields import (
    KIND_FILTERS,
    KIND_TITLES,
    Choice,
    Definition,
    Kind,
    Misread,
    Refusal,
    checked,
    code_of,
    read,
)
from vernost.files.rules import FileKind, safe_name
from vernost.segments.attributes.of_fields import TYPES

CHOICES = (
    Choice("red", "Красный"),
    Choice("blue", "Синий; тёмный"),
    Choice("old", "Бордо", archived=True),
    Choice("gone", "Алый", merged_into="old"),
)


def field(kind, **more):
    return Definition(1, "customer", "x_field", "Поле", Kind(kind), choices=CHOICES, **more)


@pytest.mark.parametrize(
    ("kind", "said", "kept"),
    [
        ("text", "  два   слова ", ("два слова",)),
        ("text", "   ", ()),
        ("long_text", "раз\r\nдва\n", ("раз\nдва",)),
        ("whole", "1 200", ("1200",)),
        ("whole", "-0", ("0",)),
        ("decimal", "1,5", ("1.50",)),
        ("decimal", "-0,00", ("0.00",)),
        ("money", "1 234,5 руб.", ("1234.50",)),
        ("day", "29.2.2024", ("2024-02-29",)),
        ("day", "2024-02-29", ("2024-02-29",)),
        ("flag", "Истина", ("1",)),
        ("flag", "нет", ("0",)),
        ("choice", "КРАСНЫЙ", ("red",)),
        ("choice", "алый", ("old",)),
        ("choice", "gone", ("old",)),
        ("choices", "red; Красный;алый", ("red", "old")),
        ("choices", "Синий; тёмный", ("blue",)),
        ("phone", "8 (916) 123-45-67", ("+79161234567",)),
        ("phone", "+49 30 901820", ("+4930901820",)),
        ("link", "Ivan@Mail.RU", ("ivan@mail.ru",)),
        ("link", "https://a.ru/?q=1", ("https://a.ru/?q=1",)),
    ],
)
def test_a_value_is_kept_one_way(kind, said, kept):
    assert read(field(kind), said) == kept
    assert read(field(kind), kept) == kept


@pytest.mark.parametrize(
    ("kind", "said", "reason"),
    [
        ("text", "a\x07b", "line"),
        ("whole", "1e5", "whole"),
        ("whole", "9" * 30, "whole"),
        ("whole", "-1", "range"),
        ("decimal", "0.005", "number"),
        ("money", "NaN", "number"),
        ("day", "29.2.2023", "day"),
        ("flag", "2", "flag"),
        ("choice", "красноватый", "choice"),
        ("phone", "звонить вечером", "phone"),
        ("link", "JavaScript:alert(1)", "link"),
        ("link", "data:text/html,x", "link"),
        ("link", "https://a.ru/ <b>", "link"),
        ("file", "photo.jpg", "file"),
    ],
)
def test_what_is_none_is_refused_for_its_reason(kind, said, reason):
    bounds = {"least": 0} if kind == "whole" else {}
    with pytest.raises(Refusal) as refused:
        read(field(kind, **bounds), said)
    assert refused.value.reason == reason
    with pytest.raises(Misread):
        checked(field(kind, **bounds), said)


def test_two_values_are_too_many_for_one():
    with pytest.raises(Refusal) as refused:
        read(field("whole"), ["1", "2"])
    assert refused.value.reason == "one"


def test_a_code_is_made_of_the_title_and_never_taken_twice():
    assert code_of("Объём двигателя, л", []) == "x_obem_dvigatelya_l"
    assert code_of("Ёж", ["x_ezh"]) == "x_ezh_2"
    assert code_of("!!!", []) == "x_field"
    assert len(code_of("очень " * 30, [])) <= 40


def test_every_type_has_its_words_its_filter_and_its_attribute():
    assert set(KIND_TITLES) == set(KIND_FILTERS) == set(TYPES) == set(Kind)
    assert len(Kind) == 12


def test_what_nobody_has_placed_comes_last():
    assert layouts.arranged(["a", "b", "c", "d"], ["c", "-a", "gone", "c"]) == [
        ("c", True),
        ("a", False),
        ("b", True),
        ("d", True),
    ]
    assert layouts.shown(["a", "b"], ["-b"]) == ["a"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\dir\\кот.jpeg", "кот.jpg"),
        ("a.php.jpg", "a_php.jpg"),
        ("a.jpg.jpg", "a.jpg"),
        ("\u202egpj.exe", "gpj_exe.jpg"),
        ("\x00", "file.jpg"),
        ("...", "file.jpg"),
        ("x" * 500, f"{'x' * 120}.jpg"),
    ],
)
def test_a_name_has_no_folders_no_tricks_and_one_ending(name, safe):
    assert safe_name(name, FileKind.JPEG) == safe
