"""Files as they come: encodings, delimiters, spreadsheets, archives, damage."""

import contextlib
import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from tests.intake import counts, imported, refused, rows, run, write

from vernost.accounts.models import Branch
from vernost.customers.models import Customer
from vernost.intake import operations
from vernost.intake.models import ImportRun, QuarantinedRow

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = "id;full_name;city\n1;Ёлкина Анна;Нижний Новгород\n2;ЖУКОВ ПЁТР;УФА\n3;щербаков илья;казань\n"
EXPECTED = [("1", "Ёлкина Анна", "Нижний Новгород"), ("2", "ЖУКОВ ПЁТР", "УФА"), ("3", "щербаков илья", "казань")]


def customers():
    return rows(Customer.objects, "external_id", "full_name", "city")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1251", "koi8-r", "cp866", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_letters_are_right_in_every_encoding(tmp_path, encoding, end):
    assert imported(tmp_path / "in", {"customers.csv": NAMES.replace("\n", end).encode(encoding)}) == {
        "customers.csv": (3, 0, 0, 0)
    }
    assert customers() == EXPECTED


def test_a_file_glued_from_two_encodings_is_read_line_by_line(tmp_path):
    lines = NAMES.splitlines(keepends=True)
    glued = "".join(lines[:3]).encode() + lines[3].encode("cp1251")
    made = run(write(tmp_path / "in", {"customers.csv": glued}))
    assert customers() == EXPECTED
    assert made.files.get().warnings == [{"code": "mixed_encoding", "count": 1, "lines": []}]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_delimiters_and_quotes_are_found(tmp_path, delimiter):
    text = 'id;full_name;city\n1;"ООО ""Ромашка"" \nи партнёры";"Казань;Уфа,\tОмск"\n2;Шина 17";x\n'.replace(
        ";", delimiter
    )
    expected = [("1", 'ООО "Ромашка" и партнёры', "Казань;Уфа, Омск"), ("2", 'Шина 17"', "x")]
    if delimiter != ";":
        text = text.replace(f"Казань{delimiter}", "Казань;")
    assert imported(tmp_path / "in", {"customers.csv": text}) == {"customers.csv": (2, 0, 0, 0)}
    assert customers() == expected


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("id,blocked\n1,x\n2,z\n", [2, 3]),
        ('id,city,blocked\n1,"a\nb",x\n2,,z\n', [2, 4]),
        ("id,blocked\n\n1,x\n\n\n2,z\n\n", [3, 6]),
        ("Отчёт за март\n\nid,blocked\n1,x\n2,z\n", [4, 5]),
        ('id,city,blocked\n1,"a,x\n2,,z\n', [2, 3]),
    ],
)
def test_a_refused_row_has_the_line_of_an_editor(tmp_path, text, lines):
    imported(tmp_path / "in", {"customers.csv": text})
    assert [line for (line,) in refused("line")] == lines


def test_what_is_no_record_is_passed_over(tmp_path):
    text = (
        "Код;ФИО;Город\nФизические лица;;\n1;Иванов;Казань\n;;\nИтого;;1\nЮридические лица;;\n"
        "2;Петров;Уфа\nВсего клиентов: 2;;\nC-9;;\n"
    )
    assert imported(tmp_path / "in", {"customers.csv": text}) == {"customers.csv": (3, 0, 0, 0)}
    assert [row[0] for row in customers()] == ["1", "2", "C-9"]
    orders = "Номер;Дата;Сумма\nФилиал Казань;;15 234,50\nЗН 1;;100\n1;01.03.2026;15 234,50\nИтого:;;15 234,50\n"
    assert imported(tmp_path / "in", {"orders.csv": orders}) == {"orders.csv": (1, 0, 0, 1)}
    assert refused("line", "column", "reason") == [(3, "opened_at", "missing_value")]


