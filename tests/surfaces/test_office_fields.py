"""Settings of fields, directories and the card; the block of fields on a card."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from tests import factories, people
from tests.own_fields import ADMIN, held, listed, made, put

from vernost.accounts.models import AccessRole, AuditRecord
from vernost.calls.models import DeclineReason
from vernost.core.actor import Role
from vernost.customers.models import CardLayout, CustomField, Directory
from vernost.files.models import StoredFile
from vernost.files.queries import path_of
from vernost.segments.queries.choices import choices

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    return client


def block(customer):
    return reverse("office:record-fields", args=["customer", customer.pk])


def photo(kind="JPEG", mode="RGB", size=(40, 30)):
    content = io.BytesIO()
    Image.new(mode, size, 200).save(content, kind)
    return content.getvalue()


def test_an_administrator_adds_a_field_and_its_directory(admin):
    said = {"title": "Цвет", "kind": "choice", "directory": "new", "values": "Красный\nСиний", "unit": "", "hint": ""}
    answer = admin.post(reverse("office:field-add", args=["customer"]), said)
    assert answer.headers["Location"] == reverse("office:fields") + "?target=customer"
    field = CustomField.objects.get()
    assert (field.code, field.directory.title) == ("x_tsvet", "Цвет")
    assert list(field.directory.values.values_list("code", flat=True)) == ["krasnyy", "siniy"]
    page = admin.get(answer.headers["Location"]).text
    assert "x_tsvet" in page


def test_a_field_without_a_directory_is_not_added(admin):
    answer = admin.post(reverse("office:field-add", args=["customer"]), {"title": "Цвет", "kind": "choice"})
    assert (answer.status_code, CustomField.objects.count(), Directory.objects.count()) == (422, 0, 0)


def test_the_block_of_a_card_shows_and_takes_values(admin):
    colours = listed("Красный", "Синий")
    made("Размер", "whole", unit="см"), made("Цвет", "choice", directory_id=colours.pk), made("Сайт", "link")
    customer = factories.customer()
    page = admin.get(reverse("office:customer", args=[customer.pk])).text
    assert f'id="fields-customer-{customer.pk}"' in page
    form = admin.get(block(customer) + "?edit=1", headers={"HX-Request": "true"}).text
    assert 'name="x_razmer"' in form
    said = {"x_razmer": "42", "x_tsvet": "siniy", "x_sayt": "https://a.ru/"}
    answer = admin.post(block(customer), said, headers={"HX-Request": "true"})
    assert (answer.status_code, held(customer)) == (
        200,
        {"x_razmer": ("42",), "x_tsvet": ("siniy",), "x_sayt": ("https://a.ru/",)},
    )
    assert "42\u00a0см" in answer.text
    assert 'rel="noopener noreferrer"' in answer.text


def test_what_is_no_value_comes_back_with_its_reason(admin):
    made("Размер", "whole", most=50)
    customer = factories.customer()
    answer = admin.post(block(customer), {"x_razmer": "99"}, headers={"HX-Request": "true"})
    assert (answer.status_code, held(customer)) == (422, {})
    assert "50" in answer.text


def test_markup_in_a_value_is_shown_as_text(admin):
    made("Клуб", "long_text")
    customer = factories.customer()
    put(customer, x_klub="<script>alert(1)</script>\n<img src=x onerror=alert(1)>")
    page = admin.get(reverse("office:customer", args=[customer.pk])).text
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page


def test_a_photo_is_painted_anew_and_handed_out_as_a_file(admin):
    made("Фото", "file")
    customer = factories.customer()
    url = reverse("office:field-put", args=["customer", customer.pk, "x_foto"])
    content = photo() + b"<script>alert(1)</script>"
    admin.post(url, {"file": SimpleUploadedFile("../../etc/кот.php.jpg", content, "text/html")})
    (file,) = StoredFile.objects.all()
    assert (file.name, file.kind) == ("кот_php.jpg", "jpeg")
    kept = path_of(file.pk).read_bytes()
    assert b"script" not in kept
    assert path_of(file.pk).stat().st_mode & 0o777 == 0o600
    answer = admin.get(reverse("office:field-file", args=["customer", customer.pk, "x_foto"]))
    assert answer.content == kept
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "image/jpeg"
    admin.post(url, {"drop": "1"})
    assert (held(customer), StoredFile.objects.count()) == ({}, 0)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        ("a.jpg", b"<html>"),
        ("a.jpg", b"\xff\xd8\xff" + b"0" * 100),
        ("a.pdf", b"%PDF-1.7 /JavaScript (app.alert(1)) %%EOF"),
        ("a.pdf", b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"),
        ("a.zip", b"PK\x03\x04" + b"0" * 100),
        ("a.exe", b"MZ" + b"0" * 100),
        ("a\x00.jpg", b"GIF89a" + b"0" * 100),
        ("", b""),
        ("big.jpg", photo() + b"0" * (10 * 2**20)),
    ],
)
def test_what_is_neither_photo_nor_document_is_refused(admin, name, content):
    made("Фото", "file")
    customer = factories.customer()
    url = reverse("office:field-put", args=["customer", customer.pk, "x_foto"])
    admin.post(url, {"file": SimpleUploadedFile(name or "a", content)})
    assert (held(customer), StoredFile.objects.count()) == ({}, 0)


def test_a_picture_bomb_is_refused(admin):
    made("Фото", "file")
    customer = factories.customer()
    header = photo("PNG", "1", (8, 8))
    bomb = header[:16] + (60_000).to_bytes(4, "big") * 2 + header[24:]
    url = reverse("office:field-put", args=["customer", customer.pk, "x_foto"])
    admin.post(url, {"file": SimpleUploadedFile("a.png", bomb)})
    assert StoredFile.objects.count() == 0


def test_nobody_gets_the_file_of_a_record_that_he_does_not_see(client):
    made("Фото", "file")
    customer = factories.customer()
    people.signed_in(client, Role.MANAGER, factories.branch())
    upload = {"file": SimpleUploadedFile("a.jpg", photo())}
    assert client.post(reverse("office:field-put", args=["customer", customer.pk, "x_foto"]), upload).status_code == 404
    assert client.get(reverse("office:field-file", args=["customer", customer.pk, "x_foto"])).status_code == 404
    assert client.get(block(customer)).status_code == 404


def test_a_field_for_administrators_is_not_shown_to_a_manager(client):
    made("Доход", "money", roles=("administrator",)), made("Клуб", "text")
    customer = factories.customer()
    put(customer, x_dokhod="100")
    people.signed_in(client, Role.MANAGER)
    page = client.get(block(customer), headers={"HX-Request": "true"}).text
    assert ("Клуб" in page, "Доход" in page) == (True, False)


def test_the_type_is_changed_after_a_preview(admin):
    field = made("Размер", "text")
    one, two = factories.customer(name="One"), factories.customer(name="Two", phones=())
    put(one, x_razmer="42"), put(two, x_razmer="сорок")
    url = reverse("office:field-type", args=[field.pk])
    page = admin.post(url, {"kind": "whole"})
    assert (page.context["found"].fits, page.context["found"].misfits) == (1, 1)
    assert "сорок" in page.text
    field.refresh_from_db()
    assert field.kind == "text"
    admin.post(url, {"kind": "whole", "convert": "1"})
    field.refresh_from_db()
    assert field.kind == "whole"


def test_values_of_a_directory_are_added_renamed_ordered_archived_and_merged(admin):
    admin.post(reverse("office:directory-add"), {"title": "Цвета", "values": "Красный\nСиний"})
    colours = Directory.objects.get()
    admin.post(reverse("office:directory", args=[colours.pk]), {"values": "Алый\nсиний"})
    red, blue, scarlet = colours.values.order_by("pk")
    order = {"value": [scarlet.pk, red.pk, blue.pk]}
    admin.post(reverse("office:directory-order", args=[colours.pk]), order)
    admin.post(reverse("office:directory-value", args=[blue.pk]), {"title": "Голубой"})
    admin.post(reverse("office:directory-value", args=[blue.pk]), {"archive": "1"})
    admin.post(reverse("office:directory-value", args=[scarlet.pk]), {"into": red.pk})
    found = colours.values.order_by("position").values_list("title", "archived_at", "merged_into__code")
    assert [(title, at is not None, heir) for title, at, heir in found] == [
        ("Алый", False, "krasnyy"),
        ("Красный", False, None),
        ("Голубой", True, None),
    ]
    assert admin.get(reverse("office:directory", args=[colours.pk])).status_code == 200


def test_the_order_of_a_directory_is_that_of_forms_filters_lists_and_files(admin):
    field = made("Цвета", "choices", directory_id=(colours := listed("Красный", "Синий", "Алый")).pk)
    customer = factories.customer()
    put(customer, **{field.code: ["красный", "алый"]})
    red, blue, scarlet = colours.values.order_by("pk")
    admin.post(reverse("office:directory-order", args=[colours.pk]), {"value": [scarlet.pk, red.pk, blue.pk]})
    form = admin.get(block(customer) + "?edit=1").content.decode()
    filtered = admin.get(reverse("office:customers")).content.decode()
    for words in (form, filtered):
        assert words.index("Алый") < words.index("Красный") < words.index("Синий")
    offered = choices(f"directory:{colours.pk}", ADMIN, timezone.localdate())
    assert [one.title for one in offered] == ["Алый", "Красный", "Синий"]
    asked = {"c": ["name", field.code]}
    assert "Алый, Красный" in admin.get(reverse("office:customers"), asked).content.decode()
    file = admin.get(reverse("office:customers"), {**asked, "format": "csv"})
    assert "Алый; Красный" in b"".join(file).decode("utf-8-sig")


def test_reasons_of_refusals_are_a_list_of_the_administrator(admin):
    url = reverse("office:reasons-change")
    admin.post(url, {"add": "1", "title": "Уехал"})
    admin.post(url, {"add": "1", "title": "Дорого"})
    first, second = DeclineReason.objects.order_by("pk")
    admin.post(url, {"reason": first.pk, "title": "Переехал"})
    admin.post(url, {"order": "1", "reason": [second.pk, first.pk]})
    admin.post(url, {"reason": second.pk, "switch": "1"})
    assert list(DeclineReason.objects.values_list("title", "active")) == [("Дорого", False), ("Переехал", True)]
    assert admin.get(reverse("office:directories")).status_code == 200


def test_the_card_of_a_role_has_its_fields_in_its_order(admin, client):
    made("А", "text"), made("Б", "text"), made("В", "text")
    customer = factories.customer()
    said = {"fields": ["x_v", "x_a", "x_b"], "fields-shown": ["x_v", "x_b"]}
    admin.post(reverse("office:card-layout", args=["manager"]), said)
    people.signed_in(client, Role.MANAGER)
    shown = client.get(block(customer)).context["fields"]
    assert [one.definition.code for one in shown] == ["x_v", "x_b"]
    made("Г", "text")
    shown = client.get(block(customer)).context["fields"]
    assert [one.definition.code for one in shown] == ["x_v", "x_b", "x_g"]
    people.signed_in(client, Role.ADMINISTRATOR)
    assert client.get(reverse("office:card-layout", args=["manager"])).status_code == 200
    client.post(reverse("office:card-layout", args=["manager"]), {"reset": "1"})
    assert CardLayout.objects.count() == 0


def test_an_administrator_of_a_branch_does_not_change_what_is_common(client):
    field = made("А", "text")
    people.signed_in(client, Role.ADMINISTRATOR, factories.branch())
    for url in (
        reverse("office:fields"),
        reverse("office:field", args=[field.pk]),
        reverse("office:directories"),
        reverse("office:card-layouts"),
    ):
        assert client.get(url).status_code == 403


def test_who_is_not_shown_numbers_and_addresses_gets_none_from_fields(client):
    made("Телефон жены", "phone"), made("Почта жены", "link"), made("Сайт", "link"), made("Клуб", "text")
    customer = factories.customer(name="Иванов Сергей")
    said = {"x_telefon_zheny": "+79170001122", "x_pochta_zheny": "anna@mail.ru", "x_sayt": "https://ivanov.ru"}
    put(customer, **said, x_klub="Гольф")
    role = AccessRole.objects.create(code="blind", kind=Role.MANAGER, title="Слепой", grants={"fields": []})
    client.force_login(people.user(Role.MANAGER, access_role=role))
    shown = client.get(block(customer)).context["fields"]
    assert [(one.words, one.url) for one in shown] == [
        ("+7 ··· ··22", ""),
        ("a•••@mail.ru", ""),
        ("https://ivanov.ru", "https://ivanov.ru"),
        ("Гольф", ""),
    ]
    assert list(client.get(block(customer), {"edit": "1"}).context["form"].fields) == ["x_klub"]
    columns = {"c": ["name", "phone", "x_telefon_zheny"], "x_telefon_zheny": "+79170001122"}
    page = client.get(reverse("office:customers"), columns)
    assert [cell.words for cell in page.context["rows"][0].cells] == ["Иванов Сергей", "+7 ··· ··67", "+7 ··· ··22"]
    assert "x_telefon_zheny" not in [one.code for one in page.context["filters"]]
    told = AuditRecord.objects.get(subject="customer", action="fields").fields
    assert (told["x_telefon_zheny"], told["x_klub"]) == ([[], ["+7 ··· ··22"]], [[], ["Гольф"]])
