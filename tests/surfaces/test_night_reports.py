"""What the command line tells of a night that was decided: reports and why."""

import pytest
from tests import command_line
from tests.command_line import people, told, vernost
from tests.nights import PROGRAMMES, TODAY, run

from vernost.invitations import operations
from vernost.invitations.models import Programme

DAY = f"{TODAY}"


@pytest.fixture(scope="module", autouse=True)
def night(shared_rows):  # noqa: ARG001 - lets it be committed
    operations.ensure_standing_programmes()
    Programme.objects.update(control_share=0)
    people()
    run()


@pytest.fixture(autouse=True)
def installation(monkeypatch):
    command_line.on_this_database(monkeypatch)


def test_why_answers_for_every_programme_with_its_facts():
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
    document = told("report", name, *REPORTS[name])
    assert (set(document), document["as_of"]) == ({"as_of", "rows"}, DAY)
    assert isinstance(document["rows"], list)
    assert told("report", name, *REPORTS[name])["rows"] == document["rows"]


def test_the_report_of_invitations_names_everybody_and_why():
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


def test_the_funnel_counts_by_what_it_is_asked():
    period = ["--from", "2026-11-01", "--to", DAY]
    (total,) = told("report", "funnel", *period)["rows"]
    by_programme = told("report", "funnel", *period, "--by", "programme")["rows"]
    assert total["targeted"] == sum(row["targeted"] for row in by_programme) == 1
    for by in ("branch", "operator", "month"):
        assert isinstance(told("report", "funnel", *period, "--by", by)["rows"], list)