def test_short_rows_are_filled_and_long_ones_refused(tmp_path):
    text = "id,full_name,city\n1\n2,Петров\n3,Иванов,Уфа,,\n4,Сидоров,Омск,лишнее\n"
    assert imported(tmp_path / "in", {"customers.csv": text}) == {"customers.csv": (3, 0, 0, 1)}
    assert refused() == [(5, "", "", "too_many_cells")]


def test_damaged_text_is_refused_by_its_row(tmp_path):
    text = b"id,full_name\n1,\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd\n2,\x00\x01\n3,Petrov\n"
    assert imported(tmp_path / "in", {"customers.csv": text}) == {"customers.csv": (2, 0, 0, 1)}
    assert refused("line", "reason", "row") == [(3, "bad_characters", {"id": "2", "full_name": "\ufffd\x01"})]


def test_a_cell_of_a_megabyte_is_refused(tmp_path):
    text = f"id,full_name\n1,{'я' * 600_000}\n2,Петров\n"
    assert imported(tmp_path / "in", {"customers.csv": text}) == {"customers.csv": (1, 0, 0, 1)}
    assert refused("line", "column", "value", "reason") == [(2, "full_name", "я" * 200, "too_long")]


def workbook(sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, cells in sheets.items():
        sheet = book.create_sheet(title)
        for row in cells:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_spreadsheet_is_read_as_people_see_it(tmp_path):
    book = workbook(
        {
            "Лист1": [
                ["Список клиентов"],
                [],
                ["Код", "ФИО", "Телефон", "Дата рождения", "Заблокирован", "Категория"],
                ["00-0001", "Иванов Иван", 79161234567, datetime(1980, 2, 28), True, 5.0],
                ["00-0002", "Петров", "8 903 111-22-33", date(1990, 1, 1), None, 1.5],
                ["00-0003", "Сидоров", None, "31.02.1980", None, None],
                ["Итого", None, None, None, None, None],
            ]
        }
    )
    assert imported(tmp_path / "in", {"Клиенты.xlsx": book}) == {"Клиенты.xlsx": (2, 0, 0, 1)}
    assert rows(Customer.objects, "external_id", "birth_date", "blocked", "category", "addresses__value") == [
        ("00-0001", date(1980, 2, 28), True, "5", "+79161234567"),
        ("00-0002", date(1990, 1, 1), None, "1.5", "+79031112233"),
    ]
    assert refused("line", "column", "value") == [(6, "birth_date", "31.02.1980")]


def test_sheets_of_a_workbook_are_files_of_their_own(tmp_path):
    book = workbook({"branches": [["id", "name"], ["B1", "Казань"]], "Заметки": [["x"]], "customers": [["id"], ["C1"]]})
    assert imported(tmp_path / "in", {"выгрузка.xlsx": book}) == {
        "выгрузка.xlsx/branches": (1, 0, 0, 0),
        "выгрузка.xlsx/customers": (1, 0, 0, 0),
    }


def archive(path, members, *, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def test_a_zip_may_hold_a_folder_with_russian_names(tmp_path):
    members = {
        "Выгрузка/Клиенты.csv": "id\nC1\n",
        "Выгрузка/truth/customers.csv": "id\nC2\n",
        "__MACOSX/Выгрузка/._Клиенты.csv": "x",
        "readme.md": "x",
    }
    assert counts(run(archive(tmp_path / "in.zip", members))) == {"Клиенты.csv": (1, 0, 0, 0)}


def test_a_path_in_an_archive_leads_nowhere(tmp_path):
    outside = tmp_path / "branches.csv"
    members = {"../../branches.csv": "id,name\nB1,Казань\n", "/customers.csv": "id\nC1\n"}
    assert counts(run(archive(tmp_path / "in.zip", members)))
    assert not outside.exists()
    assert rows(Branch.objects, "external_id") == [("B1",)]


REFUSALS = {
    "nothing.csv": ("nothing_known", b"hello,world\n1,2\n"),
    "customers.csv": ("not_a_table", bytes(range(256)) * 40),
    "vehicles.csv": ("missing_columns", b"id,vin\n1,2\n"),
    "branches.csv": ("repeated_columns", b"id,name,name\n1,2,3\n"),
    "orders.csv": ("empty_file", b""),
    "orders.xlsx": ("broken_workbook", b"PK\x03\x04 no workbook"),
    "in.zip": ("broken_archive", b"PK\x03\x04 no archive"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_unreadable_input_changes_nothing(tmp_path, name):
    code, content = REFUSALS[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(operations.Unreadable) as failure:
        run(tmp_path / name)
    assert failure.value.code == code
    assert ImportRun.objects.get().state == "failed"
    assert QuarantinedRow.objects.count() == 0


def test_one_unreadable_file_stops_all_before_they_begin(tmp_path):
    files = {"customers.csv": "id\nC1\n", "vehicles.csv": "id,vin\n1,2\n"}
    with pytest.raises(operations.Unreadable) as failure:
        run(write(tmp_path / "in", files))
    assert failure.value.values == {"name": "vehicles.csv", "columns": "make, model"}
    assert Customer.objects.count() == 0


def test_an_empty_folder_and_a_missing_path_are_told(tmp_path):
    (tmp_path / "empty").mkdir()
    for path, code in ((tmp_path / "empty", "nothing_known"), (tmp_path / "none", "no_such_path")):
        with pytest.raises(operations.Unreadable) as failure:
            run(path)
        assert failure.value.code == code


def test_a_header_alone_is_a_file_without_rows(tmp_path):
    files = {"customers.csv": "id,full_name\n", "orders.csv": "id,opened_at", "vehicles.csv": ""}
    made = run(write(tmp_path / "in", files))
    assert counts(made) == {"customers.csv": (0, 0, 0, 0), "orders.csv": (0, 0, 0, 0)}
    assert made.files.get(kind="").warnings == [{"code": "empty_file", "count": 1}]


def test_a_truncated_archive_is_told(tmp_path):
    whole = archive(tmp_path / "in.zip", {"customers.csv": "id\n" + "C1\n" * 10_000}).read_bytes()
    (tmp_path / "in.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(operations.Unreadable) as failure:
        run(tmp_path / "in.zip")
    assert failure.value.code == "broken_archive"


@pytest.mark.parametrize(
    ("members", "limits", "code"),
    [
        ({"customers.csv": b"0" * 3_000_000}, operations.Limits(unpacked=operations.MEBIBYTE), "too_large"),
        ({f"customers{i}.csv": b"id\n" for i in range(5)}, operations.Limits(files=4), "too_many_files"),
    ],
)
def test_a_bomb_does_not_go_off(tmp_path, members, limits, code):
    with pytest.raises(operations.Unreadable) as failure:
        run(archive(tmp_path / "in.zip", members), limits=limits)
    assert failure.value.code == code


def test_a_spreadsheet_bomb_does_not_go_off(tmp_path):
    book = workbook({"customers": [["id"], *[[str(i)] for i in range(20_000)]]})
    (tmp_path / "customers.xlsx").write_bytes(book)
    with pytest.raises(operations.Unreadable) as failure:
        run(tmp_path / "customers.xlsx", limits=operations.Limits(unpacked=100_000))
    assert failure.value.code == "too_large"


def test_a_spreadsheet_cannot_read_other_files(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("совершенно секретно", encoding="utf-8")
    clean = zipfile.ZipFile(io.BytesIO(workbook({"customers": [["id", "city"], ["C1", "Казань"]]})))
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'
    with zipfile.ZipFile(tmp_path / "customers.xlsx", "w") as evil:
        for member in clean.infolist():
            content = clean.read(member).decode()
            if member.filename == "xl/sharedStrings.xml":
                content = entity + content.replace("Казань", "&e;")
            evil.writestr(member, content)
    with contextlib.suppress(operations.Unreadable):
        run(tmp_path / "customers.xlsx")
    assert not Customer.objects.filter(city__contains="секретно").exists()
