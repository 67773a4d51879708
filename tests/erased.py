"""People who can be found by all that is known of them: how they come in, and where a word of them is."""

import json
import os
import re
import subprocess
import uuid
from pathlib import Path

import pyarrow.parquet as pq
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from tests import api
from tests import factories as make
from tests import people as users
from tests.intake import run, write

from vernost import embedded, facts
from vernost.accounts.models import ListView, Source
from vernost.automation.operations import news, webhooks
from vernost.automation.operations.webhooks import WebhookEntry
from vernost.automation.queries.webhooks import appointment_data
from vernost.automation.rules.webhooks import EVENTS
from vernost.care.models import SurveyAnswer
from vernost.contacts.models import Interaction
from vernost.core.actor import Role, system
from vernost.customers import operations as customers
from vernost.customers.models import Customer, DuplicatePair
from vernost.customers.operations import Said
from vernost.customers.rules.consents import Purpose, Way
from vernost.embedded import binaries, layout
from vernost.intake.models import ImportedFile, QuarantinedRow
from vernost.invitations.models import ContactAttempt, InvitationEvent
from vernost.privacy import operations
from vernost.vehicles.models import Vehicle
from vernost.workshop.models import Appointment

NOW = make.at(12)
TODAY = NOW.date()
TESTER = system("tests")
PEOPLE = 4


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
        # By these the dealer's own system finds him and his car.
        "card": f"00-7301{number:04}",
        # The exchange makes the number of a call of the number that called.
        "call": f"20260202-8{phone}-1",
        "car": f"00-9902{number:04}",
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
        one["card"],
        one["car"],
        one["name"].replace("ё", "е"),
    ]


def files(numbers):
    lines = {"customers.csv": "id,full_name,phones,emails,consent_calls,consent_on\n"}
    lines["vehicles.csv"] = "id,make,model,vin,plate,customer_id\n"
    lines["recalls.csv"] = "code,vin,title,starts_on\n"
    lines["orders.csv"] = "id,customer_id,vehicle_id,opened_at,closed_at,amount,kind\n"
    lines["interactions.csv"] = "id,customer_id,vehicle_id,at,channel,direction,outcome,text\n"
    for number in numbers:
        one = marks(number)
        lines["customers.csv"] += f"{one['card']},{one['name']},{one['phones'][0]},{one['email']},1,2025-05-05\n"
        lines["vehicles.csv"] += f"{one['car']},LADA,Vesta,{one['vin']},{one['plate']},{one['card']}\n"
        lines["recalls.csv"] += f"R-1,{one['vin']},Airbag,2026-01-01\n"
        for order in range(3):
            day = f"2026-0{order + 1}-15"
            lines["orders.csv"] += (
                f"O-{number}-{order},{one['card']},{one['car']},{day} 09:00,{day} 18:00,{1000 + number},repair\n"
            )
        text = f"Просил {one['name']} перезвонить на {one['phones'][1]}"
        lines["interactions.csv"] += (
            f"{one['call']},{one['card']},{one['car']},2026-02-02 10:00,call,out,booked,{text}\n"
        )
    return lines


def people(tmp_path):
    """Import people with cars, orders and calls, and let everything happen to them that leaves words behind."""
    run(write(tmp_path / "in", files(range(PEOPLE))))
    return [_lived(number) for number in range(PEOPLE)]


def _lived(number):
    one = marks(number)
    person = Customer.objects.get(external_id=one["card"])
    twin = make.customer(name=one["name"], phones=(f"+79030{number:06}", one["phones"][0]))
    merged = customers.merge_customers(survivor_id=person.pk, gone_id=twin.pk, actor=TESTER, now=NOW)
    assert merged.pk
    other = make.customer(name=f"Другой Человек {number}", phones=())
    DuplicatePair.objects.create(left=person, right=other, score=0.7, agreement={}, found_at=NOW)
    said = Said(Purpose.ADVERTISING, {"sms": True}, Way.PAPER, TODAY, f"Анкета, подписал {one['name']}")
    customers.record_statement(customer_id=person.pk, said=said, actor=TESTER, now=NOW)
    car = Vehicle.objects.get(external_id=one["car"])
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
        customer=person,
        answered_at=NOW,
        answered_on=TODAY,
        score=9,
        text=f"Спасибо. {one['last']} А.",
        source=Source.objects.get(code="dms"),
        external_id=f"sms/{one['phones'][2]}",
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
        key=one["card"],
        line=1,
        reason="bad_date",
        row={"id": one["card"], "full_name": one["name"].upper(), "phones": one["phones"][4]},
        seen_at=NOW,
    )
    # Nothing of these but his number tells whose they are.
    for row in ({"id": "O-77", "customer_id": one["card"]}, {"id": "O-78", "vehicle_id": one["car"]}):
        QuarantinedRow.objects.create(
            file=file,
            source=Source.objects.get(),
            kind="orders",
            key=row["id"],
            line=2,
            reason="bad_date",
            row=row,
            seen_at=NOW,
        )
    file.sample = [
        *file.sample,
        {"verdict": "new", "line": 1, "key": "1", "columns": [{"column": "vin", "old": "", "new": one["vin"]}]},
    ]
    file.save()
    tell_others(number)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status, attempts)
               VALUES ('default', 'messages.send', 0, %s::jsonb, 'succeeded', 1)""",
            [json.dumps({"text": f"Здравствуйте, {one['name']}!", "to": one["phones"][0]}, ensure_ascii=False)],
        )
    cache.set(f"card-{number}", one["name"])
    _looked_for(one)


def listen():
    """Let another system be told of everything."""
    asked = WebhookEntry(name="DMS", url="https://example.com/", events=frozenset(EVENTS), all_branches=True)
    webhooks.add_webhook(entry=asked, actor=TESTER, now=NOW)


def tell_others(number):
    """Tell other systems of a person, and let them tell of him by the API; return a call that can come again."""
    one = marks(number)
    person = Customer.objects.get(external_id=one["card"])
    news.tell(now=NOW)
    data, branch = appointment_data(Appointment.objects.get(customer=person).pk)
    webhooks.announce(event="appointment.booked", data=data, branch_id=branch, message_id=uuid.uuid4(), now=NOW)
    caller = api.Caller(Client(), api.key())
    contact = {"customer_id": one["card"], "at": "2026-02-03T10:00:00+03:00", "channel": "call", "direction": "in"}
    again = {"idempotency_key": f"contact-{number}"}
    assert caller.post("/contacts", contact, **again).status_code == 201
    assert caller.post("/contacts", contact, **again).headers["Idempotent-Replayed"] == "true"
    brought = caller.post("/records", {"source": "dms", "customers": [{"id": one["card"]}]})
    assert (brought.status_code, one["card"] in brought.content.decode()) == (200, True)
    return lambda: caller.post("/contacts", contact, **again)


def _looked_for(one):
    """Make files of lists that are narrowed to him, and keep a look at one under his name."""
    client = Client()
    client.force_login(boss := users.user(Role.ADMINISTRATOR))
    for text in (one["last"], one["phones"][3], one["phones"][2][-7:], one["email"], one["vin"], one["card"]):
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
    # What is kept as bytes may be text too.
    return re.sub(r"'\\x([0-9a-f]+)'", lambda found: _read(bytes.fromhex(found[1])), done.stdout.decode())


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
    return _read(path.read_bytes())


def _read(content):
    return content.decode("utf-8", "ignore")


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
