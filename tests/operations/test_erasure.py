"""A person is erased: not a word of him is left anywhere, and every sum is what it was."""

import json
import os
import random
import subprocess
from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from tests import factories as make
from tests import people as users
from tests.intake import run, write

from vernost import embedded, facts
from vernost.accounts.models import AuditRecord, ListView, Source
from vernost.care.models import SurveyAnswer
from vernost.contacts.models import Interaction
from vernost.core.actor import Role, system
from vernost.customers import operations as customers
from vernost.customers.models import ConsentEntry, ContactAddress, Customer, CustomerSearchKey, DuplicatePair
from vernost.customers.operations import Said
from vernost.customers.queries import ledger
from vernost.customers.rules.consents import Purpose, Way
from vernost.embedded import binaries, layout
from vernost.facts import operations as mirror_operations
from vernost.intake import jobs as intake_jobs
from vernost.intake import operations as intake
from vernost.intake.models import ImportedFile, QuarantinedRow
from vernost.invitations.models import ContactAttempt, Invitation, InvitationEvent
from vernost.privacy import operations, queries
from vernost.privacy.models import ErasedKey, Erasure
from vernost.privacy.operations import cleaning, journal
from vernost.vehicles.models import Vehicle
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)

NOW = make.at(12)
TODAY = NOW.date()
TESTER = system("tests")
PEOPLE, ERASED = 4, 2


def marks(number):
    """Return all by which a person of these tests can be known, in the forms in which people write it."""
    phone = f"9170{number:06}"
    letters = "".join(chr(0x410 + int(digit)) for digit in f"{number:03}")
    return {
        "name": f"Мечников{letters} Аристарх Фёдорович",
        "last": f"Мечников{letters}",
        "phones": [
            f"+7{phone}",
            f"8{phone}",
            phone,
            f"8 (917) 0{number:06}"[:20],
            f"+7 917 0{phone[4:6]}-{phone[6:8]}-{phone[8:]}",
        ],
        "email": f"mechnikov{number}@example.org",
        "vin": f"XTA210990Y{number:07}",
        "plate": f"А{number:03}ВС716",
    }


def everything_about(number):
    one = marks(number)
    return [
        one["name"],
        one["last"],
        *one["phones"],
        one["email"],
        one["vin"],
        one["plate"],
        one["name"].replace("ё", "е"),
    ]


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"
    settings.DATA_DIR = tmp_path
    return tmp_path


def files(numbers):
    lines = {"customers.csv": "id,full_name,phones,emails,consent_calls,consent_on\n"}
    lines["vehicles.csv"] = "id,make,model,vin,plate,customer_id\n"
    lines["recalls.csv"] = "code,vin,title,starts_on\n"
    lines["orders.csv"] = "id,customer_id,vehicle_id,opened_at,closed_at,amount,kind\n"
    lines["interactions.csv"] = "id,customer_id,vehicle_id,at,channel,direction,outcome,text\n"
    for number in numbers:
        one = marks(number)
        lines["customers.csv"] += f"C-{number},{one['name']},{one['phones'][0]},{one['email']},1,2025-05-05\n"
        lines["vehicles.csv"] += f"V-{number},LADA,Vesta,{one['vin']},{one['plate']},C-{number}\n"
        lines["recalls.csv"] += f"R-1,{one['vin']},Airbag,2026-01-01\n"
        for order in range(3):
            day = f"2026-0{order + 1}-15"
            lines["orders.csv"] += (
                f"O-{number}-{order},C-{number},V-{number},{day} 09:00,{day} 18:00,{1000 + number},repair\n"
            )
        text = f"Просил {one['name']} перезвонить на {one['phones'][1]}"
        lines["interactions.csv"] += f"I-{number},C-{number},V-{number},2026-02-02 10:00,call,out,booked,{text}\n"
    return lines


def people(tmp_path):
    """Import people with cars, orders and calls, and let everything happen to them that leaves words behind."""
    run(write(tmp_path / "in", files(range(PEOPLE))))
    return [_lived(number) for number in range(PEOPLE)]


