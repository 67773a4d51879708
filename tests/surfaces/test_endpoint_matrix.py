"""Who reaches which page: every address × {the four roles, a stranger} × {own branch, another branch, nobody's}.

The API's operations have theirs in `test_api_access`. A page without a row in an `access_rows.py` opens to
nobody; the first test says which line is missing.
"""

from collections import defaultdict
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from tests import factories as make
from tests import march, people
from tests.addresses import ABSENT, KEY, OWNED, arguments, guarded, is_of_the_engine, is_owned, pages
from tests.pages import PageClient

from vernost.accounts.models import ApiToken, AuditRecord
from vernost.accounts.rules import standard_rights
from vernost.automation.models import Webhook
from vernost.contacts.models import Interaction
from vernost.core.actor import Role
from vernost.core.endpoints import endpoints
from vernost.customers.models import ContactAddress
from vernost.customers.operations import refresh_search_keys
from vernost.segments.models import Segment, SegmentMember

# Words that only Kazan's rows have.
MARKS = ("Казанцев", "КАЗАНЬ-ТЕКСТ", "9179990011", "917 999-00-11", "kazantsev@", "XTA00KAZAN0000001", "А777АА")
# The answers of a page that opens: what is shown, sent on, refused by a rule, missing or filled in wrongly.
OPEN = frozenset({200, 204, 302, 400, 404, 405, 409, 422})


def test_every_page_has_a_row():
    missing = sorted(set(guarded()) - {row.code for row in endpoints})
    lines = "\n".join(f'    "{name.partition(":")[2] or name}": "<object>.<action>",' for name in missing)
    assert not missing, f"pages without a row; add to the access_rows.py of their surface:\n{lines}"
    assert sorted({row.code for row in endpoints} - set(guarded())) == [], "rows without a page"


def test_every_row_names_a_right_that_somebody_declares():
    from vernost.core.things import actions  # noqa: PLC0415 - filled when Django is ready

    known = {"", *(right for right, _action in actions())}
    rights = {right for row in endpoints for right in (row.opens.read, row.opens.write)}
    assert rights - known == set()


@pytest.fixture(scope="module")
def dealership(shared_rows):  # noqa: ARG001 - the tables are emptied afterwards
    kazan = make.branch(name="Казань-филиал", bays=2)
    samara = make.branch(name="Самара-филиал", bays=2)
    owner = make.customer(name="Казанцев Пётр")
    ContactAddress.objects.create(customer=owner, kind="phone", value="+79179990011", position=5)
    ContactAddress.objects.create(customer=owner, kind="email", value="kazantsev@example.ru", position=6)
    car = make.vehicle(owner=owner, vin="XTA00KAZAN0000001", plate="А777АА16")
    make.order(branch=kazan, customer=owner, vehicle=car, lines=[("Масло", 100)])
    at = datetime(2099, 11, 24, 12, tzinfo=UTC)
    invitation = make.invitation(programme=make.programme(), branch=kazan, customer=owner, vehicle=car)
    Interaction.objects.create(customer=owner, at=at, on=at.date(), channel="call", text="КАЗАНЬ-ТЕКСТ")
    segment = Segment.objects.create(
        code="best", title="Лучшие", rule={}, created_at=at, changed_at=at, size=1, counted_for=at.date()
    )
    SegmentMember.objects.create(segment=segment, customer=owner, since=at.date())
    token = ApiToken.objects.create(name="1C", digest=b"1", hint="vnt_", refilled_at=at, created_at=at)
    token.branches.set([kazan])
    webhook = Webhook.objects.create(name="Казань-вебхук", url="https://example.ru/", key=b"1", created_at=at)
    webhook.branches.set([kazan])
    refresh_search_keys(customer_ids=[owner.pk])
    rows = {
        "customer": owner.pk,
        "vehicle": car.pk,
        "invitation": invitation.pk,
        "appointment": make.appointment(branch=kazan, starts_at=at, customer=owner, vehicle=car).pk,
        "branch": kazan.pk,
        "user": people.user(Role.OPERATOR, kazan, last_name="Казанцев-младший").pk,
        "token": token.pk,
        "webhook": webhook.pk,
        "segment": segment.pk,
    }
    march.build()
    users = {
        (role, branch.pk): people.user(role, branch, username=f"{role}-{branch.pk}")
        for role in Role
        for branch in (kazan, samara)
    }
    clients = {}
    for key, user in users.items():
        clients[key] = PageClient(raise_request_exception=True)
        clients[key].force_login(user)
    yield {"rows": rows, "kazan": kazan, "samara": samara, "clients": clients}
    march.forget()


