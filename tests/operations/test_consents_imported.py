"""consents.csv: each record is a line of the ledger with its evidence; a changed one is another line."""

from datetime import date

import pytest
from tests.intake import imported, refused

from vernost.accounts.models import LegalEntity
from vernost.customers.models import ConsentEntry, ConsentStatement, ConsentText, Customer

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "Номер;Код клиента;Цель;Канал;Дано;Дата;Способ;Подтверждение;Номер документа;Текст согласия;Юрлицо\n"
CUSTOMERS = "id,full_name,consent_calls,consent_on\nC-1,Ivanov,1,2026-02-01\nC-2,Petrov,,\n"
LINE = ("purpose", "calls", "sms", "whole", "on", "way", "evidence", "text__version", "legal_entity__name")


def lines():
    return list(ConsentEntry.objects.exclude(way="import").order_by("pk").values_list(*LINE))


def test_a_file_of_consents_becomes_lines_with_their_evidence(tmp_path):
    ConsentText.objects.create(
        code="ad", version=1, title="Реклама", body="…", purposes=["advertising"], from_on=date(2025, 1, 1)
    )
    LegalEntity.objects.create(name="ООО Волга", inn="1655000000")
    rows = (
        "1;C-1;;;Да;10.01.2026;анкета;Анкета 17;17-А;Реклама;\n"
        "2;C-1;на рекламу;смс;нет;05.03.2026;по телефону;;;;\n"
        "3;C-2;на обработку;;1;10.01.2026;;Договор 5;;;1655000000\n"
        "4;C-2;;звонок;1;10.01.2026;;;;;\n"
    )
    files = {"customers.csv": CUSTOMERS, "Согласия.csv": HEADER + rows}
    assert imported(tmp_path / "in", files)["Согласия.csv"] == (3, 0, 0, 1)
    assert refused("line", "column", "reason") == [(5, "evidence", "missing_value")]
    assert lines() == [
        ("advertising", True, True, None, date(2026, 1, 10), "paper", "Анкета 17", 1, None),
        ("processing", None, None, True, date(2026, 1, 10), "file", "Договор 5", None, "ООО Волга"),
        ("advertising", None, False, None, date(2026, 3, 5), "call", "", None, None),
    ]
    narrow = ConsentStatement.objects.exclude(origin="import").order_by("on").values_list("calls", "sms", "origin")
    assert list(narrow) == [(True, True, "paper"), (None, False, "call")]
    assert imported(tmp_path / "in", files)["Согласия.csv"] == (0, 0, 3, 1)
    assert len(lines()) == 3
    changed = rows.replace("Анкета 17", "Анкета 18")
    assert imported(tmp_path / "in", {"Согласия.csv": HEADER + changed})["Согласия.csv"] == (0, 1, 2, 1)
    assert [line[6] for line in lines()] == ["Анкета 17", "Договор 5", "", "Анкета 18"]


def test_a_yes_to_a_company_that_is_not_known_waits_for_it(tmp_path):
    """It is no yes to the whole group; a no to it is kept as one to all."""
    rows = "1;C-1;;звонок;1;10.01.2026;;Анкета 1;;;ООО Кама\n2;C-1;;смс;0;10.01.2026;;;;;ООО Кама\n"
    files = {"customers.csv": CUSTOMERS, "Согласия.csv": HEADER + rows}
    assert imported(tmp_path / "in", files)["Согласия.csv"] == (1, 0, 0, 1)
    assert refused("line", "column", "reason") == [(2, "company", "unknown_company")]
    assert [(line[1], line[2], line[8]) for line in lines()] == [(None, False, None)]
    LegalEntity.objects.create(name="ООО Кама", inn="1655000001")
    assert imported(tmp_path / "in", files)["Согласия.csv"] == (1, 0, 1, 0)
    assert [(line[1], line[2], line[8]) for line in lines()] == [(None, False, None), (True, None, "ООО Кама")]
    assert ConsentStatement.objects.filter(calls=True, legal_entity=None).exclude(origin="import").count() == 0


def test_many_people_at_once(tmp_path):
    many = range(30)
    customers = "id\n" + "".join(f"C-{number}\n" for number in many)
    rows = "".join(f"{number},C-{number},call,1,2026-01-10,Form {number}\n" for number in many)
    files = {"customers.csv": customers, "consents.csv": "id,customer_id,channel,given,on,evidence\n" + rows}
    assert imported(tmp_path / "in", files)["consents.csv"] == (30, 0, 0, 0)
    assert ConsentStatement.objects.filter(calls=True, sms=None, origin="file").count() == 30
    assert Customer.objects.count() == 30
