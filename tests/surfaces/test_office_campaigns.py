import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests import factories, people

from vernost.core.actor import Role
from vernost.invitations.models import CampaignMember, Programme
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db

URL = "/office/programmes/campaigns/new/"


def form(**more):
    return {"title": "Акция «Зима»", "way": "list", "action": "find", **more}


@pytest.fixture
def base(client):
    people.signed_in(client)
    ivanov = factories.customer(name="Иванов Сергей", phones=("+79171234567",))
    petrova = factories.customer(name="Петрова Анна", phones=("+79177654321",))
    car = factories.vehicle(owner=ivanov, vin="XZGFF06A0NA123456", plate="А123ВС116", year=2022)
    other = factories.vehicle(owner=petrova, make="LADA", model="Vesta", plate="О451КМ716", year=2019)
    return {"ivanov": ivanov, "petrova": petrova, "car": car, "other": other}


def test_list_reads_phones_plates_and_vins_as_people_write_them(client, base):
    entries = "8 917 765-43-21\nxzgff06a0na123456\na123bc 116\n89990000000; нет такого"
    page = client.post(URL, form(entries=entries))
    found = page.context["audience"]
    assert found.pairs == ((base["petrova"].pk, None), (base["ivanov"].pk, base["car"].pk))
    assert found.unknown == ("89990000000; нет такого",)
    assert "89990000000; нет такого" in page.content.decode()
    assert not Programme.objects.exists()


def test_each_row_of_a_file_means_the_first_cell_that_names_somebody(client, base):
    document = SimpleUploadedFile("list.csv", "Клиент;Телефон\nИванов;8(917)123-45-67\n".encode("cp1251"))
    page = client.post(URL, form(document=document))
    assert page.context["audience"].pairs == ((base["ivanov"].pk, None),)
    assert page.context["form"]["entries"].value() == "Иванов; 8(917)123-45-67"


def test_workbook_keeps_telephones_as_numbers(client, base):
    book = openpyxl.Workbook()
    book.active.append(["Телефон"])
    book.active.append([79171234567])
    content = io.BytesIO()
    book.save(content)
    page = client.post(URL, form(document=SimpleUploadedFile("list.xlsx", content.getvalue())))
    assert page.context["audience"].pairs == ((base["ivanov"].pk, None),)


@pytest.mark.usefixtures("base")
def test_file_that_is_no_table_is_refused_with_words(client):
    answer = client.post(URL, form(document=SimpleUploadedFile("list.xlsx", b"no workbook")))
    assert answer.status_code == 422
    assert answer.context["form"].errors


def test_filter_takes_the_cars_of_todays_owners(client, base):
    page = client.post(URL, form(way="filter", make="lada", year_to="2020"))
    assert page.context["audience"].pairs == ((base["petrova"].pk, base["other"].pk),)
    page = client.post(URL, form(way="filter", never_came="on"))
    assert len(page.context["audience"].pairs) == 2


def test_created_campaign_is_a_programme_that_does_not_run_yet(client, base):
    answer = client.post(URL, form(entries="89171234567", action="create"))
    programme = Programme.objects.get()
    assert answer.headers["Location"] == reverse("office:programme", args=[programme.pk])
    assert (programme.title, programme.kind, programme.active) == ("Акция «Зима»", "campaign", False)
    assert list(CampaignMember.objects.values_list("customer_id", "vehicle_id")) == [(base["ivanov"].pk, None)]
    assert client.get(answer.headers["Location"]).status_code == 200


def test_nobody_beyond_the_scope_gets_on_a_list(client, base):
    kazan, samara = factories.branch(), factories.branch(name="Samara")
    for branch, customer in ((kazan, base["ivanov"]), (samara, base["petrova"])):
        RepairOrder.objects.create(branch=branch, customer=customer, opened_on="2026-03-01", status="open")
    people.signed_in(client, Role.MANAGER, kazan)
    page = client.post(URL, form(entries="89171234567\n89177654321"))
    assert page.context["audience"].pairs == ((base["ivanov"].pk, None),)
    assert page.context["audience"].unknown == ("89177654321",)
    page = client.post(URL, form(way="filter", year_from="1990"))
    assert page.context["audience"].pairs == ((base["ivanov"].pk, base["car"].pk),)
    made = client.post(URL, form(entries="89171234567", action="create")).headers["Location"]
    assert list(Programme.objects.get().branches.all()) == [kazan]
    assert client.get(made).context["may_change"]


@pytest.mark.usefixtures("base")
def test_empty_list_is_asked_for(client):
    answer = client.post(URL, form())
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["entries"])
