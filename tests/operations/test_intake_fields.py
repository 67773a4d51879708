"""Files that name administrators' fields: by code or title, read as forms read them, told apart from what is known."""

import pytest
from tests.intake import imported, refused
from tests.own_fields import ADMIN, NOW, listed, made

from vernost.accounts.models import AuditRecord
from vernost.core.custom_fields import targets
from vernost.customers.models import Customer
from vernost.customers.operations.fields import archive_field
from vernost.customers.queries.fields import definitions, values_of
from vernost.intake.queries import file_kinds
from vernost.vehicles.models import Vehicle

pytestmark = pytest.mark.django_db(transaction=True)


def held(target, model):
    """Return the values of every record by its id in the source."""
    refs = dict(model.objects.values_list("pk", "external_id"))
    found = values_of(targets[target], list(refs), definitions(target))
    return {refs[pk]: dict(values) for pk, values in found.items()}


@pytest.fixture
def folder(tmp_path):
    colours = listed("Красный", "Синий")
    made("Цвет", "choice", directory_id=colours.pk)
    made("Любит", "choices", directory_id=colours.pk)
    made("Размер", "whole", least=20, most=60)
    made("Доход", "money")
    made("Рост", "decimal")
    made("День", "day")
    made("Кофе", "flag")
    made("Связь", "phone")
    made("Сайт", "link")
    made("Заметка", "long_text")
    made("Клуб", "text")
    made("Фото", "file")
    return tmp_path / "in"


HEAD = "id,full_name,x_tsvet,x_lyubit,x_razmer,x_dokhod,x_rost,День,Кофе,x_svyaz,x_sayt,Заметка,Клуб\n"
WHOLE = 'C1,Иван,синий,"красный; siniy","42","1 234,5 руб.",1.8,5.3.1990,да,8 916 123-45-67,https://a.ru/x,"две\nстроки",Гольф\n'
READ = {
    "x_tsvet": ("siniy",),
    "x_lyubit": ("krasnyy", "siniy"),
    "x_razmer": ("42",),
    "x_dokhod": ("1234.50",),
    "x_rost": ("1.80",),
    "x_den": ("1990-03-05",),
    "x_kofe": ("1",),
    "x_svyaz": ("+79161234567",),
    "x_sayt": ("https://a.ru/x",),
    "x_zametka": ("две\nстроки",),
    "x_klub": ("Гольф",),
}


def test_every_type_comes_with_a_file_and_changes_nothing_the_second_time(folder):
    files = {"customers.csv": HEAD + WHOLE}
    assert imported(folder, files) == {"customers.csv": (1, 0, 0, 0)}
    assert held("customer", Customer) == {"C1": READ}
    assert imported(folder, files) == {"customers.csv": (0, 0, 1, 0)}
    assert AuditRecord.objects.filter(subject="customer").count() == 0


def test_a_changed_cell_is_told_of_and_an_empty_one_takes_the_value_away(folder):
    imported(folder, {"customers.csv": "id,full_name,x_razmer,x_klub,x_lyubit\nC1,И,42,Гольф,Синий\nC2,П,43,,Синий\n"})
    after = "id,full_name,x_razmer,x_klub,x_lyubit\nC1,И,44,,Синий; красный\nC2,П,43,,Синий\n"
    assert imported(folder, {"customers.csv": after}) == {"customers.csv": (0, 1, 1, 0)}
    assert held("customer", Customer) == {
        "C1": {"x_razmer": ("44",), "x_lyubit": ("siniy", "krasnyy")},
        "C2": {"x_razmer": ("43",), "x_lyubit": ("siniy",)},
    }
    told = AuditRecord.objects.filter(subject="customer").values_list("actor", "fields")
    assert list(told) == [
        (
            "system:import",
            {"x_razmer": [["42"], ["44"]], "x_klub": [["Гольф"], []], "x_lyubit": [["siniy"], ["siniy", "krasnyy"]]},
        )
    ]


def test_a_file_without_the_column_leaves_the_values_alone(folder):
    imported(folder, {"customers.csv": "id,full_name,x_razmer\nC1,И,42\n"})
    assert imported(folder, {"customers.csv": "id,full_name\nC1,Иван\n"}) == {"customers.csv": (0, 1, 0, 0)}
    assert held("customer", Customer) == {"C1": {"x_razmer": ("42",)}}


def test_a_new_field_changes_no_row_of_a_file_that_does_not_have_it(tmp_path):
    files = {"customers.csv": "id,full_name\nC1,И\n"}
    imported(tmp_path / "in", files)
    made("Клуб", "text")
    assert imported(tmp_path / "in", files) == {"customers.csv": (0, 0, 1, 0)}


def test_what_is_no_value_waits_in_quarantine(folder):
    rows = (
        "id,full_name,x_tsvet,x_razmer,x_sayt,x_svyaz\nC1,И,серый,,,\nC2,И,,99,,\nC3,И,,,нет,\nC4,И,,,,12\nC5,И,,,,\n"
    )
    assert imported(folder, {"customers.csv": rows}) == {"customers.csv": (1, 0, 0, 4)}
    assert refused() == [
        (2, "x_tsvet", "серый", "unknown_value"),
        (3, "x_razmer", "99", "out_of_range"),
        (4, "x_sayt", "нет", "unknown_value"),
        (5, "x_svyaz", "12", "unknown_value"),
    ]


def test_cars_have_fields_of_their_own(tmp_path):
    made("Тонировка", "flag", target="vehicle")
    rows = "id,make,model,Тонировка\nV1,LADA,Vesta,да\nV2,LADA,Vesta,нет\nV3,LADA,Vesta,\n"
    assert imported(tmp_path / "in", {"vehicles.csv": rows}) == {"vehicles.csv": (3, 0, 0, 0)}
    assert held("vehicle", Vehicle) == {"V1": {"x_tonirovka": ("1",)}, "V2": {"x_tonirovka": ("0",)}}


def test_an_archived_field_is_no_column():
    field = made("Клуб", "text")
    archive_field(field_id=field.pk, archived=True, actor=ADMIN, now=NOW)
    assert all(not column.own for kind in file_kinds() for column in kind.columns)


def test_no_column_of_the_exchange_format_can_be_taken_for_a_field():
    assert not [column.name for kind in file_kinds() for column in kind.columns if column.name.startswith("x_")]
