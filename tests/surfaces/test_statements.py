"""No page of any role asks the database more than twenty times, and none more often of a tenfold base."""

from collections.abc import Iterator
from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from tests import factories as make
from tests import march, people
from tests.intake import imported
from tests.own_fields import listed, made, put

from vernost.accounts.models import Branch, CalendarDay
from vernost.calls import operations as calls
from vernost.calls.operations import CallResult
from vernost.calls.queries import desk
from vernost.care.models import SurveyAnswer
from vernost.contacts.rules import Outcome
from vernost.core.actor import Role, system
from vernost.customers.models import CustomField, Directory, DirectoryValue
from vernost.intake.models import ImportRun, QuarantinedRow
from vernost.invitations.models import Attribution, Invitation, Programme
from vernost.segments.models import Segment
from vernost.segments.operations import save_segment
from vernost.workshop.models import Appointment, RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)

MOST = 20
# What is asked beside the bare address; `+` asks as htmx does, for a part of the page.
QUERIES = {
    "office:customers": ["?q=иванов", "?c=name&c=cars&c=phone&c=x_tsvet&sort=x_tsvet"],
    "office:orders": ["?c=number&c=customer&c=amount&sort=-opened_on"],
    "office:search": ["?q=иванов", "?q=А1"],
    "office:customer-matches": ["?phone=+79171234567&vin=XTA210990Y1234567"],
    "office:household": ["?q=иванов"],
    "office:customer": ["?show=orders", "?car={vehicle_id}"],
    "office:customer-why": ["+"],
    "office:home-funnel": ["+"],
    "office:programme-invitations": ["?on={today}"],
    "office:funnel": [
        "?from={ago}&to={today}",
        "?from={ago}&to={today}&by=branch",
        "?from={ago}&to={today}&by=operator",
    ],
    "office:funnel-people": ["?from={ago}&to={today}&stage=targeted"],
    "office:effect": ["?from={ago}&to={today}"],
    "office:effect-people": ["?from={ago}&to={today}&arm=invited"],
    "office:operators": ["?from={ago}&to={today}"],
    "office:operator-people": ["?from={ago}&to={today}&kpi=attempts"],
    "office:supervisor": ["+"],
    "workplace:desk-queue": ["?tab=mine", "?tab=callbacks", "?tab=all"],
    "workplace:slots": ["?invitation={invitation_id}", "?customer={customer_id}", "?appointment={appointment_id}"],
    "workplace:find": ["?q=иванов"],
    "workplace:reception": ["?branch={branch_id}&day={today}", "+?branch={branch_id}&day={today}"],
}
# They decide a day anew, which takes seconds: asked once, by the one with the narrowest view.
DECIDING = {"office:customer-why", "office:programme-dry-run", "office:programme-people"}
PEOPLE = {"attribute": "customer_kind", "operator": "in", "value": ["person"]}
# A stream for hours, addresses of letters that allauth has written, and what is no address of the API.
NO_PAGES = {"workplace:live", "api-unknown", "account_confirm_email", "account_reset_password_from_key"}