def may_open(role, name, method):
    row, rights = endpoints[name].opens, standard_rights(role)
    right = row.right(method.upper())
    return (not right or rights.reach(right) is not None) and row.fields <= rights.fields


# Who opens the same pages as another role is asked only for the others: the row is read in one place.
ALIKE = {Role.ADMINISTRATOR: Role.MANAGER, Role.ADVISOR: Role.OPERATOR}


def asked_of(role, method):
    """Yield the pages to ask for as a role, with whether it may open each."""
    for name, pattern in pages():
        may, twin = may_open(role, name, method), ALIKE.get(role)
        if twin is None or may != may_open(twin, name, method):
            yield name, pattern, may


# A page of a period's figures: for whom one does not see its list is empty, and an empty list is refused to be saved.
CHANGES_NOTHING = frozenset({"office:operator-people"})
# The second wall of what a page's row does not say: only who sees the whole group.
GROUP_ONLY = frozenset(
    {"office:imports", "office:import", "office:import-start", "office:import-stop", "office:mappings"}
    | {"office:mapping-choose", "office:mapping", "office:quarantine", "office:quarantine-row"}
    | {"office:quarantine-retry", "office:branch-add", "office:calendar-day", "office:calendar-import"}
    | {"office:calendar-verify", "office:settings", "office:setting-reset", "office:analytics-strategy"}
    | {"office:motivation", "office:motivation-drop", "office:plans", "office:merge-undo"}
    | {"office:fields", "office:field", "office:field-add", "office:field-archive", "office:field-order"}
    | {"office:field-type", "office:directories", "office:directory", "office:directory-add", "office:reasons-change"}
    | {"office:words-change"}
    | {"office:directory-change", "office:directory-order", "office:directory-value"}
    | {"office:card-layouts", "office:card-layout"}
    | {"office:personal-data", "office:consent-text", "office:consent-text-add", "office:consent-text-archive"}
    | {"office:company", "office:company-add", "office:company-archive"}
)


# Their address names a part of the row too, and there is none here.
OF_A_PART = frozenset(
    {"office:customer-item", "office:vehicle-item", "office:customer-change-undo", "office:vehicle-change-undo"}
    | {"office:consent-scan"}
)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", Role)
def test_a_page_is_closed_to_whose_role_lacks_its_right(dealership, db, role, method):  # noqa: ARG001 - taken back
    client = dealership["clients"][role, dealership["kazan"].pk]
    closed = [(name, pattern) for name, pattern, may in asked_of(role, method) if not may]
    answers = {
        name: getattr(client, method)(reverse(name, kwargs=arguments(pattern, dealership["rows"]))).status_code
        for name, pattern in closed
    }
    assert answers == {name: 403 for name, _pattern in closed}


@pytest.mark.parametrize("role", Role)
def test_the_own_branch_finds_its_own(dealership, db, role):  # noqa: ARG001 - as above
    client, answers = dealership["clients"][role, dealership["kazan"].pk], {}
    for name, pattern, may in asked_of(role, "get"):
        if may and set(pattern.pattern.converters) & set(OWNED) and name not in OF_A_PART:
            answers[name] = client.get(reverse(name, kwargs=arguments(pattern, dealership["rows"]))).status_code
    # The address of a form answers to a form alone; the operator's statement waits for a scheme of pay.
    assert {name: status for name, status in answers.items() if status not in {200, 405}} == {}
    assert 200 in answers.values() or role in ALIKE


