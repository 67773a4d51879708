"""Photos and documents on cards, and how the blocks of a card are arranged for a role."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from tests import factories, people
from tests.uploads import PDF, photo

from vernost.accounts.models import AuditRecord
from vernost.core.actor import Role
from vernost.core.custom_fields import targets
from vernost.core.timeline import timeline_kinds
from vernost.customers.models import CardLayout, CustomerFile
from vernost.customers.queries.attached import files_model
from vernost.customers.queries.timeline import Whose, timeline
from vernost.files.models import StoredFile
from vernost.files.queries import path_of
from vernost.workshop.models import OrderFile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def cards(client):
    kazan = factories.branch()
    people.signed_in(client, Role.OPERATOR, kazan, username="olga")
    owner = factories.customer()
    car = factories.vehicle(owner=owner)
    order = factories.order(branch=kazan, customer=owner, vehicle=car)
    return {"customer": owner, "vehicle": car, "order": order}


def put(client, target, record, name, content):
    url = reverse("office:record-files", args=[target, record.pk])
    return client.post(url, {"file": SimpleUploadedFile(name, content)})


@pytest.mark.parametrize("target", ["customer", "vehicle", "order"])
def test_a_photo_is_put_on_a_card_shown_small_and_deleted(client, cards, target):
    record = cards[target]
    assert put(client, target, record, "../кузов.jpg.exe", photo()).url.endswith("#files")
    row = files_model(targets[target]).objects.get()
    assert (row.file.name, row.file.kind, row.actor) == ("кузов_jpg_exe.jpg", "jpeg", AuditRecord.objects.last().actor)
    # The customer's card asks for its files aside.
    where = f"office:{target}" if target != "customer" else "office:record-files"
    asked = reverse(where, args=[record.pk] if target != "customer" else [target, record.pk])
    page = client.get(asked).content.decode()
    url = reverse("office:record-file", args=[target, record.pk, row.pk])
    assert f'src="{url}?small=1"' in page
    small, whole = client.get(url, {"small": "1"}), client.get(url)
    assert (Image.open(io.BytesIO(small.content)).size, Image.open(io.BytesIO(whole.content)).size) == (
        (320, 240),
        (800, 600),
    )
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Content-Disposition"].startswith("attachment")
    client.post(reverse("office:record-file-drop", args=[target, record.pk, row.pk]))
    assert (StoredFile.objects.count(), client.get(url).status_code) == (0, 404)
    told = AuditRecord.objects.filter(subject=target, action__startswith="file_").order_by("pk")
    assert [(line.action, line.fields) for line in told] == [
        ("file_added", {"file": [None, row.file.name]}),
        ("file_removed", {"file": [row.file.name, None]}),
    ]


def test_what_is_no_photo_and_no_document_is_refused(client, cards):
    owner = cards["customer"]
    for name, content in (("a.svg", b"<svg onload='x'/>"), ("a.jpg", b"GIF89a"), ("a.pdf", PDF + b"/JavaScript %%EOF")):
        assert put(client, "customer", owner, name, content).status_code in {302, 409}
    assert CustomerFile.objects.count() == 0
    assert client.post(reverse("office:record-files", args=["customer", owner.pk])).status_code == 302
    assert client.post(reverse("office:record-files", args=["deal", 1])).status_code == 404


def test_files_stand_on_the_timelines(client, cards):
    put(client, "customer", cards["customer"], "анкета.pdf", PDF)
    put(client, "vehicle", cards["vehicle"], "кузов.jpg", photo())
    put(client, "order", cards["order"], "царапина.jpg", photo())
    actor = people.user(Role.MANAGER).as_actor()

    def told(subject, kind):
        whose = Whose(subject, cards[subject].pk, [cards["customer"].pk])
        return [(item.told.title, item.told.text) for item in timeline(whose, actor=actor, kind=kind).items]

    [(title, text)] = told("customer", "files")
    assert (title in {"Document", "Документ"}, text) == (True, "анкета.pdf · olga")
    assert [len(told("vehicle", kind)) for kind in ("car_files", "order_files")] == [1, 1]
    assert len(told("customer", "order_files")) == 1
    assert {"files", "car_files", "order_files"} <= {kind.code for kind in timeline_kinds}


def test_a_file_of_another_branch_is_as_good_as_none(client, cards):
    put(client, "order", cards["order"], "царапина.jpg", photo())
    row = OrderFile.objects.get()
    people.signed_in(client, Role.MANAGER, factories.branch(name="Samara"))
    url = reverse("office:record-file", args=["order", cards["order"].pk, row.pk])
    drop = reverse("office:record-file-drop", args=["order", cards["order"].pk, row.pk])
    assert (client.get(url).status_code, client.post(drop).status_code) == (404, 404)
    assert put(client, "order", cards["order"], "a.jpg", photo()).status_code == 404
    assert path_of(row.file_id).exists()


def arranged(page):
    """Return the codes of the card's blocks as the page shows them, column by column."""
    return {
        column: [part.rpartition("/")[2].removesuffix(".html") for part in parts]
        for column, parts in page.context["layout"].items()
    }


def test_the_blocks_of_a_card_stand_in_the_order_of_the_role(client, cards):
    admin = people.signed_in(client, Role.ADMINISTRATOR)
    url = f"{reverse('office:card-layout', args=['manager'])}?card=vehicle"
    said = {
        "blocks": ["people", "car", "history", "fields", "mileage", "files"],
        "blocks-shown": ["people", "history", "files", "mileage"],
    }
    preview = client.post(url, said, headers={"HX-Request": "true"}).context["columns"]
    assert [[block.code for block, is_shown in column.blocks if is_shown] for column in preview] == [
        ["people", "car", "mileage", "files"],
        ["history"],
    ]
    assert CardLayout.objects.count() == 0
    assert client.post(url, said).url == url
    card = reverse("office:vehicle", args=[cards["vehicle"].pk])
    usual = {"who": ["car", "mileage", "fields", "people", "files"], "past": ["history"]}
    # Who is of another role sees the card as it came; what may not be hidden is shown.
    assert arranged(client.get(card)) == usual
    people.signed_in(client, Role.MANAGER)
    assert arranged(client.get(card)) == {"who": ["people", "car", "mileage", "files"], "past": ["history"]}
    client.force_login(admin)
    client.post(url, {"reset": "1"})
    people.signed_in(client, Role.MANAGER)
    assert arranged(client.get(card)) == usual


@pytest.mark.parametrize("target", ["customer", "vehicle", "order"])
def test_every_card_has_a_page_of_its_blocks(client, cards, target):
    people.signed_in(client, Role.ADMINISTRATOR)
    page = client.get(reverse("office:card-layout", args=["operator"]), {"card": target})
    codes = [block.code for column in page.context["columns"] for block, _shown in column.blocks]
    card = client.get(reverse(f"office:{target}", args=[cards[target].pk]))
    assert sorted(codes) == sorted(code for column in arranged(card).values() for code in column)
    assert client.get(reverse("office:card-layout", args=["operator"]), {"card": "deal"}).status_code == 404