def grow(folder, number):
    """Add to the base: an import with a row in quarantine, branches, people, and what has become of them."""
    now, today = timezone.now(), timezone.localdate()
    lines = "".join(f"C{number}-{row},Иванов Иван {row},8917123{number:02}{row:02}\n" for row in range(number * 3))
    content = f"id,full_name,phones\n{lines},Без номера,\n"
    imported(folder / str(number), {"customers.csv": content}, source=f"dms-{number}")
    for place in range(number * 2):
        branch = make.branch(name=f"Филиал {number}-{place}", bays=2)
        make.advisor(branch=branch)
        caller = people.user(Role.OPERATOR, branch).as_actor()
        programme = make.programme(title=f"Программа {number}-{place}")
        customer = make.customer(name=f"Иванов Пётр {number}-{place}")
        put(customer, x_tsvet="красный")
        SurveyAnswer.objects.create(customer=customer, score=9, answered_at=now, answered_on=today)
        for turn in range(3):
            car = make.vehicle(owner=customer, plate=f"А{number}{place}{turn}АА16")
            of_him = {"branch": branch, "customer": customer, "vehicle": car}
            order = make.order(**of_him, opened_on=today, lines=[("Работа", 100), ("Потом", 5, True)])
            make.appointment(**of_him, starts_at=now + timedelta(hours=turn))
            invitation = make.invitation(programme=programme, **of_him, created_for=today, due_on=today)
            if turn == 1:
                Invitation.objects.filter(pk=invitation.pk).update(is_callback=True, next_try_at=now)
            if turn == 2:
                calls.take(invitation_id=invitation.pk, actor=caller, now=now)
                result, key = CallResult(Outcome.NO_ANSWER), uuid4()
                calls.record_outcome(invitation_id=invitation.pk, result=result, key=key, actor=caller, now=now)
                Attribution.objects.create(order=order, invitation=invitation, through_appointment=False)
    march.build()


def things():
    """Return ids of what pages are about, by the names in their addresses."""
    invitation = Invitation.objects.get(programme__title="Программа 1-0", is_callback=False, attempts=0)
    today = timezone.localdate()
    return {
        "invitation_id": invitation.pk,
        "customer_id": invitation.customer_id,
        "vehicle_id": invitation.vehicle_id,
        "order_id": RepairOrder.objects.filter(customer=invitation.customer).order_by("-pk").first().pk,
        "branch_id": invitation.branch_id,
        "programme_id": invitation.programme_id,
        "appointment_id": Appointment.objects.filter(branch=invitation.branch).order_by("-pk").first().pk,
        "run_id": ImportRun.objects.order_by("pk").first().pk,
        "row_id": QuarantinedRow.objects.order_by("pk").first().pk,
        "year": today.year,
        "on": today,
        "today": today,
        "ago": today - timedelta(days=365),
        "source": "dms-1",
        "kind": "customers",
        "name": "lease_minutes",
        "key": uuid4(),
        "what": "confirm",
        "segment_id": Segment.objects.order_by("pk").first().pk,
        # There are none of these: their tests open them.
        **dict.fromkeys(("pair_id", "merge_id", "token_id", "view_id", "test_id"), 0),
        **dict.fromkeys(("address_id", "person_id", "role_id", "attachment_id", "webhook_id", "delivery_id"), 0),
        **dict.fromkeys(("text_id", "company_id", "erasure_id", "attached_id", "entry_id"), 0),
        "field_id": CustomField.objects.get().pk,
        "directory_id": Directory.objects.get().pk,
        "value_id": DirectoryValue.objects.order_by("pk").first().pk,
        "target": "customer",
        "record_id": invitation.customer_id,
        "list_code": "customers",
        "role": "manager",
        "code": "manager",
        "r": 1,
        "m": 1,
    }


def addresses(known, *, deciding=False) -> Iterator[str]:
    """Yield every address of the product, with what is asked of it."""
    for name, parameters in named_patterns(get_resolver(), ""):
        if name in NO_PAGES or name.startswith("api:") or (name in DECIDING) != deciding:
            continue
        url = reverse(name, kwargs={each: known[each] for each in parameters})
        yield url
        for query in QUERIES.get(name, []):
            words = query.format(**known)
            yield f"+{url}{words[1:]}" if words.startswith("+") else url + words


