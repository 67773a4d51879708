import pytest

from vernost.intake.rules import encodings

TEXTS = (
    "id;full_name\n1;Щербакова Ёлена Юрьевна\n2;Жуков Пётр Ильич\n",
    "КОД;ФИО\n1;ИВАНОВ ИВАН ПЕТРОВИЧ\n2;ООО «РОМАШКА»\n",
    "код;город\n1;нижний новгород\n2;екатеринбург\n",
    "id;opened_at\nЗН171123-0001;23.11.2017\nЗН171126-0001;26.11.2017\n",
    "id;kind\n1;ТО\n2;кузовной ремонт\n",
)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "koi8-r", "cp866", "utf-16"])
def test_russian_text_is_told(text, encoding):
    content = text.encode(encoding, errors="replace")
    assert content.decode(encodings.detect(content, whole=True)) == content.decode(encoding)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_told_without_its_mark(encoding):
    assert encodings.detect(TEXTS[0].encode(encoding), whole=True) == encoding


def test_a_character_cut_in_two_is_no_damage():
    sample = "id;Иванов".encode()[:-1]
    assert encodings.detect(sample, whole=False) == "utf-8"


def test_english_text_is_utf_8():
    assert encodings.detect(b"id,name\n1,Kazan\n", whole=True) == "utf-8"


@pytest.mark.parametrize(
    ("line", "encoding", "text", "is_other"),
    [
        ("Иванов".encode(), "utf-8", "Иванов", False),
        ("Иванов".encode("cp1251"), "utf-8", "Иванов", True),
        (b"Ivanov", "cp1251", "Ivanov", False),
    ],
)
def test_a_line_is_read_in_its_own_encoding(line, encoding, text, is_other):
    assert encodings.decode_line(line, encoding) == (text, is_other)
