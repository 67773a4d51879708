import io
import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.urls import reverse
from tests import people

from vernost.accounts.models import Source
from vernost.customers.models import Customer
from vernost.intake import operations
from vernost.intake.models import HeaderMapping, ImportRun, QuarantinedRow, QuarantineState
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMERS = "id;full_name;phones\nC-1;Иванов Сергей;89171234567\nC-2;Петрова Анна;89177654321\n"
ORDERS = (
    "id;customer_id;opened_at;closed_at;kind;amount\n"
    "O-1;C-1;2026-03-02;2026-03-02;repair;1000\nO-2;C-1;31.02.2026;;repair;500\n"
)


def upload(client, *files):
    documents = [io.BytesIO(text.encode()) for _name, text in files]
    for document, (name, _text) in zip(documents, files, strict=True):
        document.name = name
    return client.post(reverse("office:imports"), {"documents": documents, "source": "dms"})


def run_waiting(now):
    """Import as the worker does: on a connection that the pages do not share."""
    try:
        for run in ImportRun.objects.filter(state="waiting"):
            operations.run_import(run_id=run.pk, now=now)
    finally:
        connection.close()


@pytest.fixture
def now():
    return datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_check_writes_nothing_and_becomes_the_import(client, now):
    people.signed_in(client)
    check = upload(client, ("customers.csv", CUSTOMERS), ("orders.csv", ORDERS)).headers["Location"]
    run_waiting(now)
    page = client.get(check)
    assert [(shown.file.name, shown.file.new, shown.file.quarantined) for shown in page.context["files"]] == [
        ("customers.csv", 2, 0),
        ("orders.csv", 1, 1),
    ]
    assert not Customer.objects.exists()
    run_id = int(re.search(r"\d+", check)[0])
    started = client.post(reverse("office:import-start", args=[run_id])).headers["Location"]
    run_waiting(now)
    assert [customer.full_name for customer in Customer.objects.order_by("pk")] == ["Иванов Сергей", "Петрова Анна"]
    assert client.get(started).context["run"].state == "done"
    again = client.post(
        reverse("office:import-start", args=[run_id]), headers={"referer": f"http://testserver{check}"}, follow=True
    )
    assert "toast--bad" in again.content.decode()
    assert ImportRun.objects.filter(dry_run=False).count() == 1


def test_second_check_shows_old_beside_new(client, now):
    people.signed_in(client)
    operations_path = upload(client, ("customers.csv", CUSTOMERS)).headers["Location"]
    run_waiting(now)
    client.post(reverse("office:import-start", args=[int(re.search(r"\d+", operations_path)[0])]))
    run_waiting(now)
    check = upload(client, ("customers.csv", CUSTOMERS.replace("Петрова Анна", "Сидорова Анна"))).headers["Location"]
    run_waiting(now)
    page = client.get(check)
    (changed,) = page.context["files"][0].changed
    assert ("Петрова Анна", "Сидорова Анна") in {(change.old, change.new) for change in changed.changes}
    assert changed.key == "C-2"


def test_waiting_import_asks_for_itself_again_and_can_be_stopped(client):
    people.signed_in(client)
    check = upload(client, ("customers.csv", CUSTOMERS)).headers["Location"]
    assert 'hx-trigger="every 1s"' in client.get(check).content.decode()
    fragment = client.get(check, headers={"HX-Request": "true"}).content.decode()
    assert fragment.strip().startswith('<div class="stack-3" id="import-run"')
    run_id = int(re.search(r"\d+", check)[0])
    client.post(reverse("office:import-stop", args=[run_id]))
    assert ImportRun.objects.get().state == "stopped"
    assert "hx-trigger" not in client.get(check, headers={"HX-Request": "true"}).content.decode()


def test_unreadable_upload_says_why(client, now):
    people.signed_in(client)
    check = upload(client, ("photo.csv", "\x00\x01\x02")).headers["Location"]
    with pytest.raises(operations.Unreadable):
        run_waiting(now)
    assert "note--bad" in client.get(check).content.decode()


