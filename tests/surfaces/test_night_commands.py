"""The night, its answers and the reports by the real command line: status, one document on stdout, words on stderr."""

import getpass
import json
from datetime import date, timedelta

import pytest
from tests import command_line, factories
from tests.command_line import people, refused, told, vernost
from tests.nights import PROGRAMMES, TODAY, at, only, person, run, written
from tests.nights import order as order_of

from vernost.accounts.models import AuditRecord, Source
from vernost.automation import catalogue
from vernost.automation.models import NightRun
from vernost.customers.models import ConsentStatement
from vernost.intake.models import ImportedFile, ImportRun, QuarantinedRow
from vernost.invitations import operations
from vernost.invitations.models import Invitation, Programme

pytestmark = pytest.mark.django_db(transaction=True)

DAY = f"{TODAY}"


@pytest.fixture(autouse=True)
def installation(monkeypatch):
    command_line.on_this_database(monkeypatch)
    operations.ensure_standing_programmes()
    Programme.objects.update(control_share=0)


def counts(document):
    return {
        row["programme"]: (row["candidates"], row["invited"], row["suppressed"])
        for row in document["programmes"]
        if row["candidates"]
    }


def test_a_night_prints_its_counts_and_the_same_night_again_prints_the_same():
    people()
    first = told("night", "--as-of", DAY)
    assert set(first) == {"as_of", "programmes", "seconds"}
    assert (first["as_of"], [row["programme"] for row in first["programmes"]]) == (DAY, PROGRAMMES)
    assert counts(first) == {"next_service": (2, 1, {"no_contact": 1}), "lost": (2, 0, {"no_consent": 2})}
    rows = written()
    assert told("night", "--format", "json", "--as-of", "30.11.2026")["programmes"] == first["programmes"]
    assert (written(), NightRun.objects.count()) == (rows, 1)


def test_a_day_before_the_newest_night_is_refused_in_words_and_may_be_counted():
    people()
    told("night", "--as-of", DAY)
    rows = written()
    status, words = refused("night", "--as-of", "2026-11-29")
    assert (status, words.startswith("Error: Ночь 2026-11-30 уже решена"), "--dry-run" in words) == (1, True, True)
    assert counts(told("night", "--as-of", "2026-11-29", "--dry-run"))["next_service"] == (2, 1, {"no_contact": 1})
    assert written() == rows


@pytest.mark.parametrize("day", ["2026-02-30", "вчера", "", "2026-11-30T03:00", "0001-01-01", "9999-12-31"])
def test_what_is_no_day_is_a_bad_argument(day):
    status, words = refused("night", "--as-of", day)
    assert (status, "--as-of" in words) == (2, True)


@pytest.mark.parametrize("day", [pytest.param("1900-01-01", marks=pytest.mark.slow), "2014-06-01"])
def test_before_any_data_nobody_is_invited(day):
    people()
    assert counts(told("night", "--as-of", day)) == {}
    assert (Invitation.objects.count(), told("check")["breaches"]) == (0, [])
    assert told("report", "invitations", "--as-of", day) == {"as_of": day, "rows": []}


def test_a_night_of_the_future_is_decided_by_what_is_known_now():
    people()
    later = f"{TODAY + timedelta(days=3000)}"
    assert counts(told("night", "--as-of", later)) == {}
    assert counts(told("night", "--as-of", "2199-12-31", "--dry-run")) == {}
    assert told("check")["breaches"] == []


def test_without_any_consent_nobody_gets_advertising():
    for number in range(1, 9):
        person(number, serviced_on=date(2025, 9, 15))
    assert ConsentStatement.objects.count() == 0
    found = counts(told("night", "--as-of", DAY))
    assert found["lost"] == (8, 0, {"no_consent": 8})
    advertised = Invitation.objects.filter(programme__message_class="advertising")
    assert (advertised.count(), Invitation.objects.count()) == (0, sum(row[1] for row in found.values()))


def test_an_empty_base_has_a_night_too():
    assert counts(told("night", "--as-of", DAY)) == {}
    assert (told("check")["breaches"], NightRun.objects.count()) == ([], 1)


def test_a_bare_id_will_do_while_one_source_has_it():
    people()
    run()
    second = Source.objects.create(code="second")
    factories.customer(source=second, external_id="C-9")
    answer = told("why", "C-1", "--as-of", DAY)["rows"]
    assert answer
    assert told("why", "dms:C-1", "--as-of", DAY)["rows"] == answer
    factories.customer(source=second, external_id="C-1")
    which = (1, "Error: Клиент C-1 есть в нескольких системах: назовите его как dms:C-1, second:C-1\n")
    assert refused("why", "C-1", "--as-of", DAY) == which
    assert refused("customer", "erase", "C-1", "--reason", "demand", "--yes") == which
    assert told("why", "dms:C-1", "--as-of", DAY)["rows"] == answer


