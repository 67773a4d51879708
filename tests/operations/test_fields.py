"""Fields that an administrator adds: their values, their history, their types, their directories."""

import io
import uuid
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import connection
from PIL import Image
from tests import factories
from tests.own_fields import ADMIN, NOW, held, listed, made, put

from vernost.accounts.models import AuditRecord
from vernost.core.actor import Actor, Role, system
from vernost.core.custom_fields import targets
from vernost.customers.models import CustomerFieldValue, CustomField
from vernost.customers.operations import conversions, directories, fields, merge_customers, undo_merge
from vernost.customers.operations.conversions import convert_field, preview
from vernost.customers.operations.field_values import UnknownField, set_file
from vernost.customers.operations.fields import FieldEntry, archive_field, change_field, order_fields
from vernost.customers.queries.fields import definitions
from vernost.customers.rules.fields import Kind, Misread, key_of, key_sql
from vernost.files import operations as files
from vernost.files.models import StoredFile
from vernost.files.queries import path_of
from vernost.privacy.operations import erase_customer
from vernost.privacy.operations.cleaning import clean_journals
from vernost.privacy.queries import copy_of

pytestmark = pytest.mark.django_db

CUSTOMER = targets["customer"]


def history(customer):
    rows = AuditRecord.objects.filter(subject="customer", subject_id=str(customer.pk), action="fields").order_by("pk")
    return [(row.actor, row.fields) for row in rows]


def test_a_field_gets_a_code_of_its_title_that_never_changes():
    field = made("Размер обуви", "whole", least=20, most=60)
    assert (field.code, field.position) == ("x_razmer_obuvi", 1)
    change_field(field_id=field.pk, entry=FieldEntry("Размер", Kind.TEXT, least=30, most=50), actor=ADMIN, now=NOW)
    field.refresh_from_db()
    assert (field.code, field.title, field.kind, field.least) == ("x_razmer_obuvi", "Размер", "whole", 30)
    with pytest.raises(fields.TitleTaken):
        made("РАЗМЕР", "text")


def test_values_are_kept_one_way_with_their_history():
    made("Размер", "whole"), made("Рост", "decimal"), made("День", "day"), made("Пьёт кофе", "flag")
    customer = factories.customer()
    assert put(customer, x_razmer="42", x_rost="1,80", x_den="5.3.1990", x_pet_kofe="да")
    assert held(customer) == {
        "x_razmer": ("42",),
        "x_rost": ("1.80",),
        "x_den": ("1990-03-05",),
        "x_pet_kofe": ("1",),
    }
    assert not put(customer, x_razmer=" 42 ")
    put(customer, x_razmer="", x_rost="1.9")
    assert held(customer) == {"x_rost": ("1.90",), "x_den": ("1990-03-05",), "x_pet_kofe": ("1",)}
    assert history(customer)[1:] == [("user:1", {"x_razmer": [["42"], []], "x_rost": [["1.80"], ["1.90"]]})]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("whole", "12.5"),
        ("whole", "many"),
        ("decimal", "1.234"),
        ("money", "1e6"),
        ("day", "31.02.2026"),
        ("flag", "maybe"),
        ("phone", "12"),
        ("link", "javascript:alert(1)"),
        ("text", "a\x00b"),
        ("text", "x" * 201),
        ("long_text", "x" * 10_001),
    ],
)
def test_what_is_no_value_is_refused_and_nothing_written(kind, text):
    made("Поле", kind), made("Другое", "text")
    customer = factories.customer()
    with pytest.raises(Misread):
        put(customer, x_drugoe="there", x_pole=text)
    assert (held(customer), history(customer)) == ({}, [])


def test_a_value_of_a_directory_is_known_by_code_or_title():
    colours = listed("Красный", "Синий", "Зелёный")
    made("Цвет", "choice", directory_id=colours.pk), made("Любит", "choices", directory_id=colours.pk)
    customer = factories.customer()
    put(customer, x_tsvet="красный", x_lyubit=["siniy", "ЗЕЛЕНЫЙ", "Синий"])
    assert held(customer) == {"x_tsvet": ("krasnyy",), "x_lyubit": ("siniy", "zelenyy")}
    put(customer, x_lyubit="Зелёный; Красный")
    assert held(customer)["x_lyubit"] == ("zelenyy", "krasnyy")
    with pytest.raises(Misread):
        put(customer, x_tsvet="серый")


def test_an_archived_value_stays_but_is_not_given_anew():
    colours = listed("Красный", "Синий")
    made("Цвет", "choice", directory_id=colours.pk)
    had, other = factories.customer(name="Had"), factories.customer(name="Other", phones=())
    put(had, x_tsvet="krasnyy")
    directories.archive_value(value_id=colours.values.get(code="krasnyy").pk, archived=True, actor=ADMIN, now=NOW)
    assert not put(had, x_tsvet="krasnyy")
    with pytest.raises(Misread):
        put(other, x_tsvet="krasnyy")


