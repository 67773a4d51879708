"""A person is erased: not a word of him is left anywhere, and every sum is what it was."""

import json
import random
from contextlib import suppress
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from tests import own_fields
from tests import people as users
from tests.erased import (
    NOW,
    PEOPLE,
    TESTER,
    TODAY,
    dump,
    erase,
    files,
    files_with,
    hits,
    left_overs,
    listen,
    marks,
    mirror_sums,
    people,
    sums,
    tell_others,
)
from tests.intake import run, write

from vernost.accounts.models import AuditRecord
from vernost.automation.models import Delivery
from vernost.contacts.models import Interaction
from vernost.core.actor import Role
from vernost.customers import operations as customers
from vernost.customers.models import ConsentEntry, ContactAddress, Customer, CustomerSearchKey
from vernost.customers.queries import ledger
from vernost.facts import operations as mirror_operations
from vernost.intake import jobs as intake_jobs
from vernost.intake import operations as intake
from vernost.intake.operations import sources
from vernost.invitations.models import Invitation
from vernost.privacy import operations, queries
from vernost.privacy.models import ErasedKey, Erasure
from vernost.privacy.operations import cleaning, journal
from vernost.vehicles.models import Vehicle
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)

ERASED = 2


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"
    settings.DATA_DIR = tmp_path
    return tmp_path


def test_nothing_is_left_of_who_was_erased_and_every_sum_stays(embedded_server, folder):
    listen()
    lived = people(folder)
    for number in range(PEOPLE):
        left_overs(number)
    customers.seal_consents(now=NOW)
    mirror_operations.refresh(now=NOW)
    before, seen = sums(), mirror_sums()
    gone = random.Random(179).sample(range(PEOPLE), ERASED)
    assert AuditRecord.objects.filter(subject="export").count() == PEOPLE * 8
    assert AuditRecord.objects.filter(subject="search").exclude(fields__customers=[]).count() >= PEOPLE * 3
    text = dump(embedded_server)
    assert all(len(hits(text, number)) > 5 for number in range(PEOPLE))
    assert all(files_with(folder, number) for number in gone)
    for number in gone:
        erase(lived[number], document="№ 17 от 24.11.2026")
    assert cleaning.clean_mirror(now=NOW) == ERASED
    text = dump(embedded_server)
    assert [hits(text, number) for number in gone] == [[]] * ERASED
    assert [files_with(folder, number) for number in gone] == [[]] * ERASED
    assert all(len(hits(text, number)) > 5 for number in range(PEOPLE) if number not in gone)
    assert (sums(), mirror_sums()) == (before, seen)
    assert ledger.check().holds
    assert ledger.check().chain.erased == 2 * ERASED
    assert cache.get("card-0") is None


def test_the_same_files_again_bring_nobody_back(embedded_server, folder):
    lived = people(folder)
    own_fields.made("Remark", "text", "order")
    gone = marks(3)
    erase(lived[3])
    before = sums()
    again = files(range(PEOPLE))
    again["interactions.csv"] = again["interactions.csv"].replace("перезвонить", "снова перезвонить")
    again["interactions.csv"] += (
        f"{gone['call']}-later,{gone['card']},,2026-03-30 10:00,call,in,booked,{gone['last']}\n"
    )
    again["interactions.csv"] += f"I-bad,{gone['card']},{gone['car']},31.31.2026,call,out,booked,{gone['name']}\n"
    again["customers.csv"] += "C-77,New Person,,,,\n"
    again["orders.csv"] += f"O-new,{gone['card']},{gone['car']},2026-03-30 09:00,2026-03-30 18:00,5000,repair\n"
    again["orders.csv"] += f"O-far,{gone['card']},no such car,2026-03-30 09:00,2026-03-30 18:00,5000,repair\n"
    head, *orders = again["orders.csv"].splitlines()
    said = [f"{line},{gone['name'] if line.startswith('O-new') else ''}" for line in orders]
    again["orders.csv"] = "\n".join([f"{head},remark", *said]) + "\n"
    again["consents.csv"] = f"id,customer_id,given,on,evidence\nS-1,{gone['card']},1,2025-05-05,{gone['name']}\n"
    made = run(write(folder / "in", again))
    counts = {file.name: (file.new, file.changed, file.same, file.quarantined) for file in made.files.all()}
    assert counts["customers.csv"] == (1, 0, PEOPLE, 0)
    assert counts["vehicles.csv"] == (0, 0, PEOPLE, 0)
    assert counts["recalls.csv"] == (0, 0, PEOPLE, 0)
    assert counts["consents.csv"] == (0, 0, 1, 0)
    assert counts["orders.csv"] == (1, 0, 3 * PEOPLE + 1, 0)
    assert counts["interactions.csv"] == (1, PEOPLE - 1, 2, 0)
    warned = {file.name: [each["code"] for each in file.warnings] for file in made.files.all()}
    assert set(warned) == set(counts)
    assert all(codes == ["erased"] for codes in warned.values())
    # The new order's money comes in, of nobody.
    assert RepairOrder.objects.get(external_id="O-new").customer_id == lived[3].pk
    cleaning.clean_mirror(now=NOW)
    assert hits(dump(embedded_server), 3) == []
    third = run(write(folder / "in", {"interactions.csv": again["interactions.csv"]}))
    counts = {file.name: (file.new, file.changed, file.same) for file in third.files.all()}
    assert counts["interactions.csv"] == (0, 0, PEOPLE + 2)
    assert Interaction.objects.filter(customer=lived[3], external_id=None).count() == 3
    after = sums()
    assert after["orders"][0][0] == before["orders"][0][0] + 1
    assert after["cards"][0][0] == before["cards"][0][0] + 1


