"""Every office page, with data and without: both sizes, both themes, axe beside."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from tests import browser, factories, people

from vernost.accounts import operations as accounts
from vernost.accounts.models import BranchDay, Source
from vernost.automation.models import NightRun
from vernost.contacts.models import Interaction
from vernost.core.actor import Role, system
from vernost.customers.operations import Said, record_statement
from vernost.customers.rules.consents import Purpose, Way
from vernost.facts.models import VehicleState
from vernost.intake.models import ImportedFile, ImportRun, QuarantinedRow
from vernost.invitations.models import Programme
from vernost.invitations.operations import ensure_standing_programmes
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)


def a_dealership():
    """Make one of each thing that the pages show."""
    now, actor = timezone.now(), system("test")
    ensure_standing_programmes()
    accounts.import_year(year=2027, actor=actor, now=now)
    accounts.save_settings(values={"lease_minutes": 20}, actor=actor, now=now)
    kazan = factories.branch(name="Казань, Сибирский тракт", bays=3)
    factories.branch(name="Самара", timezone="Europe/Samara", open_at=None, close_at=None)
    BranchDay.objects.create(branch=kazan, on=now.date() + timedelta(days=30))
    people.user(Role.OPERATOR, kazan, last_name="Гарипова", first_name="Гульнара")
    customer = factories.customer(name="Иванов Сергей Петрович", blocked=True, blocked_reason="Конфликт")
    car = factories.vehicle(owner=customer, vin="XZGFF06A0NA123456", year=2022)
    VehicleState.objects.create(
        vehicle=car,
        as_of=now.date(),
        last_reading_on=date(2026, 3, 12),
        last_reading_km=48_200,
        rate_m_per_day=58_300,
        service_due_on=date(2026, 12, 14),
        service_due_from=date(2026, 11, 20),
        service_due_to=date(2027, 1, 9),
    )
    for said in (
        Said(Purpose.ADVERTISING, {"calls": True}, Way.PAPER, date(2024, 4, 1), "Анкета 17"),
        Said(Purpose.CONTACT, {"sms": False}, Way.CALL, date(2026, 2, 3), "Просил не писать"),
    ):
        record_statement(customer_id=customer.pk, said=said, actor=system("tests"), now=now)
    RepairOrder.objects.create(
        customer=customer, vehicle=car, branch=kazan, opened_on=date(2026, 3, 12), status="open", amount=21_700
    )
    moment = datetime(2026, 11, 19, 13, tzinfo=UTC)
    Interaction.objects.create(
        customer=customer, at=moment, on=moment.date(), channel="call", direction="out", outcome="no_answer"
    )
    programme = Programme.objects.get(code="next_service")
    factories.invitation(
        programme=programme, customer=customer, vehicle=car, branch=kazan, is_callback=True, next_try_at=moment
    )
    NightRun.objects.create(
        as_of=now.date(),
        started_at=now,
        finished_at=now,
        actor="system:night",
        result={"programmes": [{"programme": "next_service", "candidates": 9, "invited": 1, "suppressed": {}}]},
    )
    _imports(now)


def _imports(now):
    source = Source.objects.create(code="dms")
    for state, dry_run in (("done", False), ("failed", False), ("done", True), ("running", False)):
        run = ImportRun.objects.create(
            source=source, name=f"{state}.zip", path="/nowhere", dry_run=dry_run, state=state, actor="x", started_at=now
        )
        file = ImportedFile.objects.create(
            run=run,
            name="orders.csv",
            kind="orders",
            position=0,
            state=state,
            progress=0.4,
            new=2,
            changed=1,
            quarantined=1,
            warnings=[{"code": "unknown_columns", "count": 2, "names": ["Цвет"]}],
            sample=[
                {
                    "verdict": "changed",
                    "line": 2,
                    "key": "O-1",
                    "columns": [{"column": "amount", "old": "1", "new": "2"}],
                },
                {"verdict": "new", "line": 3, "key": "O-2", "columns": [{"column": "amount", "old": "", "new": "5"}]},
                {
                    "verdict": "quarantined",
                    "line": 4,
                    "key": "O-3",
                    "column": "opened_at",
                    "value": "x",
                    "reason": "bad_date",
                },
            ],
        )
    QuarantinedRow.objects.create(
        file=file,
        source=source,
        kind="orders",
        key="O-3",
        line=4,
        column="opened_at",
        value="31.02.2026",
        reason="bad_date",
        row={"id": "O-3", "opened_at": "31.02.2026"},
        seen_at=now,
    )


def url_of(name):
    """Return the address of a page; what it needs is the first of its kind."""
    last_run = ImportRun.objects.order_by("pk")
    arguments = {
        "user-edit": lambda: [people.User.objects.get(last_name="Гарипова").pk],
        "branch": lambda: [BranchDay.objects.get().branch_id],
        "calendar": lambda: [2027],
        "mapping": lambda: ["dms", "orders"],
        "quarantine-row": lambda: [QuarantinedRow.objects.get().pk],
        "customer": lambda: [VehicleState.objects.get().vehicle.invitations.get().customer_id],
        "programme": lambda: [Programme.objects.get(code="seasonal").pk],
        "import": lambda: [last_run.filter(dry_run=True).get().pk],
    }
    return reverse(f"office:{name}", args=arguments.get(name, list)())


# Together as far as one dealership shows them to the same people.
FULL = (
    ("home", "programmes", "programme", "campaign-new", "customers", "customer"),
    ("imports", "import", "quarantine", "quarantine-row", "mappings", "mapping"),
    ("settings", "branches", "branch", "calendar", "users", "user-edit", "profile", "about"),
)
# The calendar stands there without data of anybody.
EMPTY = ("home", "programmes", "customers", "imports", "quarantine", "mappings", "branches", "users")


@pytest.mark.parametrize("names", FULL, ids="-".join)
def test_pages_stand_in_nobodys_way(page, names):
    a_dealership()
    browser.sign_in(page, people.user(Role.ADMINISTRATOR))
    assert browser.check_pages(page, map(url_of, names)) == {}


def test_pages_without_data_stand_in_nobodys_way(page):
    browser.sign_in(page, people.user(Role.ADMINISTRATOR))
    assert browser.check_pages(page, [reverse(f"office:{name}") for name in EMPTY]) == {}
