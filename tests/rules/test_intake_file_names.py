import pytest

from vernost.intake.rules.file_names import plain_name


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("customers.csv", "customers.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\\\Выгрузка\\Клиенты.xlsx", "Клиенты.xlsx"),
        ("/customers.csv/", "customers.csv"),
        ("a\0b\r\n.csv", "ab.csv"),
        ("orders\u202evsc.exe", "ordersvsc.exe"),
        ("..", "file"),
        ("", "file"),
        ("...", "file"),
        ("я" * 300 + ".csv", "я" * 100 + ".csv"),
        ("a." + "b" * 300, "a." + "b" * 198),
    ],
)
def test_a_name_leads_nowhere_and_fits_the_disk(name, plain):
    assert plain_name(name, []) == plain


def test_files_of_one_name_lie_beside_each_other():
    taken = []
    for _each in range(3):
        taken.append(plain_name("a/customers.csv", taken))
    assert taken == ["customers.csv", "customers (2).csv", "customers (3).csv"]
