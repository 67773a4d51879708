"""Who is not shown telephones, e-mail, VIN and margin gets them nowhere, and finds nobody by them.

One customer whose numbers are written wherever numbers can be; every page, file and answer of the API is read.
"""

import io
import json
import re
from collections import defaultdict
from datetime import UTC, date, datetime
from html import unescape
from urllib.parse import urljoin

import openpyxl
import pytest
from django.urls import reverse
from tests import api, march, own_fields, people
from tests import factories as make
from tests.addresses import arguments, pages
from tests.pages import PageClient

import vernost.api.urls  # noqa: F401 - gives the API its addresses
from vernost.accounts.audit import record_change
from vernost.accounts.models import AccessRole, LegalEntity, User
from vernost.api.service import api as service
from vernost.automation.queries.news import messages_of
from vernost.automation.queries.webhooks import appointment_data
from vernost.care.models import SurveyAnswer
from vernost.contacts.models import Interaction
from vernost.core.actor import Role, system
from vernost.core.endpoints import endpoints
from vernost.core.rights import Sensitive
from vernost.core.things import actions
from vernost.core.timeline import timeline_kinds
from vernost.customers import operations
from vernost.customers.models import (
    ChannelStop,
    ConsentEntry,
    ContactAddress,
    ContactPerson,
    CustomerNote,
    DuplicatePair,
)
from vernost.customers.operations import refresh_search_keys
from vernost.customers.queries.timeline import Whose, timeline
from vernost.office.downloads import XLSX
from vernost.segments.models import Segment, SegmentMember
from vernost.segments.operations import save_segment
from vernost.segments.queries.known import AsksOfTheHidden
from vernost.workshop.models import Appointment, OrderLine

CSV = "text/csv; charset=utf-8"
PHONE, EMAIL, VIN, WHO = "+79179990011", "kazantsev@example.ru", "XTA00KAZAN0000001", "Казанцев"
# The number as people write it, beside the two others.
WORDS = f"Звонить 8 (917) 999-00-11, писать {EMAIL}, кузов {VIN}"
NAMED = f"{WHO} Пётр 8 (917) 999-00-11 {VIN}"
# What nobody may find in an answer, when spaces, dashes and brackets are taken out of it.
MARKS = ("9179990011", "9990011", "kazantsev@", "XTA00KAZAN0000001", "KAZAN0000001", "777313", "1022687")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BY_VALUE = (PHONE, "9179990011", "89179990011", "999-00-11", "0011", EMAIL, "kazantsev", VIN, VIN[-6:], "XTA00")
# The administrator opens all that the others do: `make test-all` asks for these too.
PERSONS = (
    Role.ADMINISTRATOR,
    pytest.param(Role.OPERATOR, marks=pytest.mark.slow),
    pytest.param(Role.MANAGER, marks=pytest.mark.slow),
)


def written(owner, car, order, kazan):
    """Put the numbers wherever people and sources put them."""
    at = NOW
    Interaction.objects.create(customer=owner, vehicle=car, at=at, on=at.date(), channel="call", text=WORDS)
    sms = {"channel": "sms", "direction": "out", "outcome": f"ушло на {PHONE}"}
    Interaction.objects.create(customer=owner, vehicle=car, at=at, on=at.date(), text=WORDS, **sms)
    CustomerNote.objects.create(customer=owner, at=at, actor="import", text=WORDS)
    ChannelStop.objects.create(customer=owner, channel="sms", since=at.date(), note=WORDS)
    SurveyAnswer.objects.create(customer=owner, order=order, answered_at=at, answered_on=at.date(), score=3, text=WORDS)
    operations.record_statement(
        customer_id=owner.pk,
        said=api_said(),
        actor=system("tests"),
        now=at,
    )
    ContactAddress.objects.create(customer=owner, kind="phone", value=PHONE, position=0, note=f"дубль {EMAIL}")
    ContactAddress.objects.create(customer=owner, kind="email", value=EMAIL, position=1, note=f"или {PHONE}")
    ContactAddress.objects.create(customer=owner, kind="note", value=WORDS, position=2)
    for name, title, kind, value in (
        ("customer", "Телефон жены", "phone", PHONE),
        ("customer", "Почта жены", "link", EMAIL),
        ("customer", "О клиенте", "long_text", WORDS),
    ):
        own_fields.made(title, kind, target=name)
        code = {"Телефон жены": "x_telefon_zheny", "Почта жены": "x_pochta_zheny", "О клиенте": "x_o_kliente"}[title]
        own_fields.put(owner, **{code: value})
    record_change(
        subject="customer",
        subject_id=owner.pk,
        action="change",
        fields={"phone": [PHONE, ""], "email": ["", EMAIL], "blocked_reason": ["", WORDS]},
        actor=system("tests"),
        now=at,
    )
    make.appointment(
        branch=kazan, starts_at=datetime(2099, 11, 24, 12, tzinfo=UTC), customer=owner, vehicle=car, note=WORDS
    )
    make.appointment(branch=kazan, starts_at=datetime(2026, 11, 2, 12, tzinfo=UTC), customer=owner, note=WORDS)


