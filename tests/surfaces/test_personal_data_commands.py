"""`vernost consents verify`, `vernost customer export` and `vernost customer erase`."""

import json
from datetime import date
from pathlib import Path

import pytest
from tests import factories as make
from tests.command_line import on_this_database, refused, told, vernost

from vernost.core.actor import system
from vernost.customers import operations
from vernost.customers.models import Customer
from vernost.customers.operations import Said
from vernost.customers.rules.consents import Purpose, Way
from vernost.workshop.models import RepairOrder

YES = Said(Purpose.ADVERTISING, {"calls": True}, Way.PAPER, date(2026, 3, 1), "Анкета 17")


@pytest.fixture
def customer(transactional_db, monkeypatch, settings, tmp_path):  # noqa: ARG001 - commands close the connection
    on_this_database(monkeypatch)
    settings.MIRROR_DIR = tmp_path / "mirror"
    settings.DATA_DIR = tmp_path
    made = make.customer(name="Иванов Сергей Петрович")
    make.order(customer=made, amount=5000, vehicle=make.vehicle(owner=made, vin="XTA210990Y1234567"))
    operations.record_statement(customer_id=made.pk, said=YES, actor=system("tests"), now=make.at(9))
    return made


def test_the_chain_is_verified_and_goes_through_a_noted_head(customer):
    first = told("consents", "verify")
    assert (first["holds"], first["links"], first["waiting"], first["faults"]) == (True, 1, 0, [])
    operations.record_statement(customer_id=customer.pk, said=YES, actor=system("tests"), now=make.at(10))
    assert told("consents", "verify", "--expect", first["head"])["links"] == 2
    answer = vernost("consents", "verify", "--expect", "2:" + "00" * 32, "--json")
    assert (answer.exit_code, json.loads(answer.stdout)["faults"]) == (
        1,
        [{"number": 2, "line": None, "fault": "broken"}],
    )
    assert refused("consents", "verify", "--expect", "seven")[0] == 2


def test_a_copy_is_printed_or_written_with_a_paper(customer, tmp_path):
    printed = told("customer", "export", f"vernost:{customer.pk}")
    assert printed["tables"]["customers_customer"][0]["full_name"] == "Иванов Сергей Петрович"
    assert printed["tables"]["workshop_repairorder"][0]["amount"] == 5000
    assert "salt" not in printed["tables"]["customers_consententry"][0]
    written = told("customer", "export", f"vernost:{customer.pk}", "--to", str(tmp_path / "copy"))
    as_json, as_pdf = written["files"]
    copied = json.loads(Path(as_json).read_text(encoding="utf-8"))["tables"]
    # That a copy was taken is kept of him too.
    assert [line["action"] for line in copied.pop("accounts_auditrecord")] == ["given", "exported"]
    assert [line["action"] for line in printed["tables"].pop("accounts_auditrecord")] == ["given"]
    assert copied == printed["tables"]
    assert Path(as_pdf).read_bytes()[:5] == b"%PDF-"
    assert refused("customer", "export", "vernost:999999")[0] == 1


def test_a_person_is_erased_with_an_act_and_stays_erased(customer, tmp_path):
    who = f"vernost:{customer.pk}"
    assert refused("customer", "erase", who)[0] == 2
    assert refused("customer", "erase", who, "--reason", "demand", "--document", "Иванов Сергей Петрович")[0] == 1
    act = tmp_path / "act.pdf"
    done = told("customer", "erase", who, "--reason", "demand", "--document", "№ 5", "--act", str(act))
    assert (done["customers"], done["mirror_is_clean"], done["rows"]["customers_contactaddress"]) == (
        [customer.pk],
        True,
        1,
    )
    assert act.read_bytes().startswith(b"%PDF-")
    assert Customer.objects.get(pk=customer.pk).full_name == ""
    assert RepairOrder.objects.get().amount == 5000
    assert refused("customer", "erase", who, "--reason", "demand")[0] == 1
    assert told("consents", "verify")["holds"]
    assert vernost("customer", "erase", "--replay").stdout.splitlines()[-3:] == [
        "erased: []",
        f"known: [{customer.pk}]",
        "unlike: []",
    ]
    again = told("customer", "erase", "--replay")
    assert (again["lines"], again["erased"], again["known"]) == (1, [], [customer.pk])
    assert refused("customer", "erase", "--replay", "--journal", str(tmp_path / "none"))[0] == 1


def test_an_erasure_is_told_to_a_person_as_to_a_program(customer):
    answer = vernost("customer", "erase", f"vernost:{customer.pk}", "--reason", "demand", "--yes")
    assert (answer.exit_code, f"customers: [{customer.pk}]" in answer.stdout.splitlines()) == (0, True)
