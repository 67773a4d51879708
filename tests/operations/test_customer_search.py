"""A customer is found by what he says of himself."""

import pytest
from tests.intake import imported

from vernost.accounts.models import Branch
from vernost.accounts.rules import standard_rights
from vernost.core.actor import Actor, Role, system
from vernost.customers import queries

pytestmark = pytest.mark.django_db(transaction=True)

EVERYWHERE = system("tests")
FILES = {
    "branches.csv": "id,name\nB1,Казань\nB2,Уфа\n",
    "customers.csv": "id,full_name,phones\n"
    "00-0001,Ёлкина Анна Ильинична,8 916 123-45-67\n"
    "00-0002,Римский-Корсаков Пётр,+375 29 123 45 67\n"
    "K-3,ООО «Ромашка»,\n",
    "vehicles.csv": "id,make,model,vin,plate,customer_id\nV1,LADA,Vesta,XTA210990Y1234567,А123ВС77,00-0001\n",
    "orders.csv": "id,branch_id,customer_id,opened_at\nЗН-555,B1,00-0002,2026-03-01\n",
}
ANNA = ("00-0001", "Ёлкина Анна Ильинична", "+79161234567", ("LADA Vesta А123ВС77",))
PETER = ("00-0002", "Римский-Корсаков Пётр", "+375291234567", ())
DAISY = ("K-3", "ООО «Ромашка»", "", ())


def found(text, actor=EVERYWHERE, limit=20):
    return [
        (row.ref, row.name, row.phone, tuple(f"{car.title} {car.plate}" for car in row.cars))
        for row in queries.search(text, actor=actor, limit=limit)
    ]


def test_everybody_is_found_in_every_way(tmp_path):
    imported(tmp_path / "in", FILES)
    answers = {
        "+7 916 123-45-67": [ANNA],
        "89161234567": [ANNA],
        "8916": [ANNA],
        "9161": [ANNA],
        "45-67": [ANNA, PETER],
        "37529": [PETER],
        "a123bc": [ANNA],
        "А 123 ВС 77": [ANNA],
        "хта21099": [ANNA],
        "y1234567": [ANNA],
        "елкина": [ANNA],
        "ЁЛКИНА АН": [ANNA],
        "анна иль": [ANNA],
        "ильинична ёлкина": [ANNA],
        "корсаков": [PETER],
        "римский-корс": [PETER],
        "ромаш": [DAISY],
        "00-0002": [PETER],
        "ЗН-555": [PETER],
        "K-3": [DAISY],
        "tkrbyf": [ANNA],
        "BKMBYBXYF ~KRBYF": [ANNA],
        "hbvcrbq": [PETER],
        "f123dc77": [ANNA],
        "чеф210990": [ANNA],
        "анна ел": [ANNA],
        "ан ёлкина ил": [ANNA],
        "нет такого": [],
        "е": [],
        "": [],
        "%": [],
        "'; DROP TABLE customers_customer; --": [],
    }
    assert {text: found(text) for text in answers} == answers
    assert found("00-00", limit=1) == [ANNA]


def test_only_visible_customers_are_found(tmp_path):
    imported(tmp_path / "in", FILES)
    kazan, ufa = Branch.objects.order_by("external_id")

    def of(branch):
        rights = standard_rights(Role.OPERATOR)
        return Actor("user:1", frozenset({branch.pk}), role=Role.OPERATOR, user_id=1, rights=rights)

    assert found("корсаков", of(kazan)) == [PETER]
    assert (found("корсаков", of(ufa)), found("ёлкина", of(kazan))) == ([], [])
