from datetime import date

from tests.rules import histories
from tests.rules.histories import Customer, Visit

from vernost import facts
from vernost.config.registries import load_fact_tables
from vernost.segments.rules import sources

load_fact_tables()

TODAY = date(2026, 11, 30)


def test_the_first_contact_is_a_sale_or_a_service():
    came = [Visit(date(2026, 5, 1))]
    rows = histories.tables([Customer(came), Customer(came), Customer(came), Customer(), Customer()])
    deal = {"status": "won", "kind": "new"}
    rows["deals"] = [
        {**deal, "customer_id": 1, "closed_on": date(2026, 5, 1)},
        {**deal, "customer_id": 2, "closed_on": date(2026, 5, 2)},
        {**deal, "customer_id": 3, "closed_on": date(2020, 1, 1), "kind": "trade_in"},
        {**deal, "customer_id": 4, "closed_on": TODAY},
        {**deal, "customer_id": 5, "closed_on": date(2026, 12, 1)},
    ]
    con = facts.of_rows(rows, built=True)
    found = con.to_pyarrow(sources.first_contacts(con, TODAY).order_by("customer_id")).to_pylist()
    assert [(row["source"], row["bought"], row["came"]) for row in found] == [
        ("sales", True, True),
        ("service", True, True),
        ("service", False, True),
        ("sales", True, False),
        ("neither", False, False),
    ]