def test_a_merged_value_is_its_heir_everywhere():
    colours = listed("Красный", "Алый", "Бордо")
    made("Цвет", "choice", directory_id=colours.pk), made("Любит", "choices", directory_id=colours.pk)
    one, two = factories.customer(name="One"), factories.customer(name="Two", phones=())
    put(one, x_tsvet="alyy", x_lyubit="krasnyy; alyy")
    put(two, x_tsvet="bordo")
    red, scarlet, claret = (colours.values.get(code=code) for code in ("krasnyy", "alyy", "bordo"))
    assert directories.merge_values(value_id=claret.pk, into_id=scarlet.pk, actor=ADMIN, now=NOW) == 1
    directories.merge_values(value_id=scarlet.pk, into_id=red.pk, actor=ADMIN, now=NOW)
    assert held(one) == {"x_tsvet": ("krasnyy",), "x_lyubit": ("krasnyy",)}
    assert held(two) == {"x_tsvet": ("krasnyy",)}
    put(two, x_tsvet="Бордо")
    assert held(two) == {"x_tsvet": ("krasnyy",)}
    with pytest.raises(directories.MergeIntoItself):
        directories.merge_values(value_id=red.pk, into_id=claret.pk, actor=ADMIN, now=NOW)


def test_a_field_is_archived_and_comes_back_with_its_values():
    field = made("Клуб", "text")
    customer = factories.customer()
    put(customer, x_klub="Гольф")
    archive_field(field_id=field.pk, archived=True, actor=ADMIN, now=NOW)
    assert definitions("customer") == []
    with pytest.raises(UnknownField):
        put(customer, x_klub="Яхты")
    archive_field(field_id=field.pk, archived=False, actor=ADMIN, now=NOW)
    assert held(customer) == {"x_klub": ("Гольф",)}


def test_fields_go_in_the_order_that_an_administrator_gives():
    first, second, third = (made(title, "text").pk for title in ("А", "Б", "В"))
    order_fields(target="customer", field_ids=[third, first], actor=ADMIN, now=NOW)
    assert [one.id for one in definitions("customer")] == [third, first, second]


def test_a_field_for_a_role_is_unknown_to_the_others():
    made("Доход", "money", roles=("administrator",))
    customer = factories.customer()
    with pytest.raises(UnknownField):
        put(customer, Actor("user:2", None, Role.MANAGER), x_dokhod="100")
    put(customer, system("api"), x_dokhod="100")
    assert held(customer) == {"x_dokhod": ("100.00",)}


def test_nobody_writes_a_record_that_he_does_not_see():
    made("Клуб", "text")
    customer = factories.customer()
    elsewhere = Actor("user:2", frozenset({factories.branch().pk}), Role.MANAGER)
    with pytest.raises(type(customer).DoesNotExist):
        put(customer, elsewhere, x_klub="Гольф")


def test_a_change_of_type_says_first_what_would_not_convert():
    field = made("Размер", "text")
    people = [factories.customer(name=f"N {number}", phones=()) for number in range(4)]
    for customer, text in zip(people, ("42", "сорок", " 43", "сорок"), strict=True):
        put(customer, x_razmer=text)
    found = preview(field_id=field.pk, kind=Kind.WHOLE)
    assert (found.fits, found.misfits, found.samples) == (2, 2, [("сорок", 2)])
    assert convert_field(field_id=field.pk, kind=Kind.WHOLE, actor=ADMIN, now=NOW).misfits == 2
    (now, kept) = definitions("customer", archived=True)
    assert (now.kind, now.archived, kept.kind, kept.archived) == (Kind.WHOLE, False, Kind.TEXT, True)
    assert [held(customer) for customer in people] == [
        {"x_razmer": ("42",)},
        {kept.code: ("сорок",)},
        {"x_razmer": ("43",)},
        {kept.code: ("сорок",)},
    ]


def test_texts_become_a_directory():
    field, colours = made("Цвет", "text"), listed("Красный")
    people = [factories.customer(name=f"N {number}", phones=()) for number in range(3)]
    for customer, text in zip(people, ("красный", "Синий", "синий"), strict=True):
        put(customer, x_tsvet=text)
    found = preview(field_id=field.pk, kind=Kind.CHOICE, directory_id=colours.pk, fill=True)
    assert (found.fits, found.misfits, found.new_values) == (3, 0, 1)
    convert_field(field_id=field.pk, kind=Kind.CHOICE, directory_id=colours.pk, fill=True, actor=ADMIN, now=NOW)
    assert [held(customer)["x_tsvet"] for customer in people] == [("krasnyy",), ("siniy",), ("siniy",)]
    convert_field(field_id=field.pk, kind=Kind.TEXT, actor=ADMIN, now=NOW)
    assert [held(customer)["x_tsvet"] for customer in people] == [("Красный",), ("Синий",), ("Синий",)]