@pytest.mark.parametrize("others", [False, True])
def test_what_other_systems_were_told_names_him_by_our_number_and_is_sent_on(folder, others):
    listen()
    if others:
        sources.source_named("mistyped")
    lived = people(folder)
    ask_again = tell_others(0)
    if others:
        sources.begin_using(sources.source_named("second"))
    card, car = marks(0)["card"], marks(0)["car"]
    told = {pk: json.loads(body) for pk, body in Delivery.objects.values_list("pk", "body")}
    his = [pk for pk, body in told.items() if body["data"].get("customer_id") == card]
    assert {told[pk]["type"] for pk in his} == {
        "appointment.booked",
        "contact.created",
        "consent.given",
        "consent.withdrawn",
        "customer.merged",
    }
    dead = Delivery.objects.filter(pk=his[0])
    dead.update(state="dead", ended_at=NOW, body=dead.get().body.replace("}}", f',"id":"{marks(0)["phones"][2]}"}}}}'))
    erase(lived[0])
    now_told = {pk: json.loads(body) for pk, body in Delivery.objects.values_list("pk", "body")}
    call = Interaction.objects.get(customer=lived[0], text="", on=date(2026, 2, 2)).pk
    ours = {card: f"vernost:{lived[0].pk}", car: f"vernost:{Vehicle.objects.get(vin='').pk}"}
    ours[marks(0)["call"]] = f"vernost:{call}"
    for pk, body in told.items():
        expected = {name: ours.get(str(value), value) for name, value in body["data"].items()}
        if pk == his[0]:
            assert (now_told[pk]["type"], now_told[pk]["data"]) == (body["type"], {})
        else:
            assert now_told[pk] == {**body, "data": expected}
    # The answer that was kept went with him, and nothing is written of nobody.
    assert ask_again().json()["code"] == "unknown_reference"


def test_who_is_erased_is_in_no_list_and_cannot_be_erased_twice(folder):
    lived = people(folder)
    done = erase(lived[0])
    assert not CustomerSearchKey.objects.filter(customer__in=done.customers).exists()
    assert not ContactAddress.objects.filter(customer__in=done.customers).exists()
    assert not ConsentEntry.objects.filter(customer__in=done.customers).exists()
    with pytest.raises(Customer.DoesNotExist):
        erase(lived[0])
    with pytest.raises(Customer.DoesNotExist):
        queries.copy_of(TESTER, lived[0].pk)
    assert Erasure.objects.count() == 1
    assert list(AuditRecord.objects.filter(action="erased").values_list("subject_id", "fields")) == [
        (str(lived[0].pk), {})
    ]


def test_the_car_of_another_keeps_its_number(folder):
    people(folder)
    first, second = (
        Customer.objects.get(external_id=marks(0)["card"]),
        Customer.objects.get(external_id=marks(1)["card"]),
    )
    sold = Vehicle.objects.get(external_id=marks(0)["car"])
    sold.ownerships.update(owned_until=TODAY)
    sold.ownerships.create(customer=second, owned_from=TODAY)
    done = erase(first)
    assert done.vehicles == []
    assert Vehicle.objects.get(pk=sold.pk).vin == marks(0)["vin"]


def test_whom_an_operator_has_on_the_line_is_not_erased(folder):
    lived = people(folder)
    Invitation.objects.filter(customer=lived[0]).update(
        state="in_progress", leased_by=users.user(Role.OPERATOR), leased_until=NOW + timedelta(minutes=5)
    )
    with pytest.raises(customers.CustomerBusy):
        erase(lived[0])