def _lived(number):
    one = marks(number)
    person = Customer.objects.get(external_id=f"C-{number}")
    twin = make.customer(name=one["name"], phones=(f"+79030{number:06}", one["phones"][0]))
    merged = customers.merge_customers(survivor_id=person.pk, gone_id=twin.pk, actor=TESTER, now=NOW)
    assert merged.pk
    other = make.customer(name=f"Другой Человек {number}", phones=())
    DuplicatePair.objects.create(left=person, right=other, score=0.7, agreement={}, found_at=NOW)
    said = Said(Purpose.ADVERTISING, {"sms": True}, Way.PAPER, TODAY, f"Анкета, подписал {one['name']}")
    customers.record_statement(customer_id=person.pk, said=said, actor=TESTER, now=NOW)
    car = Vehicle.objects.get(external_id=f"V-{number}")
    invitation = make.invitation(programme=make.programme(), customer=person, vehicle=car)
    InvitationEvent.objects.create(
        invitation=invitation, at=NOW, actor="user:1", from_state="queued", to_state="queued", note=one["phones"][2]
    )
    call = Interaction.objects.create(
        customer=person, vehicle=car, at=NOW, on=TODAY, channel="call", direction="out", text=f"{one['name']} занят"
    )
    ContactAttempt.objects.create(
        invitation=invitation,
        interaction=call,
        number=1,
        at=NOW,
        on=TODAY,
        address=one["phones"][0],
        outcome="busy",
        reached=False,
    )
    make.appointment(
        branch=make.branch(name=f"B{number}"), starts_at=NOW, customer=person, vehicle=car, note=one["email"]
    )
    SurveyAnswer.objects.create(
        customer=person, answered_at=NOW, answered_on=TODAY, score=9, text=f"Спасибо. {one['last']} А."
    )
    return person


def left_overs(number):
    """Leave words about a person in the tables that do not refer to him."""
    one = marks(number)
    file = ImportedFile.objects.order_by("pk").first()
    QuarantinedRow.objects.create(
        file=file,
        source=Source.objects.get(),
        kind="customers",
        key=f"C-{number}",
        line=1,
        reason="bad_date",
        row={"id": f"C-{number}", "full_name": one["name"].upper(), "phones": one["phones"][4]},
        seen_at=NOW,
    )
    file.sample = [
        *file.sample,
        {"verdict": "new", "line": 1, "key": "1", "columns": [{"column": "vin", "old": "", "new": one["vin"]}]},
    ]
    file.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT source_id FROM customers_customer WHERE external_id IS NOT NULL LIMIT 1")
        cursor.execute(
            """INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status, attempts)
               VALUES ('default', 'messages.send', 0, %s::jsonb, 'succeeded', 1)""",
            [json.dumps({"text": f"Здравствуйте, {one['name']}!", "to": one["phones"][0]}, ensure_ascii=False)],
        )
    cache.set(f"card-{number}", one["name"])
    _looked_for(one)


def _looked_for(one):
    """Make files of lists that are narrowed to him, and keep a look at one under his name."""
    client = Client()
    client.force_login(boss := users.user(Role.ADMINISTRATOR))
    for text in (one["last"], one["phones"][3], one["phones"][2][-7:], one["email"], one["vin"]):
        client.get(reverse("office:customers"), {"q": text, "format": "csv"})
    for asked in ({"plate": one["plate"]}, {"vin": one["vin"]}):
        assert client.get(reverse("office:vehicles"), {**asked, "format": "csv"}).status_code == 200
    ListView.objects.create(list_code="vehicles", title=one["last"], owner=boss, filters={"plate": one["plate"]})


def dump(embedded_server):
    """Return every table of the database as text, as pg_dump writes it."""
    pg_dump = binaries.folder(layout.Layout(_run_folder()), None) / "pg_dump"
    where = ["--host", str(embedded_server.host), "--port", str(embedded_server.port), "--username", embedded.SUPERUSER]
    done = subprocess.run(
        [pg_dump, *where, "--data-only", "--inserts", connection.settings_dict["NAME"]], check=True, capture_output=True
    )
    return done.stdout.decode()


def _run_folder():
    return Path(os.environ["VERNOST_TESTS"])


def hits(text, number):
    lower = text.lower()
    return [mark for mark in everything_about(number) if mark.lower() in lower]


def files_with(folder, number):
    """Return the files under a folder that have a mark of a person in them, as bytes; Parquet is read."""
    found = []
    for path in folder.rglob("*"):
        if not path.is_file() or path.is_relative_to(folder / "in"):
            continue
        text = _text_of(path)
        if hits(text, number):
            found.append(path.name)
    return found


def _text_of(path):
    if path.suffix == ".parquet":
        return json.dumps(pq.read_table(path).to_pylist(), default=str, ensure_ascii=False)
    return path.read_bytes().decode("utf-8", "ignore")