def test_why_of_nobody_and_of_nothing():
    assert refused("why", "C-404", "--as-of", DAY) == (1, "Error: Клиента C-404 нет\n")
    assert refused("why", "--as-of", DAY)[0] == 2
    assert refused("why", "C-1", "--as-of", "x")[0] == 2


def test_check_is_silent_or_shows_the_rows():
    people()
    run()
    assert told("check") == {"invariants": len(catalogue.discover()), "breaches": []}
    Invitation.objects.update(attempts=2)
    answer = vernost("check", "--json")
    assert answer.exit_code == 1
    (breach,) = json.loads(answer.stdout)["breaches"]
    pk = Invitation.objects.get().pk
    assert (breach["invariant"], breach["count"]) == ("attempts_counted", 1)
    assert breach["rows"] == [{"id": pk, "attempts": 2, "found": None, "last_number": None}]
    assert breach["title"] == "Попытки приглашения пронумерованы с 1 без пропусков и сосчитаны"


def test_quarantine_lists_what_was_refused():
    assert told("quarantine") == {"rows": []}
    source = person(1)[0].source
    imported = ImportRun.objects.create(source=source, name="in", actor="system:tests", started_at=at(TODAY))
    file = ImportedFile.objects.create(run=imported, name="orders.csv", kind="orders", position=0)
    QuarantinedRow.objects.create(
        file=file,
        source=source,
        kind="orders",
        key="O-7",
        line=12,
        column="opened_at",
        value="31.02.2026",
        reason="bad_date",
        row={"id": "O-7"},
        seen_at=at(TODAY),
    )
    (row,) = told("quarantine")["rows"]
    assert {name: value for name, value in row.items() if name != "text"} == {
        "file": "orders.csv",
        "line": 12,
        "column": "opened_at",
        "value": "31.02.2026",
        "reason": "bad_date",
        "kind": "orders",
        "id": "O-7",
    }
    assert row["text"] != "bad_date"


def test_the_report_of_odometers_has_a_row_for_every_car():
    _customer, car = person(1)
    order_of(car, date(2026, 5, 1), external_id="K-1", mileage_km=20_000)
    order_of(car, date(2026, 7, 1), external_id="K-2", mileage_km=200_000)
    order_of(car, date(2026, 9, 1), external_id="K-3", mileage_km=26_000)
    person(2)
    first, second = told("report", "odometers", "--as-of", DAY)["rows"]
    assert set(first) == {"vehicle_id", "accepted", "suspect", "rate_km_per_day", "predicted_km"}
    assert [(reading["on"], reading["km"]) for reading in first["accepted"]] == [
        ("2026-05-01", 20_000),
        ("2026-09-01", 26_000),
    ]
    assert [(reading["km"], reading["order_ids"]) for reading in first["suspect"]] == [(200_000, ["K-2"])]
    assert (second["accepted"], second["suspect"], second["predicted_km"]) == ([], [], None)


@pytest.mark.parametrize(
    "words",
    [
        ("report", "nothing"),
        ("report", "funnel", "--from", "2026-11-01", "--to", DAY, "--by", "colour"),
        ("report", "operators", "--from", "x", "--to", DAY),
        ("report", "invitations", "--as-of", "x"),
        ("check", "more"),
        ("quarantine", "--as-of", DAY),
        ("night", "--no-such-option"),
    ],
)
def test_bad_arguments_are_told_on_stderr(words):
    answer = vernost(*words)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert answer.stderr.startswith("Usage: ")


def test_a_report_may_be_csv_or_a_table():
    only("next_service")
    people()
    run()
    table = vernost("report", "invitations", "--as-of", DAY).stdout.splitlines()
    assert (len(table), table[0].split()[:3]) == (3, ["programme", "customer_id", "vehicle_id"])
    rows = vernost("report", "invitations", "--as-of", DAY, "--format", "csv").stdout.splitlines()
    assert rows[0].startswith("programme,customer_id,vehicle_id")
    lines = AuditRecord.objects.filter(action="exported").order_by("pk")
    assert [(line.actor, line.subject_id, line.fields["rows"], line.fields["people"]) for line in lines] == [
        ("system:cli", lines[0].subject_id, 2, True),
        ("system:cli", lines[0].subject_id, len(rows) - 1, True),
    ]
    assert lines[0].subject_id.endswith("report invitations")
    assert lines[1].fields["question"].endswith(f"report invitations --as-of {DAY}")
    assert lines[1].fields["login"] == getpass.getuser()
