from datetime import date

from tests.rules.base import Base, days, due, left_out

PUT_OFF = date(2026, 10, 31)


def order(base=None, on=PUT_OFF, **columns):
    return (base or Base().car()).visit(on, **columns)


def test_work_put_off_is_due_thirty_days_after_the_order_was_closed():
    base = order().line("Колодки", declined=True, amount=450_000).line("Масло").line("Диски", declined=True, amount=50)
    assert due(base, "deferred_work") == [
        {
            "vehicle_id": 1,
            "customer_id": 10,
            "due_on": date(2026, 11, 30),
            "expires_on": None,
            "anchor": "order:O-1",
            "reason_code": "deferred_work",
            "order_ref": "O-1",
            "order_on": PUT_OFF,
            "works": "Колодки; Диски",
            "amount": 450_050,
        }
    ]
    assert days(due(base, "deferred_work", days_after_visit=10)) == [(1, date(2026, 11, 10), "order:O-1")]


def test_an_advised_day_goes_before_and_the_earliest_of_the_order_counts():
    base = order().line("Колодки", declined=True).line("Ремень", declined=True, advised_on=date(2026, 11, 10))
    base.visit(PUT_OFF).line("Фильтр", declined=True, advised_on=date(2027, 3, 1))
    assert days(due(base, "deferred_work")) == [
        (1, date(2026, 11, 10), "order:O-1"),
        (1, date(2027, 3, 1), "order:O-2"),
    ]


def test_work_done_in_another_order_since_is_no_longer_open():
    base = order().line("Колодки", declined=True, code="B1").line("Ремень", declined=True, code="T1")
    base.visit(date(2026, 11, 5)).line("другое имя", code="B1")
    assert [(row["works"], row["anchor"]) for row in due(base, "deferred_work")] == [("Ремень", "order:O-1")]
    base.visit(date(2026, 11, 6)).line("Ремень ГРМ", code="T1")
    assert (due(base, "deferred_work"), left_out(base, "deferred_work")) == ([], ["works_done"])


def test_names_decide_where_one_of_the_two_has_no_code():
    base = order().line("Колодки", declined=True, code="B1").line("Ремень", declined=True)
    base.visit(date(2026, 11, 5)).line("колодки").line("РЕМЕНЬ", code="T9")
    assert left_out(base, "deferred_work") == ["works_done"]
    base = order().line("Колодки", declined=True, code="B1")
    base.visit(date(2026, 11, 5)).line("Колодки", code="B2")
    assert len(due(base, "deferred_work")) == 1


def test_done_before_in_the_same_order_or_after_the_day_does_not_count():
    base = Base().car().visit(date(2026, 10, 30)).line("Колодки")
    order(base).line("Колодки", declined=True).line("Колодки")
    base.visit(date(2026, 12, 1)).line("Колодки")
    assert days(due(base, "deferred_work")) == [(1, date(2026, 11, 30), "order:O-2")]


def test_done_on_the_same_day_in_another_order_counts():
    base = Base().car().visit(PUT_OFF).line("Колодки")
    order(base).line("Колодки", declined=True)
    assert left_out(base, "deferred_work") == ["works_done"]


def test_work_put_off_again_belongs_to_the_later_order_only():
    base = order().line("Колодки", declined=True)
    base.visit(date(2026, 11, 20)).line("Колодки", declined=True)
    assert days(due(base, "deferred_work")) == [(1, date(2026, 12, 20), "order:O-2")]
    assert days(due(base, "deferred_work", as_of=date(2026, 11, 19))) == [(1, date(2026, 11, 30), "order:O-1")]


def test_of_one_day_the_later_time_then_the_greater_id_is_the_later_order():
    by_time = order(closed_second=60).line("Колодки", declined=True)
    by_time.visit(PUT_OFF, closed_second=59).line("Колодки", declined=True)
    assert days(due(by_time, "deferred_work")) == [(1, date(2026, 11, 30), "order:O-1")]
    by_id = order(ref="O-9").line("Колодки", declined=True)
    by_id.visit(PUT_OFF, ref="O-10").line("Колодки", declined=True)
    assert days(due(by_id, "deferred_work")) == [(1, date(2026, 11, 30), "order:O-9")]


def test_another_car_of_the_owner_is_another_matter():
    base = order(Base().car().car(2)).line("Колодки", declined=True)
    base.visit(date(2026, 11, 5), vehicle_id=2).line("Колодки")
    assert [row["vehicle_id"] for row in due(base, "deferred_work")] == [1]