def test_form_without_files_comes_back(client):
    people.signed_in(client)
    answer = client.post(reverse("office:imports"), {"source": "dms"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["documents"]


def quarantined(client, now):
    check = upload(client, ("customers.csv", CUSTOMERS), ("orders.csv", ORDERS)).headers["Location"]
    run_waiting(now)
    client.post(reverse("office:import-start", args=[int(re.search(r"\d+", check)[0])]))
    run_waiting(now)
    return QuarantinedRow.objects.get()


def test_row_is_mended_in_place_with_the_error_at_its_field(client, now):
    people.signed_in(client)
    row = quarantined(client, now)
    url = reverse("office:quarantine-row", args=[row.pk])
    page = client.get(reverse("office:quarantine")).content.decode()
    assert "31.02.2026" in page
    htmx = {"HX-Request": "true"}
    wrong = client.post(url, {"cell-opened_at": "30.02.2026"}, headers=htmx)
    assert wrong.status_code == 422
    assert 'value="30.02.2026"' in wrong.content.decode()
    assert 'aria-invalid="true"' in wrong.content.decode()
    right = client.post(url, {"cell-opened_at": "28.02.2026"}, headers=htmx)
    assert (right.status_code, right.content) == (200, b"")
    assert sorted(RepairOrder.objects.values_list("external_id", flat=True)) == ["O-1", "O-2"]
    assert client.get(url).status_code == 404


def test_row_is_dropped_without_scripts(client, now):
    people.signed_in(client)
    row = quarantined(client, now)
    answer = client.post(reverse("office:quarantine-row", args=[row.pk]), {"drop": "1"})
    assert answer.headers["Location"] == reverse("office:quarantine")
    row.refresh_from_db()
    assert row.state == QuarantineState.DROPPED


def test_quarantine_filters_and_tries_again_by_reason(client, now, django_assert_max_num_queries):
    people.signed_in(client)
    row = quarantined(client, now)
    chosen = {"reason": row.reason, "kind": "orders"}
    with django_assert_max_num_queries(8):
        page = client.get(reverse("office:quarantine"), chosen)
    assert [shown.id for shown in page.context["page"].rows] == [row.pk]
    assert client.get(reverse("office:quarantine"), {"kind": "customers"}).context["page"].rows == []
    row.row["opened_at"] = "2026-02-28"
    row.save()
    client.post(reverse("office:quarantine-retry"), chosen)
    assert RepairOrder.objects.filter(external_id="O-2").exists()


def test_dealers_names_of_columns_are_kept_and_used(client, now):
    people.signed_in(client)
    Source.objects.create(code="dms")
    url = reverse("office:mapping", args=["dms", "customers"])
    assert (
        client.get(reverse("office:mapping-choose"), {"source": "dms", "kind": "customers"}).headers["Location"] == url
    )
    assert client.post(url, {"full_name": "Имя целиком", "city": "Имя целиком"}).status_code == 422
    client.post(url, {"full_name": "Имя целиком, Как зовут"})
    assert HeaderMapping.objects.get().columns == {"Имя целиком": "full_name", "Как зовут": "full_name"}
    assert "Имя целиком" in client.get(reverse("office:mappings")).content.decode()
    check = upload(client, ("customers.csv", "id;Имя целиком\nC-7;Орлов Пётр\n")).headers["Location"]
    run_waiting(now)
    client.post(reverse("office:import-start", args=[int(re.search(r"\d+", check)[0])]))
    run_waiting(now)
    assert Customer.objects.get().full_name == "Орлов Пётр"


def test_history_asks_the_same_for_one_import_and_for_three(client, django_assert_max_num_queries):
    people.signed_in(client)
    for _each in range(3):
        upload(client, ("customers.csv", CUSTOMERS))
        with django_assert_max_num_queries(8):
            client.get(reverse("office:imports"))


def test_who_sees_some_branches_does_not_import(client):
    people.signed_in(client, "manager", people.branch())
    for name in ("imports", "quarantine", "mappings"):
        assert client.get(reverse(f"office:{name}")).status_code == 403