def test_a_file_becomes_nothing_else():
    field = made("Фото", "file")
    with pytest.raises(conversions.CannotConvert):
        preview(field_id=field.pk, kind=Kind.TEXT)


def test_a_merge_takes_what_the_other_card_knows_and_an_undo_gives_it_back():
    made("Клуб", "text"), made("Размер", "whole")
    stays, goes = factories.customer(name="Stays"), factories.customer(name="Goes", phones=())
    put(stays, x_klub="Гольф")
    put(goes, x_klub="Яхты", x_razmer="42")
    merge = merge_customers(survivor_id=stays.pk, gone_id=goes.pk, actor=ADMIN, now=NOW)
    assert held(stays) == {"x_klub": ("Гольф",), "x_razmer": ("42",)}
    undo_merge(merge_id=merge.pk, actor=ADMIN, now=NOW)
    assert held(stays) == {"x_klub": ("Гольф",)}
    assert held(goes) == {"x_klub": ("Яхты",), "x_razmer": ("42",)}


def test_keys_lie_in_the_order_of_values():
    lot = Random(5)
    numbers = [f"{lot.randint(-(10**14), 10**14) / 100:.2f}" for _ in range(50)] + ["0.00", "-0.01"]
    with connection.cursor() as cursor:
        key = key_sql(Kind.MONEY, "v")
        cursor.execute(f'SELECT v FROM unnest(%s::text[]) v ORDER BY {key} COLLATE "C"', [numbers])  # noqa: S608 - ours
        assert [row[0] for row in cursor.fetchall()] == sorted(numbers, key=float)


def test_a_key_of_the_table_is_that_of_its_value():
    made("Клуб", "text"), made("Размер", "whole")
    put(factories.customer(), x_klub="Ёлка", x_razmer="-7")
    assert sorted(CustomerFieldValue.objects.values_list("key", flat=True)) == ["0999999999999300", "елка"]
    assert CustomField.objects.count() == 2


def test_a_key_is_the_same_in_python():
    said = [(Kind.MONEY, "-12.50"), (Kind.WHOLE, "7"), (Kind.TEXT, "Ёлка " * 40), (Kind.CHOICE, "krasnyy")]
    with connection.cursor() as cursor:
        for kind, value in said:
            cursor.execute(f"SELECT {key_sql(kind, '%s')}", [value])
            assert cursor.fetchone() == (key_of(kind, value),)


def test_a_person_is_erased_with_his_files_and_the_words_of_his_history():
    made("Клуб", "text"), made("Фото", "file")
    gone, other = factories.customer(name="Gone"), factories.customer(name="Other", phones=())
    put(gone, x_klub="Тайна"), put(gone, x_klub="Секрет"), put(other, x_klub="Гольф")
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    content = picture.getvalue()
    set_file(target=CUSTOMER, record_id=gone.pk, code="x_foto", name="я.png", content=content, actor=ADMIN, now=NOW)
    told = next(one for one in copy_of(ADMIN, gone.pk).tables if one.code == "customers_customerfieldvalue")
    assert [(row["field"], row["value"]) for row in told.rows] == [("Клуб", "Секрет"), ("Фото", "я.jpg")]
    erase_customer(customer_id=gone.pk, reason="demand", actor=ADMIN, now=NOW)
    clean_journals(now=NOW)
    assert (held(gone), held(other), StoredFile.objects.count()) == ({}, {"x_klub": ("Гольф",)}, 0)
    assert [fields for _actor, fields in history(gone)] == [None, None, None]
    assert history(other) == [("user:1", {"x_klub": [[], ["Гольф"]]})]


def test_what_lies_in_the_folder_without_a_row_is_swept_a_day_later(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    kept = files.store(name="a.png", content=picture.getvalue(), actor=ADMIN, now=NOW)
    lost = path_of(uuid.uuid4())
    lost.parent.mkdir(parents=True, exist_ok=True)
    lost.write_bytes(b"half")
    written = datetime.fromtimestamp(lost.stat().st_mtime, UTC)
    assert files.sweep(now=written + timedelta(hours=23)) == 0
    assert files.sweep(now=written + timedelta(hours=25)) == 1
    assert (lost.exists(), path_of(kept.pk).exists()) == (False, True)