def api_said():
    from vernost.contacts.operations import Proof, said_of  # noqa: PLC0415 - used once
    from vernost.customers.rules.consents import Purpose, Way  # noqa: PLC0415 - as above

    return said_of(
        purpose=Purpose.ADVERTISING,
        channels={"sms"},
        given=True,
        way=Way.PAPER,
        on=date(2026, 3, 2),
        proof=Proof(WORDS, f"бланк {PHONE}", "", ""),
    )


@pytest.fixture(scope="module")
def dealership(shared_rows):  # noqa: ARG001 - the tables are emptied afterwards
    kazan = make.branch(name="Казань", bays=2, vat=False)
    api.named(kazan, "B-1")
    LegalEntity.objects.get_or_create(name="ООО Казань")
    owner = api.named(make.customer(name=NAMED, phones=(), blocked_reason=WORDS, city="Казань"), "C-1")
    twin = make.customer(name=f"{WHO} Петя", phones=(PHONE,))
    ContactAddress.objects.create(customer=twin, kind="email", value=EMAIL, position=5)
    company = make.customer(name="ООО Вектор", phones=(), kind="company")
    person = ContactPerson.objects.create(
        customer=company, name=f"Секретарь {PHONE}", phone=PHONE, email=EMAIL, since=date(2026, 1, 1)
    )
    car = api.named(make.vehicle(owner=owner, vin=VIN, plate="А777АА16"), "V-1")
    order = make.order(branch=kazan, customer=owner, vehicle=car, amount=1_800_000, cost=1_022_687)
    api.named(order, "O-1")
    OrderLine.objects.create(order=order, line_no=1, name=f"Работа. {WORDS}", amount=10, cost=1_022_687)
    api.named(make.deal(branch=kazan, customer=owner, vehicle=car, amount=1_800_000, cost=1_022_687), "D-1")
    for whose in (twin, company):
        make.order(branch=kazan, customer=whose, vehicle=car, amount=10, cost=1)
    invitation = make.invitation(programme=make.programme(), branch=kazan, customer=owner, vehicle=car)
    written(owner, car, order, kazan)
    rule = {"attribute": "customer.x_telefon_zheny", "operator": "contains", "value": PHONE}
    segment = Segment.objects.create(
        code="best", title="Лучшие", shared=True, rule=rule, created_at=NOW, changed_at=NOW, size=1, counted_for=NOW
    )
    SegmentMember.objects.create(segment=segment, customer=owner, since=NOW.date())
    pair = DuplicatePair.objects.create(
        left=owner, right=twin, score=0.9, agreement={"phones": 5.0, "emails": 4.0}, found_at=NOW
    )
    refresh_search_keys(customer_ids=[owner.pk, twin.pk, company.pk])
    march.build()
    yield {
        "kazan": kazan,
        "rows": {
            "customer": owner.pk,
            "vehicle": car.pk,
            "invitation": invitation.pk,
            "appointment": owner.appointments.order_by("pk")[0].pk,
            "branch": kazan.pk,
            "user": people.user(Role.OPERATOR, kazan).pk,
            "token": 1,
            "webhook": 1,
            "segment": segment.pk,
            "order_id": order.pk,
            "pair_id": pair.pk,
            "person_id": person.pk,
            "programme_id": invitation.programme_id,
            "address_id": owner.addresses.order_by("pk")[0].pk,
        },
        "company": company.pk,
    }
    march.forget()


def blind(kind, kazan, fields=()):
    """Sign in who may what anybody may, and is shown of the fields that not everybody is only these."""
    rights = {right: action.reaches[-1].value for right, action in actions()}
    role = AccessRole.objects.create(
        code=f"blind-{AccessRole.objects.count()}",
        kind=kind,
        title="Слепой",
        grants={"fields": [*fields], "reaches": rights},
    )
    client = PageClient()
    branches = [] if kind is Role.ADMINISTRATOR else [kazan]
    client.force_login(people.user(kind, *branches, access_role=role))
    return client


def actor_of(client):
    return User.objects.get(pk=client.session["_auth_user_id"]).as_actor()


def leaks(answer):
    """Return the marks in an answer, whatever stands between their digits."""
    return marks_in(text_of(answer))


def text_of(answer):
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if answer.headers.get("Content-Type") == XLSX:
        return "\n".join(cells_of(content))
    return content.decode(errors="replace").replace("\\u2014", "")