def named_patterns(resolver, namespace) -> Iterator[tuple[str, list[str]]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from named_patterns(each, f"{each.namespace}:" if each.namespace else namespace)
        elif isinstance(each, URLPattern) and each.name:
            yield f"{namespace}{each.name}", list(each.pattern.regex.groupindex)


def walk(client, readers, known, *, deciding=False, only=None):
    """Return the statements of each reader's page that is one; `only` these readers' pages are opened."""
    asked = {}
    for reader in readers:
        client.force_login(reader)
        # What a session writes once in a while is no page's.
        client.get(reverse("account_inactive"))
        for address in addresses({**known, "user_id": readers[-1].pk}, deciding=deciding):
            if "logout" in address or (only is not None and (reader.role, address) not in only):
                continue
            headers = {"HX-Request": "true"} if address.startswith("+") else {}
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(address.lstrip("+"), headers=headers)
            if answer.status_code == 200:
                asked[reader.role, address] = len(captured)
    return asked


@pytest.fixture
def known(tmp_path):
    """Make the small base; return what its pages are about."""
    CalendarDay.objects.all().delete()
    calls.ensure_decline_reasons()
    march.march()
    made("Цвет", "choice", directory_id=listed("Красный", "Синий").pk)
    grow(tmp_path, 1)
    save_segment(segment_id=None, title="Люди", rule=PEOPLE, actor=system("test"), now=timezone.now())
    return things()


@pytest.fixture
def readers(known):
    branch = Branch.objects.get(pk=known["branch_id"])
    roles = (Role.MANAGER, Role.ADVISOR, Role.OPERATOR)
    return [people.user(Role.ADMINISTRATOR), *(people.user(role, branch) for role in roles)]


def taken(known, readers):
    """Let the operator have the customer whom the pages are about."""
    calls.take(invitation_id=known["invitation_id"], actor=readers[-1].as_actor(), now=timezone.now())


def too_many(asked):
    return {page: number for page, number in asked.items() if number > MOST}


# Who sees the most and who sees the least; the others by `make test-all`.
ENDS = (Role.ADMINISTRATOR, Role.OPERATOR)


@pytest.mark.parametrize("roles", [ENDS, pytest.param((Role.MANAGER, Role.ADVISOR), marks=pytest.mark.slow)])
def test_no_page_asks_more_than_twenty_times_nor_more_often_of_a_tenfold_base(client, tmp_path, known, readers, roles):
    chosen = [reader for reader in readers if reader.role in roles]
    taken(known, readers)
    small = walk(client, chosen, known)
    grow(tmp_path, 9)
    taken(known, readers)
    large = walk(client, chosen, known, only=small)
    assert too_many(small | large) == {}
    assert {page: (small[page], number) for page, number in large.items() if number > small[page]} == {}
    assert set(large) == set(small)
    names = {name for name, _parameters in named_patterns(get_resolver(), "")}
    assert set(QUERIES) <= names
    assert len(large) * len(readers) > len(names) * len(chosen)


def test_a_saved_call_and_the_next_customer_take_no_more_than_twenty_statements(client, known, readers):
    Programme.objects.update(
        hours_from=time(0), hours_to=time(23, 59, 59), weekend_from=time(0), weekend_to=time(23, 59, 59)
    )
    # Who has booked without us costs statements of his own, and is passed over.
    Appointment.objects.update(status="cancelled")
    for _number in range(4):
        make.invitation(programme=Programme.objects.get(pk=known["programme_id"]), branch_id=known["branch_id"])
    taken(known, readers)
    client.force_login(readers[-1])
    asked = []
    for outcome in ("no_answer", "busy", "no_answer"):
        subject, _around = desk.in_hand(readers[-1].as_actor(), timezone.now())
        save = reverse("workplace:desk-save", args=[subject.invitation.pk])
        with CaptureQueriesContext(connection) as captured:
            answer = client.post(save, {"key": str(subject.key), "outcome": outcome}, headers={"HX-Request": "true"})
        asked.append((answer.status_code, len(captured) <= MOST))
    assert asked == [(200, True)] * 3
    assert desk.in_hand(readers[-1].as_actor(), timezone.now())[0] is not None


@pytest.mark.slow
def test_pages_that_decide_a_day_anew_ask_no_more_than_twenty_times(client, known, readers):
    decided = walk(client, readers[1:2], known, deciding=True)
    assert too_many(decided) == {}
    assert len(decided) >= len(DECIDING)