@pytest.mark.parametrize("role", Role)
def test_a_form_opens_to_whose_role_has_its_right(dealership, db, role):  # noqa: ARG001 - as above
    """An empty form: refused by what it says and not by the right."""
    client, wrong = dealership["clients"][role, dealership["kazan"].pk], {}
    for name, pattern, may in asked_of(role, "post"):
        if may and not is_of_the_engine(name):
            answer = client.post(reverse(name, kwargs=arguments(pattern, dealership["rows"])))
            if answer.status_code not in OPEN | ({403} if name in GROUP_ONLY else set()):
                wrong[name] = answer.status_code
    assert wrong == {}


def test_a_stranger_is_sent_to_the_sign_in(dealership, db):  # noqa: ARG001 - as above
    client, wrong = Client(), {}
    for method in ("get", "post"):
        for name, pattern in pages():
            answer = getattr(client, method)(reverse(name, kwargs=arguments(pattern, dealership["rows"])))
            if not answer.headers.get("Location", "").startswith(reverse(settings.LOGIN_URL)):
                wrong[method, name] = answer.status_code
    assert wrong == {}


@pytest.mark.parametrize("engine", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("role", Role)
def test_another_branch_finds_nothing(dealership, db, role, engine):  # noqa: ARG001 - as above
    """Its people ask for every page with Kazan's ids and with absent ones: equal answers, and no word of Kazan's."""
    client, told = dealership["clients"][role, dealership["samara"].pk], defaultdict(list)
    for name, pattern, may in asked_of(role, "get"):
        if not may or is_of_the_engine(name) is not engine:
            continue
        theirs = client.get(reverse(name, kwargs=arguments(pattern, dealership["rows"])))
        text = theirs.content.decode(errors="replace") if not theirs.streaming else ""
        told[name] += [mark for mark in MARKS if mark in text]
        if theirs.status_code not in OPEN | ({403} if name in GROUP_ONLY else set()):
            told[name].append(theirs.status_code)
        if is_owned(pattern):
            absent = client.get(reverse(name, kwargs=arguments(pattern, dealership["rows"], ABSENT)))
            told[name] += [] if theirs.status_code == absent.status_code else [theirs.status_code, absent.status_code]
    assert {name: found for name, found in told.items() if found} == {}


@pytest.mark.parametrize("role", Role)
def test_another_branch_changes_nothing(dealership, db, role):  # noqa: ARG001 - as above
    client, wrong, form = dealership["clients"][role, dealership["samara"].pk], {}, {"key": KEY, "outcome": "no_answer"}
    for name, pattern, _may in asked_of(role, "post"):
        if is_owned(pattern) and name not in CHANGES_NOTHING:
            theirs = client.post(reverse(name, kwargs=arguments(pattern, dealership["rows"])), form)
            absent = client.post(reverse(name, kwargs=arguments(pattern, dealership["rows"], ABSENT)), form)
            if theirs.status_code != absent.status_code or theirs.status_code not in {403, 404, 405}:
                wrong[name] = (theirs.status_code, absent.status_code)
    assert wrong == {}


def test_a_card_of_an_own_customer_is_written_down(dealership, db):  # noqa: ARG001 - as above
    client = dealership["clients"][Role.OPERATOR, dealership["kazan"].pk]
    client.get(reverse("workplace:customer", args=[dealership["rows"]["customer"]]), REMOTE_ADDR="10.0.0.7")
    line = AuditRecord.objects.filter(action="viewed").latest("pk")
    owner = str(dealership["rows"]["customer"])
    assert (line.subject, line.subject_id, line.address) == ("customer", owner, "10.0.0.7")
