"""The night, its answers and the reports by the real command line: status, one document on stdout, words on stderr."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from django.conf import settings
from tests.nights import TODAY, at, only, person, run, written
from tests.nights import order as order_of

from vernost.automation import catalogue
from vernost.automation.models import NightRun
from vernost.cli.main import root
from vernost.customers.models import ConsentStatement
from vernost.intake.models import ImportedFile, ImportRun, QuarantinedRow
from vernost.invitations import operations
from vernost.invitations.models import Invitation, Programme

pytestmark = pytest.mark.django_db(transaction=True)

DAY = f"{TODAY}"
PROGRAMMES = [
    "recall",
    "warranty_end",
    "next_service",
    "first_service",
    "deferred_work",
    "repurchase",
    "lost",
    "courtesy",
    "seasonal",
]


@pytest.fixture(autouse=True)
def installation(monkeypatch):
    """The commands work on the database of the tests, as on a server of the dealer's own."""
    monkeypatch.setattr(settings, "ENVIRONMENT", replace(settings.ENVIRONMENT, database_url="postgresql://tests"))
    monkeypatch.setenv("VERNOST_LANGUAGE", "ru")
    operations.ensure_standing_programmes()
    Programme.objects.update(control_share=0)


def vernost(*words):
    answer = CliRunner().invoke(root, words)
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    return answer


def told(*words):
    """Run a command that has to succeed; return its document, the only thing on stdout."""
    answer = vernost(*words, "--json")
    assert answer.exit_code == 0, answer.stderr
    return json.loads(answer.stdout)


def refused(*words):
    """Run a command that has to fail; return its status and what it says. Stdout stays empty."""
    answer = vernost(*words, "--json")
    assert answer.stdout == ""
    return answer.exit_code, answer.stderr


def counts(document):
    return {
        row["programme"]: (row["candidates"], row["invited"], row["suppressed"])
        for row in document["programmes"]
        if row["candidates"]
    }


def people():
    """One who is invited for maintenance, one who has no telephone, and one whose plan is far from due."""
    person(1)
    person(2)[0].addresses.all().delete()
    person(3, serviced_on=TODAY - timedelta(days=40))


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


@pytest.mark.parametrize("day", ["1900-01-01", "2014-06-01"])
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


def test_why_answers_for_every_programme_with_its_facts():
    people()
    told("night", "--as-of", DAY)
    document = told("why", "C-1", "--as-of", DAY)
    assert (document["as_of"], document["customer_id"]) == (DAY, "C-1")
    rows = {row["programme"]: row for row in document["rows"]}
    assert list(rows) == PROGRAMMES
    invited = rows["next_service"]
    assert set(invited) == {"programme", "vehicle_id", "state", "code", "why", "reason", "due_on", "anchor", "facts"}
    assert {name: invited[name] for name in ("vehicle_id", "state", "code", "due_on", "anchor")} == {
        "vehicle_id": "V-1",
        "state": "invited",
        "code": "",
        "due_on": "2026-11-15",
        "anchor": "order:O-1",
    }
    assert (rows["lost"]["state"], rows["lost"]["code"]) == ("suppressed", "no_consent")
    assert rows["recall"]["state"] == "not_candidate"
    second = told("why", "C-2", "--as-of", DAY)["rows"]
    assert {row["programme"]: row["code"] for row in second}["next_service"] == "no_contact"


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


REPORTS = {
    "invitations": ["--as-of", DAY],
    "odometers": ["--as-of", DAY],
    "odometer-backtest": ["--as-of", DAY],
    "effect": ["--as-of", DAY],
    "funnel": ["--from", "2026-11-01", "--to", DAY],
    "operators": ["--from", "2026-11-01", "--to", DAY],
}


def test_every_report_is_asked_here():
    listed = vernost("report", "--help").stdout
    assert [name for name in REPORTS if f"  {name} " not in listed] == []


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_one_document_of_a_day_and_rows(name):
    people()
    run()
    document = told("report", name, *REPORTS[name])
    assert (set(document), document["as_of"]) == ({"as_of", "rows"}, DAY)
    assert isinstance(document["rows"], list)
    assert told("report", name, *REPORTS[name])["rows"] == document["rows"]


def test_the_report_of_invitations_names_everybody_and_why():
    people()
    run()
    rows = told("report", "invitations", "--as-of", DAY)["rows"]
    assert {tuple(row) for row in rows} == {
        (
            "programme",
            "customer_id",
            "vehicle_id",
            "due_on",
            "due_from",
            "due_to",
            "anchor",
            "state",
            "suppressed_reason",
            "reason",
            "reason_facts",
        )
    }
    found = sorted((row["programme"], row["customer_id"], row["state"], row["suppressed_reason"]) for row in rows)
    assert found == [
        ("lost", "C-1", "suppressed", "no_consent"),
        ("lost", "C-2", "suppressed", "no_consent"),
        ("next_service", "C-1", "queued", ""),
        ("next_service", "C-2", "suppressed", "no_contact"),
    ]


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


def test_the_funnel_counts_by_what_it_is_asked():
    people()
    run()
    period = ["--from", "2026-11-01", "--to", DAY]
    (total,) = told("report", "funnel", *period)["rows"]
    by_programme = told("report", "funnel", *period, "--by", "programme")["rows"]
    assert total["targeted"] == sum(row["targeted"] for row in by_programme) == 1
    for by in ("branch", "operator", "month"):
        assert isinstance(told("report", "funnel", *period, "--by", by)["rows"], list)


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