def sums():
    with connection.cursor() as cursor:
        figures = {}
        for name, sql in {
            "orders": "SELECT count(*), sum(amount), count(customer_id), count(vehicle_id) FROM workshop_repairorder",
            "visits": "SELECT count(DISTINCT (customer_id, closed_on)) FROM workshop_repairorder",
            "cards": "SELECT count(*) FROM customers_customer",
            "cars": "SELECT count(*) FROM vehicles_vehicle",
            "invitations": "SELECT state, count(*) FROM invitations_invitation GROUP BY 1",
            "attempts": "SELECT outcome, count(*) FROM invitations_contactattempt GROUP BY 1",
            "contacts": "SELECT outcome, count(*) FROM contacts_interaction GROUP BY 1 ORDER BY 1",
            "scores": "SELECT sum(score), count(*) FROM care_surveyanswer",
            "appointments": "SELECT status, count(*) FROM workshop_appointment GROUP BY 1",
        }.items():
            cursor.execute(sql)
            figures[name] = cursor.fetchall()
    return figures


def mirror_sums():
    orders = facts.table("orders", facts.connect()).to_pyarrow()
    visits = facts.table("visits", facts.connect()).to_pyarrow()
    return (orders.num_rows, sum(orders["revenue"].to_pylist()), visits.num_rows)


def erase(person, **more):
    return operations.erase_customer(customer_id=person.pk, reason="demand", actor=TESTER, now=NOW, **more)


def test_nothing_is_left_of_who_was_erased_and_every_sum_stays(embedded_server, folder):
    lived = people(folder)
    for number in range(PEOPLE):
        left_overs(number)
    customers.seal_consents(now=NOW)
    mirror_operations.refresh(now=NOW)
    before, seen = sums(), mirror_sums()
    gone = random.Random(179).sample(range(PEOPLE), ERASED)
    assert AuditRecord.objects.filter(action="exported").count() == PEOPLE * 7
    assert AuditRecord.objects.filter(action="searched").exclude(fields__customers=[]).count() >= PEOPLE * 3
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
    erase(lived[3])
    before = sums()
    again = files(range(PEOPLE))
    again["interactions.csv"] = again["interactions.csv"].replace("перезвонить", "снова перезвонить")
    again["customers.csv"] += "C-77,New Person,,,,\n"
    again["orders.csv"] += "O-new,C-3,V-3,2026-03-30 09:00,2026-03-30 18:00,5000,repair\n"
    made = run(write(folder / "in", again))
    counts = {file.name: (file.new, file.changed, file.same, file.quarantined) for file in made.files.all()}
    assert counts["customers.csv"] == (1, 0, PEOPLE, 0)
    assert counts["vehicles.csv"] == (0, 0, PEOPLE, 0)
    assert counts["recalls.csv"] == (0, 0, PEOPLE, 0)
    assert counts["orders.csv"] == (1, 0, 3 * PEOPLE, 0)
    assert counts["interactions.csv"] == (0, PEOPLE, 0, 0)
    warned = {file.name: [each["code"] for each in file.warnings] for file in made.files.all()}
    assert (warned["customers.csv"], warned["vehicles.csv"], warned["recalls.csv"]) == (["erased"],) * 3
    # The new order's money comes in, of nobody.
    assert RepairOrder.objects.get(external_id="O-new").customer_id == lived[3].pk
    ImportedFile.objects.update(sample=[])
    cleaning.clean_mirror(now=NOW)
    assert hits(dump(embedded_server), 3) == []
    after = sums()
    assert after["orders"][0][0] == before["orders"][0][0] + 1
    assert after["cards"][0][0] == before["cards"][0][0] + 1


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
    first, second = Customer.objects.get(external_id="C-0"), Customer.objects.get(external_id="C-1")
    sold = Vehicle.objects.get(external_id="V-0")
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
    ImportedFile.objects.update(sample=[])
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
    person = Customer.objects.get(external_id="C-0")
    operations.erase_customer(customer_id=person.pk, reason="demand", actor=TESTER, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'intake.forget_checks'")
        assert cursor.fetchone() == (1,)
    intake_jobs.forget_checks()
    assert list(uploads.iterdir()) == []
    with pytest.raises(intake.CheckIsGone):
        intake.import_checked(run_id=check.pk, actor=TESTER, now=NOW)
