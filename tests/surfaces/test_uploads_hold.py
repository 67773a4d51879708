"""Files that are not what they say, through every field of the pages that takes a file.

The fields are read from the pages: a new one is walked by itself.
"""

import io
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from tests import people
from tests.html_forms import faults
from tests.surfaces.test_forms_hold import Walk

from vernost.core.actor import Role
from vernost.files.models import StoredFile
from vernost.files.queries import folder
from vernost.intake.models import ImportRun

ROWS = b"id;full_name\n1;\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd\n"


def zipped(members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def linked():
    """Return an archive whose one member is a link to a file of the machine."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        member = zipfile.ZipInfo("customers.csv")
        member.external_attr = 0o120777 << 16
        archive.writestr(member, "/etc/passwd")
    return content.getvalue()


def picture():
    content = io.BytesIO()
    Image.new("RGB", (4, 4)).save(content, "JPEG")
    return content.getvalue()


def workbook():
    content = io.BytesIO()
    openpyxl.Workbook().save(content)
    return content.getvalue()


FILES = {
    "a program": ("customers.exe", b"MZ" + b"\0" * 100),
    "a second ending": ("customers.csv.exe", ROWS),
    "a script": ("customers.php", b"<?php system($_GET[0]); ?>"),
    "svg": ("photo.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.__pwned=1'/>"),
    "html as a table": ("customers.csv", b"<html><script>window.__pwned=1</script></html>"),
    "html as a photo": ("photo.jpg", b"<html><script>window.__pwned=1</script></html>"),
    "photo and archive at once": ("photo.jpg", picture() + zipped({"customers.csv": ROWS})),
    "document and archive at once": ("a.pdf", b"%PDF-1.7\n" + zipped({"a": b"b"}) + b"\n%%EOF"),
    "a bomb": ("customers.zip", zipped({"customers.csv": b"0" * 5_000_000})),
    "many files": ("customers.zip", zipped({f"{number}.csv": b"id\n" for number in range(1_100)})),
    "a path in an archive": ("customers.zip", zipped({"../../../../tmp/customers.csv": ROWS})),
    "a link in an archive": ("customers.zip", linked()),
    "an archive in an archive": ("customers.zip", zipped({"in.zip": zipped({"customers.csv": ROWS})})),
    "a path in the name": ("../../../../etc/customers.csv", ROWS),
    "a path of another system": ("C:\\Windows\\customers.csv", ROWS),
    "a long name": ("я" * 250 + ".csv", ROWS),
    "a name with marks": ("ко\u202eтов\r\n.csv", ROWS),
    "eicar": ("a.pdf", b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"),
    "nothing": ("customers.csv", b""),
    "zeros": ("customers.csv", b"\0" * 10_000),
    "half a workbook": ("customers.xlsx", workbook()[:500]),
    "a workbook by name": ("customers.xlsx", ROWS),
}


@pytest.fixture(scope="module")
def walk(shared_rows):  # noqa: ARG001 - the tables are emptied afterwards
    return Walk(only=("office:imports", "office:campaign-new", "office:record-fields", "office:customer"))


def test_a_file_that_is_not_what_it_says_gets_an_answer(walk, db):  # noqa: ARG001 - taken back
    fields = {(key[0], name): form for key, form in walk.forms if form.method == "post" for name in form.files}
    assert {place for place, _field in fields} >= {"office:imports", "office:campaign-new", "office:field-put"}
    wrong, old = {}, list(StoredFile.objects.values_list("pk", flat=True))
    for (place, field), form in fields.items():
        for title, (name, content) in FILES.items():
            with walk.undone():
                answer = walk.answer(form, {field: SimpleUploadedFile(name, content)})
                kept = [(file.name, file.kind) for file in StoredFile.objects.exclude(pk__in=old)]
                found = [answer.status_code] if answer.status_code >= 500 else faults(answer, form.url)
            if found or kept not in ([], [("photo.jpg", "jpeg")]):
                wrong[place, title] = (found, kept)
    assert wrong == {}
    # A photo that is an archive too was painted anew: the archive is gone.
    assert [path for path in folder().glob("??/*") if b"PK\x05\x06" in path.read_bytes()] == []


@pytest.mark.django_db
@pytest.mark.parametrize("title", ["a program", "a second ending", "a script", "svg", "html as a photo"])
def test_what_is_no_table_is_refused_before_it_is_kept(client, title):
    people.signed_in(client, Role.ADMINISTRATOR)
    name, content = FILES[title]
    answer = client.post(reverse("office:imports"), {"documents": [SimpleUploadedFile(name, content)], "source": "dms"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["documents"])
    assert name in answer.context["form"].errors["documents"][0]
    assert not ImportRun.objects.filter(state="waiting").exists()


@pytest.mark.django_db
def test_files_that_are_too_large_or_too_many_are_refused(client, monkeypatch):
    people.signed_in(client, Role.ADMINISTRATOR)
    monkeypatch.setattr("vernost.office.forms.imports.LARGEST", 10)
    monkeypatch.setattr("vernost.office.forms.imports.MOST_FILES", 2)
    for count, content in ((1, b"0123456789ab"), (3, b"id")):
        documents = [SimpleUploadedFile(f"customers{number}.csv", content) for number in range(count)]
        answer = client.post(reverse("office:imports"), {"documents": documents, "source": "dms"})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["documents"])
    assert not ImportRun.objects.filter(state="waiting").exists()


@pytest.mark.django_db
def test_two_files_of_one_name_are_both_kept(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    documents = [SimpleUploadedFile("customers.csv", content) for content in (b"id\n1\n", b"id\n2\n")]
    client.post(reverse("office:imports"), {"documents": documents, "source": "dms"})
    assert ImportRun.objects.get(state="waiting").name == "customers.csv, customers (2).csv"