def test_the_journal_says_nothing_of_the_person(folder):
    lived = people(folder)
    with pytest.raises(operations.UnknownReason):
        operations.erase_customer(customer_id=lived[0].pk, reason="because", actor=TESTER, now=NOW)
    for words in (f"Заявление {marks(0)['name']}", f"тел. {marks(0)['phones'][1]}", marks(0)["plate"].lower()):
        with pytest.raises(operations.NamesThePerson):
            erase(lived[0], document=words)
    done = erase(lived[0], document="Заявление № 5")
    assert (done.reason, done.document, done.customers[0]) == ("demand", "Заявление № 5", lived[0].pk)
    assert done.counts["customers_customer"] == 2
    assert hits(journal.path().read_text(encoding="utf-8"), 0) == []


def test_after_a_restore_the_erased_are_erased_again(embedded_server, folder):
    """A backup is a past of the tables: he is there again, and nothing in the database knows that he was erased."""
    lived = people(folder)
    with pytest.raises(operations.NothingToReplay):
        operations.replay(actor=TESTER, now=NOW)

    class Restored(Exception):
        pass

    with suppress(Restored), transaction.atomic():
        erase(lived[2])
        raise Restored
    assert (Erasure.objects.count(), ErasedKey.objects.count(), len(hits(dump(embedded_server), 2)) > 5) == (0, 0, True)
    done = operations.replay(actor=TESTER, now=NOW)
    assert (done.lines, done.erased, done.known, done.unlike) == (1, [lived[2].pk], [], [])
    cleaning.clean_mirror(now=NOW)
    assert hits(dump(embedded_server), 2) == []
    again = operations.replay(actor=TESTER, now=NOW)
    assert (again.erased, again.unlike) == ([], [])
    assert lived[2].pk in again.known


def test_a_base_begun_anew_gives_the_number_to_another_who_stays(folder):
    lived = people(folder)
    line = journal.Line(
        at=NOW,
        actor="x",
        reason="demand",
        document="",
        customers=[lived[1].pk],
        vehicles=[],
        keys=[("customers", "0" * 64, None)],
        salt=b"s" * 32,
    )
    done = operations.replaying.Replayed(0, [], [], [])
    operations.replaying._again(line, done, TESTER, NOW)
    assert (done.erased, done.unlike) == ([], [lived[1].pk])


def test_an_erasure_that_fails_leaves_everything(folder, monkeypatch):
    lived = people(folder)
    monkeypatch.setattr(journal, "path", lambda: folder / "no" / "such" / "folder")
    before = sums()
    with pytest.raises(FileNotFoundError):
        erase(lived[1])
    assert Customer.objects.get(pk=lived[1].pk).full_name == marks(1)["name"]
    assert (sums(), Erasure.objects.count()) == (before, 0)


def test_the_copy_has_all_that_is_kept(folder):
    lived = people(folder)
    copy = queries.copy_of(TESTER, lived[0].pk)
    tables = {table.code: len(table.rows) for table in copy.tables}
    assert tables == {
        "customers_customer": 2,
        "vehicles_vehicle": 1,
        "customers_contactaddress": 5,
        "customers_consententry": 2,
        "customers_customermerge": 1,
        "vehicles_ownership": 1,
        "workshop_repairorder": 3,
        "workshop_appointment": 1,
        "contacts_interaction": 2,
        "care_surveyanswer": 1,
        "invitations_invitation": 1,
        "invitations_contactattempt": 1,
        "accounts_auditrecord": 2,
    }
    text = json.dumps([table.rows for table in copy.tables], ensure_ascii=False)
    for mark in ("name", "email", "vin", "plate"):
        assert marks(0)[mark] in text
        assert marks(1)[mark] not in text


def test_the_files_of_a_check_go_with_whom_they_may_name(folder):
    """Whoever waits with a check uploads its files again; a person's data do not wait for him."""
    people(folder)
    named = BytesIO(files([0])["customers.csv"].encode())
    check = intake.upload_import(files=[("customers.csv", named)], source="dms", dry_run=True, actor=TESTER, now=NOW)
    intake.run_import(run_id=check.pk, now=NOW)
    uploads = folder / "intake" / "uploads"
    assert files_with(uploads, 0) != []
    person = Customer.objects.get(external_id=marks(0)["card"])
    operations.erase_customer(customer_id=person.pk, reason="demand", actor=TESTER, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'intake.forget_checks'")
        assert cursor.fetchone() == (1,)
    intake_jobs.forget_checks()
    assert list(uploads.iterdir()) == []
    with pytest.raises(intake.CheckIsGone):
        intake.import_checked(run_id=check.pk, actor=TESTER, now=NOW)
