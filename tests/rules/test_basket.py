from datetime import date

from vernost import facts
from vernost.config.registries import load_fact_tables
from vernost.segments.rules import basket

load_fact_tables()

TODAY = date(2026, 11, 30)
# Ten orders: brakes in four, discs in three of these and one more, oil in all.
ORDERS = [{"brakes", "discs", "oil"}] * 3 + [{"brakes", "oil"}, {"discs", "oil"}] + [{"oil"}] * 5


def lines(orders):
    return [
        {"order_id": number, "customer_id": number, "category_key": category, "on": TODAY, "declined": False}
        for number, categories in enumerate(orders, 1)
        for category in sorted(categories)
    ]


def test_pairs_by_hand():
    rows = lines(ORDERS)
    rows += [{**rows[0], "order_id": 77, "on": date(2024, 11, 29)}, {**rows[0], "order_id": 78, "category_key": ""}]
    rows += [{**rows[0], "order_id": 79, "declined": True}, {**rows[0], "category_key": "brakes"}]
    con = facts.of_rows({"lines": rows})
    done = basket.bought(con, TODAY, 730)
    found = con.to_pyarrow(basket.pairs(done, minimum=4).order_by("bought", "then")).to_pylist()
    assert found == [
        {"orders": 4, "bought": "brakes", "then": "oil", "support": 0.4, "confidence": 1.0, "lift": 1.0},
        {"orders": 4, "bought": "discs", "then": "oil", "support": 0.4, "confidence": 1.0, "lift": 1.0},
        {"orders": 4, "bought": "oil", "then": "brakes", "support": 0.4, "confidence": 0.4, "lift": 1.0},
        {"orders": 4, "bought": "oil", "then": "discs", "support": 0.4, "confidence": 0.4, "lift": 1.0},
    ]
    (both,) = [
        row
        for row in con.to_pyarrow(basket.pairs(done, minimum=3)).to_pylist()
        if row["bought"] == "brakes" and row["then"] == "discs"
    ]
    assert both == {"orders": 3, "bought": "brakes", "then": "discs", "support": 0.3, "confidence": 0.75, "lift": 1.875}


def test_what_goes_together_is_offered_to_who_has_only_one_of_it():
    con = facts.of_rows({"lines": lines(ORDERS)})
    done = basket.bought(con, TODAY, 730)
    found = con.to_pyarrow(basket.offers(basket.pairs(done, minimum=3), done).order_by("customer_id")).to_pylist()
    # Oil goes with everything, no more than by chance: no offer.
    assert found == [
        {"customer_id": 4, "confidence": 0.75, "lift": 1.875, "offer": "discs", "because": "brakes"},
        {"customer_id": 5, "confidence": 0.75, "lift": 1.875, "offer": "brakes", "because": "discs"},
    ]