def cells_of(content):
    """Yield every cell of every sheet of a workbook as text, its names and comments with it."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in book.worksheets:
        yield sheet.title
        for row in sheet.iter_rows():
            yield from (f"{cell.value} {cell.comment.text if cell.comment else ''}" for cell in row)


def marks_in(text):
    bare = re.sub(r"[\s\u00a0\u202f()\-]|&nbsp;|<[^>]*>", "", text) + re.sub(r"[\s\u00a0\u202f()\-]|&nbsp;", "", text)
    return [mark for mark in MARKS if mark.lower() in bare.lower()]


# What else some pages answer: their forms. Their files are those that the pages lead to.
MORE = {"office:record-fields": ({"edit": "1"},)}
_FILES = re.compile(r'href="([^"]*[?;&]format=(?:csv|xlsx|json)[^"]*)"')


def files_of(page, url):
    """Return the addresses of the files that a page offers."""
    if page.streaming or not page.headers.get("Content-Type", "").startswith("text/html"):
        return set()
    return {urljoin(url, unescape(found)) for found in _FILES.findall(page.content.decode())}


# Pages of some seconds each: only `make test-all` asks for them.
COUNTED = frozenset({"office:programme-dry-run", "office:programme-people", "office:pivot"})


def addresses_of(rows, company, *, counted):
    """Yield every page that a role without these fields may open, with what it may be asked."""
    for name, pattern in pages():
        if endpoints[name].opens.fields or (name in COUNTED and not counted):
            continue
        url = reverse(name, kwargs=arguments(pattern, rows))
        yield name, url, {}
        yield from ((name, url, query) for query in MORE.get(name, ()))
        if "customer_id" in pattern.pattern.converters:
            yield name, reverse(name, kwargs={**arguments(pattern, rows), "customer_id": company}), {}
        if name in {"office:customer", "office:vehicle"}:
            yield from ((name, url, {"show": kind.code}) for kind in timeline_kinds)
    columns = ["name", "phone", "cars", "x_telefon_zheny", "x_pochta_zheny", "x_o_kliente"]
    for more in ({}, {"format": "csv"}, {"sort": "x_telefon_zheny"}):
        yield "office:customers", reverse("office:customers"), {"c": columns, **more}
    yield from items_of(rows)


def items_of(rows):
    """Yield the page of every item of both timelines."""
    for subject in ("customer", "vehicle"):
        whose = Whose(subject, rows[subject], [rows["customer"]])
        for kind in timeline_kinds:
            for item in timeline(whose, actor=system("tests"), kind=kind.code).items if subject in kind.of else ():
                yield (
                    f"{kind.code} of {subject}",
                    reverse(f"office:{subject}-item", args=[rows[subject], kind.code, item.id]),
                    {},
                )


@pytest.mark.parametrize("kind", PERSONS)
def test_no_page_and_no_file_tells_what_one_is_not_shown(dealership, db, kind):  # noqa: ARG001 - taken back
    client, told, opened = blind(kind, dealership["kazan"]), defaultdict(set), set()
    files, kinds = set(), set()
    for name, url, query in addresses_of(
        dealership["rows"], dealership["company"], counted=kind is not Role.ADMINISTRATOR
    ):
        answer = client.get(url, query)
        told[name] |= set(leaks(answer))
        opened |= {name} if answer.status_code == 200 else set()
        for file in files_of(answer, url) - files:
            files.add(file)
            taken = client.get(file)
            told[f"{name} as a file"] |= {*leaks(taken), *({"margin"} if "марж" in text_of(taken).lower() else ())}
            kinds |= {(name, taken.headers["Content-Type"])} if taken.status_code == 200 else set()
    assert {name: found for name, found in told.items() if found} == {}
    assert {"office:customer", "office:vehicle", "office:order", "office:customers", "office:search"} <= opened
    assert {"notes of customer", "contacts of customer", "contacts of vehicle", "stops of customer"} <= opened
    lists = {"office:customers", "office:vehicles", "office:orders", "office:audit"}
    assert {(name, form) for name in lists for form in (XLSX, CSV)} <= kinds | {
        (name, form) for name in lists - opened for form in (XLSX, CSV)
    }


def test_who_is_shown_them_reads_every_one_of_them(dealership, db):  # noqa: ARG001 - as above
    """The control: the same answers do hold the numbers."""
    client, rows = PageClient(), dealership["rows"]
    client.force_login(people.user(Role.MANAGER, dealership["kazan"]))
    card = leaks(client.get(reverse("office:customer", args=[rows["customer"]])))
    assert set(card) == {"9179990011", "9990011", "kazantsev@", "XTA00KAZAN0000001", "KAZAN0000001"}
    assert "777313" in leaks(client.get(reverse("office:order", args=[rows["order_id"]])))


SEARCHES = ("office:customers", "office:search", "office:segment", "workplace:customer-search", "workplace:find")


@pytest.mark.parametrize("kind", PERSONS)
def test_nobody_is_found_by_what_one_is_not_shown(dealership, db, kind):  # noqa: ARG001 - as above
    client, found = blind(kind, dealership["kazan"]), []
    named = {name: pattern for name, pattern in pages() if name in SEARCHES}
    for value in BY_VALUE:
        for name, pattern in named.items():
            answer = client.get(reverse(name, kwargs=arguments(pattern, dealership["rows"])), {"q": value})
            if name != "office:segment" and WHO in answer.content.decode():
                found.append((name, value))
        typed = {"phone": value, "email": value, "vin": value}
        if WHO in client.get(reverse("office:customer-matches"), typed).content.decode():
            found.append(("office:customer-matches", value))
    for code in ("x_telefon_zheny", "x_pochta_zheny", "x_o_kliente"):
        for value in (PHONE, EMAIL, WORDS):
            narrowed = client.get(reverse("office:customers"), {code: value, "c": "name"})
            rows = narrowed.context["rows"] if narrowed.status_code == 200 else ()
            if rows and len(rows) < 3:
                found.append((code, value))
    assert found == []


RULES = (
    {"attribute": "customer.x_telefon_zheny", "operator": "begins", "value": "+7917"},
    {"attribute": "customer.x_telefon_zheny", "operator": "known"},
    {"attribute": "customer.x_pochta_zheny", "operator": "contains", "value": "kazan"},
    {"attribute": "customer.x_o_kliente", "operator": "contains", "value": "8 (917) 999-00-11"},
)


def test_no_segment_is_built_of_what_one_is_not_shown(dealership, db):  # noqa: ARG001 - as above
    """Neither counted nor saved, and the builder offers none of it; the margin alone opens the builder."""
    client = blind(Role.MANAGER, dealership["kazan"], ["margin"])
    for rule in RULES:
        page = client.get(reverse("office:segment-new"), {"rule": json.dumps(rule)})
        assert (page.status_code, leaks(page), WHO in page.content.decode()) == (302, [], False)
        with pytest.raises(AsksOfTheHidden):
            save_segment(segment_id=None, title="По номеру", rule=rule, actor=actor_of(client), now=NOW)
    page = client.get(reverse("office:segment-new"))
    codes = {one.code for group in page.context["built"].fields for one in group.fields}
    asked = {"customer.x_telefon_zheny", "customer.x_pochta_zheny", "customer.x_o_kliente"}
    assert codes & asked == {"customer.x_o_kliente"}


def test_no_message_to_another_system_tells_any_of_them(dealership, db):  # noqa: ARG001 - as above
    """A webhook has no rights of its own: it is told what anybody may know."""
    noted = {
        "contact.created": Interaction.objects.values_list("pk", flat=True),
        "contact.changed": Interaction.objects.values_list("pk", flat=True),
        "consent": ConsentEntry.objects.values_list("pk", flat=True),
    }
    told = [data for _event, data in messages_of(noted)]
    assert len(told) == 2 * Interaction.objects.count() + ConsentEntry.objects.count() > 3
    told += [appointment_data(pk) for pk in Appointment.objects.values_list("pk", flat=True)]
    assert marks_in(json.dumps(told, ensure_ascii=False)) == []


def test_the_copy_for_the_customer_is_taken_only_by_who_is_shown_all(dealership, db):  # noqa: ARG001 - as above
    url = reverse("office:customer-copy", args=[dealership["rows"]["customer"]])
    assert blind(Role.ADMINISTRATOR, dealership["kazan"], Sensitive).get(url, {"format": "json"}).status_code == 200
    for hidden in Sensitive:
        client = blind(Role.MANAGER, dealership["kazan"], set(Sensitive) - {hidden})
        assert client.get(url, {"format": "json"}).status_code == 403, hidden


def test_the_api_tells_a_key_nothing_that_is_hidden_from_it(client, dealership, db):  # noqa: ARG001 - as above
    caller, told = api.Caller(client, api.key(hidden_fields=frozenset(Sensitive))), {}
    ids = {"customer_id": "C-1", "vehicle_id": "V-1", "order_id": "O-1", "deal_id": "D-1", "code": "best"}
    ids["appointment_id"] = f"vernost:{dealership['rows']['appointment']}"
    for path, methods in service.get_openapi_schema(path_prefix="")["paths"].items():
        if "get" in methods:
            asked = re.sub(r"\{(\w+)\}", lambda name: ids[name[1]], path)
            answer = caller.get(asked)
            told[path] = (answer.status_code, leaks(answer))
    assert {path: found for path, found in told.items() if found != (200, [])} == {}
    for value in BY_VALUE:
        assert caller.get("/customers", {"q": value}).json()["items"] == [], value
