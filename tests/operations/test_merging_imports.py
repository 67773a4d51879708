"""What a source says about two cards that were merged, and about what was learnt of them here."""

from datetime import date

import pytest
from tests.intake import imported, run, write
from tests.merges import NOW, TESTER, addresses, in_force, merge, undo

from vernost.customers import operations, queries
from vernost.customers.models import AddressCheck, ContactAddress, Customer
from vernost.customers.rules.merging import Side
from vernost.vehicles.models import Ownership
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMERS = (
    "id,full_name,phones,city,birth_date,consent_calls,consent_on\n"
    "A,Иванов Сергей Петрович,89171234567,Казань,,1,2026-01-10\n"
    "B,Иванов Сергей,89033334455,Москва,1980-05-01,1,2026-01-12\n"
)
VEHICLES = "id,make,model,plate,customer_id,owned_from\nV,LADA,Vesta,а123вс116,B,2020-05-01\n"
ORDERS = "id,customer_id,vehicle_id,opened_at,closed_at,amount\nO1,B,V,2026-03-01,2026-03-02,100\n"
FILES = {"customers.csv": CUSTOMERS, "vehicles.csv": VEHICLES, "orders.csv": ORDERS}


@pytest.fixture
def known(tmp_path):
    run(write(tmp_path / "in", FILES))
    return Customer.objects.get(external_id="A"), Customer.objects.get(external_id="B")


def whose(**order):
    return RepairOrder.objects.get(**order).customer.external_id


def test_the_next_import_finds_the_surviving_card_by_either_id(tmp_path, known):
    merge(*known)
    again = imported(tmp_path / "in", FILES)
    assert set(again.values()) == {(0, 0, 2, 0), (0, 0, 1, 0)}
    imported(
        tmp_path / "in",
        {
            "orders.csv": ORDERS.replace(",100", ",150") + "O2,B,V,2026-04-01,2026-04-02,200\nO3,A,V,2026-04-05,,\n",
            "vehicles.csv": VEHICLES.replace("а123вс116", "а123вс16"),
            "customers.csv": CUSTOMERS.replace("89033334455", "89033334455; 89990001122"),
        },
    )
    assert Customer.objects.count() == 2
    assert {row.external_id: whose(pk=row.pk) for row in RepairOrder.objects.all()} == {"O1": "A", "O2": "A", "O3": "A"}
    assert Ownership.objects.get().customer == known[0]
    assert addresses(known[0]) == ["+79171234567", "+79033334455", "+79990001122"]
    assert [row.id for row in queries.search("9990001122", actor=TESTER, limit=9)] == [known[0].pk]


def test_undo_goes_by_the_id_that_the_source_named(tmp_path, known):
    merged = merge(*known)
    more = ORDERS + "O2,B,V,2026-04-01,2026-04-02,200\nO3,A,V,2026-04-05,2026-04-05,300\n"
    imported(tmp_path / "in", {"orders.csv": more})
    undo(merged)
    assert {row.external_id: whose(pk=row.pk) for row in RepairOrder.objects.all()} == {"O1": "B", "O2": "B", "O3": "A"}
    assert Ownership.objects.get().customer == known[1]


def test_what_was_chosen_outlives_the_source_and_undo_finds_what_the_source_says_now(tmp_path, known):
    first, second = known
    merged = merge(first, second, chosen={"city": Side.GONE})
    changed = CUSTOMERS.replace("Казань", "Уфа").replace("1980-05-01", "1980-05-02")
    imported(tmp_path / "in", {"customers.csv": changed})
    first.refresh_from_db()
    assert (first.city, first.birth_date) == ("Москва", date(1980, 5, 2))
    undo(merged)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.city, first.birth_date) == ("Уфа", None)
    assert (second.city, second.birth_date, addresses(second)) == ("Москва", date(1980, 5, 2), ["+79033334455"])


def test_a_refusal_that_the_source_brings_to_the_other_card_holds(tmp_path, known):
    merge(*known)
    assert in_force(known[0])["calls"] is True
    imported(tmp_path / "in", {"customers.csv": CUSTOMERS.replace("1,2026-01-12", "0,2026-01-12")})
    assert in_force(known[0])["calls"] is False


def test_a_source_may_drop_a_number_that_somebody_has_verified(tmp_path, known):
    address = ContactAddress.objects.get(customer=known[1])
    named = {"customer_id": known[1].pk, "actor": TESTER, "now": NOW}
    operations.check_address(address_id=address.pk, how="call", **named)
    imported(tmp_path / "in", {"customers.csv": CUSTOMERS.replace("89033334455", "89990001122")})
    assert (addresses(known[1]), AddressCheck.objects.count()) == (["+79990001122"], 0)
