"""What people have written is shown as they wrote it: on no page and in no file does it become anything else.

Every column of every table that holds words gets a text that would break out of its place.
"""

import csv
import io

import openpyxl
import pytest
from django.urls import reverse
from tests import house, march, naughty, people, walks
from tests.html_forms import faults
from tests.intake import imported
from tests.pages import PageClient

from vernost.core.actor import Role
from vernost.core.spreadsheets import escaped, unescaped
from vernost.customers.models import Customer

pytestmark = pytest.mark.django_db
# Out of an element, out of an attribute with either quote, out of a script, and a template.
PAYLOADS = (
    f"</script></textarea></title><{naughty.TAG} onclick=x><script>window.__pwned=1</script>{{{{ 7919*7927 }}}}",
    f"\"'><{naughty.TAG} a=\"' onfocus='window.__pwned=1' autofocus x=",
)


@pytest.fixture
def dwelling():
    boss, known = house.built()
    client = PageClient()
    client.force_login(boss)
    return client, known


def wrong_on(client, places):
    wrong = {}
    for name, url in places:
        answer = client.get(url)
        if answer.status_code >= 500 or faults(answer, url):
            wrong[name] = (answer.status_code, faults(answer, url))
    return wrong


@pytest.mark.parametrize("text", [PAYLOADS[0], pytest.param(PAYLOADS[1], marks=pytest.mark.slow)])
def test_no_page_runs_what_is_written_in_a_row(dwelling, text):
    client, known = dwelling
    assert house.fill(text) > 60
    edit = reverse("office:record-fields", args=["customer", known["customer_id"]]) + "?edit=1"
    assert wrong_on(client, [*walks.urls(known).items(), ("edit", edit)]) == {}


# The mirror is made of what is committed.
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("text", PAYLOADS)
def test_no_page_of_figures_runs_what_is_written_in_a_row(dwelling, text):
    client, known = dwelling
    house.fill(text)
    march.build()
    assert wrong_on(client, walks.urls(known, engine=True).items()) == {}
    march.forget()


def files_of(client, places):
    """Yield every list that can be taken out, by the links that offer it: its address and its rows in both kinds."""
    forms, _statuses = walks.forms_on(client, places)
    for key, form in forms:
        if "format" in form.typed and dict(form.values)["format"] in {"csv", "xlsx"}:
            taken = client.get(form.url, form.sent({"format": "csv"}))
            book = client.get(form.url, form.sent({"format": "xlsx"}))
            if taken.headers["Content-Type"].startswith("text/csv"):
                yield key[0], taken, openpyxl.load_workbook(io.BytesIO(book.content)).active


def check_files(client, places):
    seen = set()
    for name, taken, page in files_of(client, places):
        rows = list(csv.reader(io.StringIO(taken.content.decode("utf-8-sig"), newline=""), delimiter=";"))
        cells = [cell for row in rows for cell in row]
        numbers = {cell for cell in cells if cell.replace(",", "").replace("-", "").isdigit()}
        assert [cell for cell in cells if cell not in numbers and escaped(unescaped(cell)) != cell] == [], name
        assert [cell.value for row in page.iter_rows() for cell in row if cell.data_type == "f"] == [], name
        seen.add(name)
    return seen


DANGEROUS = [*naughty.SHEETS, *naughty.LINES, "\x01\x1b", "_x0041_", "a" * 20_000]


LISTS = {"office:audit", "office:customers", "office:vehicles", "office:orders"}


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_no_file_runs_what_is_written_in_a_row(dwelling, every):
    client, known = dwelling
    house.fill("=1+1")
    places = walks.urls(known)
    assert check_files(client, [(name, url) for name, url in places.items() if every or name in LISTS]) >= LISTS


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_file_of_figures_runs_what_is_written_in_a_row(dwelling):
    client, known = dwelling
    house.fill("=1+1")
    march.build()
    assert len(check_files(client, walks.urls(known, engine=True).items())) > 5
    march.forget()


@pytest.mark.django_db(transaction=True)
def test_an_exported_list_comes_in_again_as_it_went_out(client, tmp_path):
    rows = [
        {"id": f"{place}", "full_name": "Иванов", "phones": f"+7917{place:07}", "city": text, "category": text}
        for place, text in enumerate(DANGEROUS)
    ]
    content = io.StringIO(newline="")
    writer = csv.DictWriter(content, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    came = imported(tmp_path / "in", {"customers.csv": content.getvalue()})["customers.csv"]
    assert came[0] + came[3] == len(DANGEROUS)
    before = list(Customer.objects.order_by("pk").values_list("external_id", "city", "category"))
    assert [city for _id, city, _category in before if city.startswith(("=", "+", "-", "@"))] != []
    people.signed_in(client, Role.ADMINISTRATOR)
    for kind in ("csv", "xlsx"):
        columns = {"c": ["ref", "name", "phone", "city", "category", "created_on"], "format": kind}
        name = f"customers.{kind}"
        taken = client.get(reverse("office:customers"), columns).content
        again = imported(tmp_path / "in", {name: taken})
        after = list(Customer.objects.order_by("pk").values_list("external_id", "city", "category"))
        assert (again, set(after) ^ set(before)) == ({name: (0, 0, came[0], 0)}, set())


@pytest.mark.django_db(transaction=True)
def test_a_list_that_comes_in_again_keeps_who_is_known_not_to_be_blocked(client, tmp_path):
    """Nobody who was let in again is blocked once more by the day that is left of it."""
    content = (
        "id;full_name;kind;birth_date;created_on;source;blocked;blocked_on\n"
        "1;Иванов;person;01.02.1980;01.02.2020;Сайт;1;01.03.2026\n"
        "2;Петров;person;;01.02.2020;Сайт;0;01.03.2026\n"
        "3;ООО «Лес»;company;;;;;\n"
    )
    imported(tmp_path / "in", {"customers.csv": content})
    stored = Customer.objects.order_by("external_id").values_list("external_id", "blocked", "blocked_on")
    before = list(stored)
    people.signed_in(client, Role.ADMINISTRATOR)
    for kind in ("csv", "xlsx"):
        columns = ["ref", "name", "kind", "city", "category", "origin", "birth_date", "created_on", "blocked"]
        taken = client.get(reverse("office:customers"), {"c": columns, "format": kind}).content
        new, _changed, _same, refused = imported(tmp_path / "in", {f"customers.{kind}": taken})[f"customers.{kind}"]
        assert (new, refused, list(stored)) == (0, 0, before)
