from datetime import date

from tests.rules import histories
from tests.rules.histories import Customer, Visit

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.config.registries import load_fact_tables
from vernost.segments import metrics

load_fact_tables()
metrics.discover()

TODAY = date(2026, 11, 30)
YESTERDAY = date(2026, 11, 29)


def test_money_is_of_all_days_up_to_the_one_asked_and_cars_come_on_top():
    visits = [
        Visit(date(2019, 5, 1), 1, 0, "O-1", 1000, 400),
        Visit(YESTERDAY, 2, 5, "O-2", 300, 100),
        Visit(YESTERDAY, 3, 9, "O-3", -100, -100),
        Visit(date(2026, 12, 1), 4, 0, "O-4", 7777, 7777),
    ]
    rows = histories.tables([Customer(visits), Customer(), Customer(blocked=True)])
    deal = {"customer_id": 1, "status": "won", "closed_on": TODAY, "margin": 5000}
    rows["deals"] = [
        deal,
        {**deal, "customer_id": 2},
        {**deal, "closed_on": date(2026, 12, 1)},
        {**deal, "status": "open"},
        {**deal, "customer_id": None},
    ]
    con = facts.of_rows(rows, built=True)
    found = con.to_pyarrow(metrics.metrics["money"].of(con, TODAY, RuleSettings()).order_by("customer_id")).to_pylist()
    nothing = {"visits": 0, "orders": 0, "revenue": 0, "margin": 0}
    never = {"first_visit_on": None, "last_visit_on": None, "last_branch_id": None}
    assert found == [
        {
            "customer_id": 1,
            "visits": 2,
            "orders": 3,
            "revenue": 1200,
            "margin": 400,
            "cumulative_margin": 5400,
            "first_visit_on": date(2019, 5, 1),
            "last_visit_on": YESTERDAY,
            "last_branch_id": 3,
        },
        {"customer_id": 2, **nothing, "cumulative_margin": 5000, **never},
        {"customer_id": 3, **nothing, "cumulative_margin": 0, **never},
    ]


def test_every_metric_has_the_columns_that_it_declares_for_everybody():
    con = facts.of_rows(histories.tables([Customer([Visit(TODAY)]), Customer()]), built=True)
    for metric in metrics.metrics:
        table = metric.of(con, TODAY, RuleSettings())
        assert {name: str(kind) for name, kind in table.schema().items()} == {"customer_id": "int64", **metric.columns}
        assert sorted(con.to_pyarrow(table)["customer_id"].to_pylist()) == [1, 2]
